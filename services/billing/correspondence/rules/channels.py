"""By which channel an ordinary letter goes to somebody, and what takes its place when that one fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from shared.correspondence.addressee import Addressee

#: The kind of document a notice of contribution is.
NOTICE_DOCUMENT: Final = "contributionNotice"
#: In SQL, said of a document ``d``: no carrier has it, and the post did not refuse it, which leaves it to a person.
TO_HAND_OVER: Final = (
    "not exists (select from letter_delivery v where v.document_id = d.id "
    "and (v.outcome = 'accepted' or v.channel = 'post'))"
)


class Channel(StrEnum):
    """A way a letter can go."""

    POST = "post"
    EMAIL = "email"
    E_BOX = "eBox"


class Outcome(StrEnum):
    """What became of handing a letter over."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The carrier knows nobody at this address."""
    UNAVAILABLE = "unavailable"
    """The carrier did not answer, and the letter went another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of handing a letter over by one channel; ``receipt`` is there when it was accepted."""

    reference: str
    channel: Channel
    outcome: Outcome
    handed_on: date
    document_sha256: str
    receipt: str | None = None


def ways(addressee: Addressee) -> tuple[Channel, ...]:
    """Give the channels to try, in order: the one that was chosen where it can be used, and the post last.

    Somebody who chose nothing gets letters by post: e-mail and eBox need a consent. An e-mail needs an address, an eBox
    the number it is kept under.
    """
    chosen = addressee.channel
    if chosen == Channel.EMAIL and addressee.email:
        return (Channel.EMAIL, Channel.POST)
    if chosen == Channel.E_BOX and addressee.mailbox:
        return (Channel.E_BOX, Channel.POST)
    return (Channel.POST,)
