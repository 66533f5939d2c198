"""The envelope: what goes into headers comes back, and ids follow from business keys."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.affiliation_v1 import AffiliationCeased, CessationReason
from shared.contracts.billing_v1 import ContributionsIssued, IssuedContribution
from shared.contracts.envelope import Envelope
from shared.contracts.topics import fact_classes

DOSSIER = UUID("01961f3a-7c00-7a3b-9c1d-2f4e6a8b0c11")


@given(
    st.builds(
        Envelope,
        event_id=st.uuids(),
        type=st.sampled_from(sorted(fact_classes())),
        source=st.sampled_from(["urn:auxilia:billing", "urn:auxilia:recovery"]),
        occurred_at=st.datetimes(timezones=st.just(UTC)),
        key=st.uuids().map(str),
        sequence=st.none() | st.integers(min_value=1),
        correlation_id=st.uuids(),
        causation_id=st.none() | st.uuids(),
        traceparent=st.none() | st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    )
)
def test_an_envelope_survives_the_journey_through_headers(envelope: Envelope) -> None:
    headers = {name: value.decode() for name, value in envelope.headers()}

    assert Envelope.from_headers(headers, envelope.key) == envelope
    assert all(value == value.strip() for value in headers.values())


def ceased(*, on: date = date(2026, 9, 18), told: date = date(2026, 9, 21)) -> AffiliationCeased:
    return AffiliationCeased(dossier=DOSSIER, occurred_on=told, ceased_on=on, reason=CessationReason.BANKRUPTCY)


def test_the_same_fact_has_the_same_id_whenever_it_is_told() -> None:
    assert ceased().event_id() == ceased(told=date(2026, 10, 1)).event_id()
    assert ceased().event_id() != ceased(on=date(2026, 9, 19)).event_id()
    assert ceased().event_id() == UUID("7ea0486d-892c-5cc1-8da0-7b4532a7a073")


def test_json_names_are_lower_camel_case_and_absent_values_are_left_out() -> None:
    assert ceased().to_json() == (
        b'{"dossier":"01961f3a-7c00-7a3b-9c1d-2f4e6a8b0c11","occurredOn":"2026-09-21","ceasedOn":"2026-09-18",'
        b'"reason":"bankruptcy"}'
    )


def test_a_part_of_a_page_is_the_same_page_with_fewer_dossiers() -> None:
    others = [UUID(int=number) for number in (1, 2, 3)]
    page = ContributionsIssued(
        partition=0,
        occurred_on=date(2026, 4, 7),
        run_id="billing-2026Q2",
        page=3,
        quarter="2026Q2",
        due_on=date(2026, 6, 30),
        items=tuple(
            IssuedContribution(dossier=one, sequence=1, contribution_cents=1, fee_cents=0, total_cents=1)
            for one in others
        ),
    )
    part = page.restricted_to(set(others[1:]))

    assert part.dossiers() == tuple(others[1:])
    assert part.event_id() == page.event_id()
    assert page.dossiers() == tuple(others)


@pytest.mark.parametrize("cents", [10.5, "100", 10.0])
def test_cents_are_whole_numbers_and_nothing_else(cents: object) -> None:
    values = {"dossier": DOSSIER, "sequence": 1, "contributionCents": cents, "feeCents": 0, "totalCents": 0}
    with pytest.raises(ValueError, match="contributionCents"):
        IssuedContribution.model_validate(values)


def test_at_is_kept_to_the_microsecond() -> None:
    at = datetime(2026, 4, 5, 6, 7, 8, 9, tzinfo=UTC)
    envelope = Envelope(
        event_id=DOSSIER,
        type="billing.debt-settled.v1",
        source="urn:auxilia:billing",
        occurred_at=at,
        key=str(DOSSIER),
        correlation_id=DOSSIER,
    )

    assert dict(envelope.headers())["ce_time"] == b"2026-04-05T06:07:08.000009+00:00"
