"""The trial balance: the books on two dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from starlette.responses import Response

from services.console.clients import Fault
from services.console.visits.service.visits import Entered, Page, Visit


async def _trial_balance(visit: Visit) -> Response:
    """Show every account on a value date as the books knew it on a booking date; today where nothing is chosen."""
    asked = {name: visit.request.query_params.get(name, "") for name in ("asOf", "knownAt")}
    faults = tuple(Fault(name=name, rule="notReadable") for name, text in asked.items() if text and not _is_day(text))
    query = {name: text for name, text in asked.items() if text and _is_day(text)}
    if faults:
        form = {name: [text] for name, text in asked.items()}
        wrong = replace(visit, entered=Entered(action="/trialBalance", form=form, faults=faults))
        return wrong.show("trial_balance.html", balance=None, state="shown", asked=asked)
    part = await visit.staff.part("billing", "/v1/ledger/trialBalance", **query)
    balance = {"items": part.rows, **part.rest} if part.state == "shown" and part.rest else None
    return visit.show("trial_balance.html", balance=balance, state=part.state, asked=asked)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


TRIAL_BALANCE: Final = Page("/trialBalance", _trial_balance)
