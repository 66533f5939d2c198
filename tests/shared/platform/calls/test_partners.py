"""One rule for all partners: silence is tried again at once for some seconds, what is said less often or never."""

from __future__ import annotations

import dataclasses

import httpx
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from shared.platform.calls.partners import raise_for_today, raise_while_quick
from shared.platform.calls.service_client import CallFailed, PeerNonsense, PeerRefused, PeerUnavailable, ServiceClient

SILENT = PeerUnavailable("bank", "ConnectError")
CLOSED = PeerUnavailable("bank", "status 503", closed=True)
NONSENSE = PeerNonsense("bank", "not a receipt")
REFUSED = PeerRefused("bank", 400, "about:blank")


def activity_at(attempt: int) -> ActivityEnvironment:
    """Give an activity that is tried for the so manieth time."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    return environment


@pytest.mark.parametrize(("error", "tries"), [(SILENT, 8), (CLOSED, 3), (NONSENSE, 3), (REFUSED, 1)], ids=str)
def test_a_partner_gets_as_many_tries_as_may_help(error: CallFailed, tries: int) -> None:
    for attempt in range(1, tries):
        with pytest.raises(type(error)):
            activity_at(attempt).run(raise_while_quick, error)
        with pytest.raises(type(error)):
            activity_at(attempt).run(raise_for_today, error)
    activity_at(tries).run(raise_while_quick, error)
    with pytest.raises(ApplicationError) as caught:
        activity_at(tries).run(raise_for_today, error)
    assert (caught.value.non_retryable, caught.value.type) == (True, type(error).__name__)
    assert caught.value.message == str(error), "what a person is told about a procedure that waits"


@pytest.mark.parametrize(
    ("answer", "closed"),
    [
        (httpx.Response(503), True),
        (httpx.Response(503, headers={"Retry-After": "3600"}), True),
        (httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), True),
        (httpx.Response(503, headers={"Retry-After": "2"}), False),
        (httpx.ConnectError("nobody"), False),
        (httpx.ReadTimeout("nothing"), False),
        (httpx.RemoteProtocolError("killed while answering"), False),
    ],
    ids=["closed", "for an hour", "until a day", "back in two seconds", "nobody", "nothing", "broken off"],
)
async def test_a_partner_that_is_closed_says_so(answer: httpx.Response | httpx.HTTPError, closed: bool) -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.Response):
            return answer
        raise answer

    client = ServiceClient(peer="bank", base_url="http://bank.test", tokens=None, transport=httpx.MockTransport(reply))
    with pytest.raises(PeerUnavailable) as caught:
        await client.get_bytes("/v1/anything")
    assert caught.value.closed is closed
