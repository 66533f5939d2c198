"""However many people a file is about, affiliation is asked about as many at once as it answers."""

from __future__ import annotations

import json
from uuid import UUID

import httpx

from services.billing.clients import Affiliation
from shared.platform.calls.service_client import ServiceClient
from tests.billing.harness import KnownPeople

#: What affiliation takes at once (``/v1/identities/query``).
AT_ONCE = 1000


async def test_a_file_of_more_people_than_one_question_asks_several() -> None:
    people, sizes = KnownPeople(), list[int]()

    def answer(request: httpx.Request) -> httpx.Response:
        sizes.append(len(json.loads(request.content)["dossiers"]))
        return people.answer(request)

    client = ServiceClient(
        peer="affiliation", base_url="http://affiliation.test", tokens=None, transport=httpx.MockTransport(answer)
    )
    dossiers = [UUID(int=number) for number in range(1, 2502)]
    holders = await Affiliation(client).account_holders(dossiers, purpose="test")
    assert set(holders) == set(dossiers)
    assert max(sizes) <= AT_ONCE
    assert people.asked == [str(dossier) for dossier in dossiers]
