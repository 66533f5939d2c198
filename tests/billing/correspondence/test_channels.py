"""By which channel a letter goes: what was chosen where it can be used, and the post last."""

from __future__ import annotations

import pytest

from services.billing.correspondence.rules.channels import Channel, ways
from shared.contracts.vocabulary import Language
from shared.correspondence.addressee import Addressee


@pytest.mark.parametrize(
    ("channel", "email", "mailbox", "expected"),
    [
        (None, "someone@example.org", "85073003328", [Channel.POST]),  # an address alone is no consent
        ("post", "someone@example.org", "85073003328", [Channel.POST]),
        ("email", "someone@example.org", None, [Channel.EMAIL, Channel.POST]),
        ("email", None, "85073003328", [Channel.POST]),
        ("eBox", "someone@example.org", "85073003328", [Channel.E_BOX, Channel.POST]),
        ("eBox", "someone@example.org", None, [Channel.POST]),
        ("pigeon", "someone@example.org", "85073003328", [Channel.POST]),
    ],
)
def test_ways(channel: str | None, email: str | None, mailbox: str | None, expected: list[Channel]) -> None:
    addressee = Addressee(
        name="Camille Exemplemont",
        language=Language.FRENCH,
        street="rue de l'Exemple 1",
        city="5000 Namur",
        country="BE",
        channel=channel,
        email=email,
        mailbox=mailbox,
    )
    assert list(ways(addressee)) == expected
    for secret in ("example.org", "85073003328", "Camille"):
        assert secret not in repr(addressee)
