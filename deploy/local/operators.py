"""Tokens of the invented fund's people, asked from the local issuer with each person's own key."""

from __future__ import annotations

from deploy.local.instance import Instance
from deploy.local.keys import PEOPLE, Keys
from deploy.local.problems import LocalError
from shared.platform.calls.auth import IssuedTokens, read_private_key


class PeopleTokens:
    """Gives the token of a person by name; asked again only when the one that is kept expires."""

    def __init__(self, *, issuer_url: str, keys: Keys) -> None:
        self._issuer_url = issuer_url
        self._keys = keys
        self._kept: dict[str, IssuedTokens] = {}

    async def __call__(self, person: str) -> str:
        """Give a token; raises LocalError for somebody the fund doesn't employ."""
        if person not in PEOPLE:
            raise LocalError(f"the fund employs no '{person}'", remedy=f"It employs: {', '.join(PEOPLE)}.")
        if person not in self._kept:
            key = read_private_key(self._keys.client_key_file(person))
            self._kept[person] = IssuedTokens(issuer_url=self._issuer_url, client_id=person, key=key)
        return await self._kept[person].token()

    async def close(self) -> None:
        """Close the connections to the issuer."""
        for tokens in self._kept.values():
            await tokens.close()


class OperatorTokens(PeopleTokens):
    """The tokens of the people of one instance on this machine."""

    def __init__(self, instance: Instance) -> None:
        super().__init__(issuer_url=instance.environment()["AUXILIA_ISSUER_URL"], keys=instance.keys)
