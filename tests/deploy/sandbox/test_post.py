"""The post's twin beside recovery: one letter per reference, delivered in two working days, or not, on demand."""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import date
from typing import Any

import httpx
import pytest

from deploy.sandbox import post, store
from tests.recovery.harness import Stage
from tests.recovery.planted import Planted, planted_case

LETTER = b"%PDF- a last reminder"
SHA256 = hashlib.sha256(LETTER).hexdigest()
HANDED_OVER = date(2026, 6, 29)


async def hand_over(desk: Stage, reference: uuid.UUID, **changes: Any) -> httpx.Response:
    """Hand over a letter as recovery does."""
    body = {
        "reference": str(reference),
        "fileNumber": 12,
        "language": "fr",
        "documentSha256": SHA256,
        "content": base64.b64encode(LETTER).decode(),
        **changes,
    }
    return await desk.sandbox.post(
        "/v1/post/registeredLetters", json=body, headers=desk.acting_as("service", subject="recovery")
    )


async def planted(desk: Stage, **options: Any) -> Planted:
    """Put a case in the rows whose letter the twin gets on 29 June."""
    made = await planted_case(desk, **options)
    desk.clock.day = HANDED_OVER
    return made


async def item_of(desk: Stage, reference: uuid.UUID) -> store.TwinItem:
    """Return what the twin remembers of a letter."""
    async with desk.twins.database.transaction() as connection:
        item = await store.find_item(connection, twin="post", kind="registeredLetter", reference=str(reference))
    assert item is not None
    return item


async def outcome(desk: Stage, made: Planted) -> Any:
    """Return what recovery was told about a letter."""
    [row] = await desk.rows("select outcome from registered_letter where letter_id = %s", made.letter_id)
    return row["outcome"]


async def test_a_letter_is_delivered_on_the_second_working_day(desk: Stage) -> None:
    made = await planted(desk)
    receipt = await hand_over(desk, made.letter_id)
    assert receipt.status_code == 202
    assert receipt.json()["acceptedOn"] == "2026-06-29"
    assert (await item_of(desk, made.letter_id)).due_on == date(2026, 7, 1)
    desk.clock.day = date(2026, 7, 1)
    assert await post.due_count(desk.twins, date(2026, 7, 1)) == 1
    await post.tick(desk.twins, date(2026, 7, 1))
    assert await post.due_count(desk.twins, date(2026, 7, 1)) == 0
    assert await outcome(desk, made) == "delivered"
    await post.tick(desk.twins, date(2026, 7, 1))
    assert len(await desk.facts("last-reminder-served", made.dossier)) == 1


async def test_the_same_reference_is_the_same_letter_with_the_same_receipt(desk: Stage) -> None:
    reference = uuid.uuid4()
    first, second = await hand_over(desk, reference), await hand_over(desk, reference)
    assert first.json() == second.json()


async def test_nothing_of_a_letter_is_kept_but_its_hash(desk: Stage) -> None:
    reference = uuid.uuid4()
    await hand_over(desk, reference)
    item = await item_of(desk, reference)
    assert item.content is None
    assert item.payload == {"documentSha256": SHA256, "fileNumber": 12, "depositor": "recovery"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"documentSha256": "0" * 64}, "documentSha256"),
        ({"content": "%%%"}, "content"),
        ({"fileNumber": 0}, "fileNumber"),
        ({"language": "en"}, "language"),
    ],
)
async def test_a_wrong_letter_is_refused_by_field(desk: Stage, changes: dict[str, Any], field: str) -> None:
    answer = await hand_over(desk, uuid.uuid4(), **changes)
    assert answer.status_code == 400
    assert [issue["name"] for issue in answer.json()["issues"]] == [field]


@pytest.mark.parametrize(("mode", "told"), [("lost", "lost"), ("returned", "returned"), ("nonsense", None)])
async def test_on_its_worst_days(desk: Stage, mode: str, told: str | None) -> None:
    made = await planted(desk)
    file_number = desk.last_file_number
    await desk.behave("post", mode, fileNumber=file_number)
    await hand_over(desk, made.letter_id, fileNumber=file_number)
    desk.clock.day = date(2026, 7, 1)
    await post.tick(desk.twins, date(2026, 7, 1))
    assert await outcome(desk, made) == told
    assert await post.due_count(desk.twins, date(2026, 7, 1)) == 0


async def test_late_is_so_many_working_days_later(desk: Stage) -> None:
    desk.clock.day = HANDED_OVER
    reference = uuid.uuid4()
    await desk.behave("post", "late", fileNumber=777, lateDays=3)
    await hand_over(desk, reference, fileNumber=777)
    assert (await item_of(desk, reference)).due_on == date(2026, 7, 6)


async def test_closed_is_a_problem_and_nothing_is_remembered(desk: Stage) -> None:
    await desk.behave("post", "down", fileNumber=778)
    answer = await hand_over(desk, uuid.uuid4(), fileNumber=778)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_a_report_that_is_asked_again_later_is_made_again_on_the_next_working_day(desk: Stage) -> None:
    made = await planted(desk, deposited=False)
    await hand_over(desk, made.letter_id)
    desk.clock.day = date(2026, 7, 3)
    await post.tick(desk.twins, date(2026, 7, 3))
    item = await item_of(desk, made.letter_id)
    assert (item.state, item.due_on, item.payload["refusal"]) == ("received", date(2026, 7, 6), 409)


@pytest.mark.parametrize("role", ["collectionsAgent", "partner", "operator"])
async def test_only_services_hand_letters_over(desk: Stage, role: str) -> None:
    answer = await desk.sandbox.post("/v1/post/registeredLetters", json={}, headers=desk.acting_as(role))
    assert answer.status_code in {400, 403}
