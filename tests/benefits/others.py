"""Who somebody is and which quarters are paid, as affiliation and billing answer it, and a claim to start from."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

ACCOUNT = "BE71096123456769"


@dataclass
class Person:
    """What affiliation and billing answer about one dossier."""

    identity: dict[str, Any]
    quarters: list[dict[str, Any]] = field(default_factory=list)


def identity_of(number: int, language: str) -> dict[str, Any]:
    return {
        "fileNumber": number,
        "kind": "person",
        "language": language,
        "firstName": "Camille",
        "lastName": f"Exemplemont{number}",
        "street": "Rue de l'Exemple",
        "houseNumber": "7",
        "postalCode": "4700" if language == "de" else "5000",
        "city": "Eupen" if language == "de" else "Namur",
        "country": "BE",
        "nationalNumber": "85073003328",
        "accountNumber": ACCOUNT,
    }


def answer(request: httpx.Request, people: Mapping[uuid.UUID, Person]) -> httpx.Response:
    """Play billing and affiliation."""
    body = json.loads(request.content)
    if request.url.path == "/v1/identities/query":
        dossiers = [uuid.UUID(dossier) for dossier in body["dossiers"]]
        items = [{"dossier": str(dossier), **people[dossier].identity} for dossier in dossiers if dossier in people]
        return httpx.Response(200, json={"items": items})
    if request.url.path == "/v1/paidQuarters/query":
        first, last = body["fromQuarter"], body["toQuarter"]
        quarters = people[uuid.UUID(body["dossier"])].quarters
        return httpx.Response(200, json={"items": [one for one in quarters if first <= one["quarter"] <= last]})
    return httpx.Response(404)


def claim(dossier: uuid.UUID, **changes: Any) -> dict[str, Any]:
    """Return the body of a good claim, changed as asked; statements set to None are left out."""
    statements = {
        "stoppedAllActivity": True,
        "evidenceReceived": True,
        "convicted": False,
        "provoked": False,
        "previousMonths": 0,
        "previousQuarters": 0,
        "replacementIncomeCents": 0,
        **changes.pop("statements", {}),
    }
    return {
        "dossier": str(dossier),
        "kind": "droitPasserelle",
        "ground": "bankruptcy",
        "factOn": "2026-03-10",
        "receivedOn": "2026-04-01",
        "dependant": False,
        "statements": {name: value for name, value in statements.items() if value is not None},
        **changes,
    }
