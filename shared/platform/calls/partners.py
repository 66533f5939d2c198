"""Partners that take papers on: what they answer, the post, and whether a failed call is worth another try at once."""

from __future__ import annotations

import base64
from datetime import date
from typing import Final, NoReturn
from uuid import UUID

from pydantic import Field
from temporalio import activity
from temporalio.exceptions import ApplicationError

from shared.contracts.vocabulary import Language
from shared.platform.calls.models import ApiModel
from shared.platform.calls.service_client import CallFailed, PeerNonsense, PeerRefused, PeerUnavailable, ServiceClient

#: Tries within one activity when a partner says that it is closed or answers nonsense; then the procedure waits for a
#: working day, for played time stands still meanwhile.
_TRIES_WHEN_CLOSED: Final = 3
#: Tries when there is no answer at all, or one that promises to be back within seconds: a partner that is being
#: restarted costs no working day. With the pauses of ``DEFAULT_RETRY`` the last try comes after some twenty seconds.
_TRIES_WITHOUT_ANSWER: Final = 8


class Receipt(ApiModel):
    """What the post or a bailiff answers when it takes something on."""

    reference: UUID
    receipt: str = Field(min_length=1, max_length=60)
    accepted_on: date


class _RegisteredLetter(ApiModel):
    reference: UUID
    file_number: int
    language: Language
    document_sha256: str
    content: str


class Post:
    """Hands registered letters to the post.

    Attributes:
        partner: the subject of the tokens with which this post reports.
    """

    partner: Final = "post"

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def deposit(
        self, *, reference: UUID, file_number: int, language: Language, document_sha256: str, content: bytes
    ) -> Receipt:
        """Hand over one registered letter; the same reference is the same letter. Errors as for ``ServiceClient``."""
        letter = _RegisteredLetter(
            reference=reference,
            file_number=file_number,
            language=language,
            document_sha256=document_sha256,
            content=base64.b64encode(content).decode(),
        )
        receipt = await self._client.post("/v1/post/registeredLetters", letter, Receipt)
        return checked_receipt(self.partner, receipt, reference)


def checked_receipt(peer: str, receipt: Receipt, reference: UUID) -> Receipt:
    """Return a receipt; raises ``PeerNonsense`` when it is for something else than what was handed over."""
    if receipt.reference != reference:
        raise PeerNonsense(peer, "a receipt for something else")
    return receipt


def raise_while_quick(error: CallFailed) -> None:
    """Raise what went wrong with a partner again while a try at once may help, inside an activity.

    Every call to a partner goes by this one rule. When it returns the activity gives up for today. A refusal is never
    tried again at once.

    Raises:
        CallFailed: the same error; Temporal tries the activity again.
    """
    if isinstance(error, PeerRefused):
        return
    silent = isinstance(error, PeerUnavailable) and not error.closed
    if activity.info().attempt < (_TRIES_WITHOUT_ANSWER if silent else _TRIES_WHEN_CLOSED):
        raise error


def raise_for_today(error: CallFailed) -> NoReturn:
    """Raise what went wrong with a partner without which the activity can't go on, by the same rule.

    Raises:
        CallFailed: the same error, while a try at once may help.
        temporalio.exceptions.ApplicationError: no more tries today; a procedure that insists goes on on the next
            working day.
    """
    raise_while_quick(error)
    raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
