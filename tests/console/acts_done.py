"""A form of the pages: what is typed, the one call it must be, and the page it leads back to."""

from __future__ import annotations

from typing import Any

from tests.console.world import DOSSIER, Browser, FakeServices

#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
Done = tuple[str, dict[str, Any], tuple[str, str, str], str]


async def check_done(done: Done) -> None:
    """Send the form and fail unless it is that one call and leads back."""
    route, fields, call, back = done
    services = FakeServices()
    browser = await Browser(services).sign_in("teamLead")
    typed: dict[str, Any] = {
        name: f"{value // 100},{value % 100:02d}" if name.endswith("Cents") else value for name, value in fields.items()
    }
    response = await browser.post(route.replace("{}", str(DOSSIER)), **typed)
    assert response.status_code == 303, response.text
    assert response.headers["location"] == f"{back}?done=1"
    assert [one[:3] for one in services.calls] == [call]
    assert services.calls[0][3] == (fields or None)
    assert "This is written down." in (await browser.get(response.headers["location"])).text
