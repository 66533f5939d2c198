"""The fund's bank, as far as files of payments and collections go."""

from __future__ import annotations

from dataclasses import dataclass

from shared.platform.calls.models import ApiModel
from shared.platform.calls.service_client import PeerNonsense, ServiceClient


class _FileTaken(ApiModel):
    message_id: str


@dataclass(frozen=True)
class Bank:
    """Takes files over."""

    client: ServiceClient

    async def send_file(self, *, message_id: str, content: bytes) -> None:
        """Hand a file over. Raises ``CallFailed``, as nonsense when the bank confirms another file."""
        answer = await self.client.post_bytes(
            "/v1/bank/paymentFiles", content, _FileTaken, media_type="application/xml"
        )
        if answer.message_id != message_id:
            raise PeerNonsense("bank", "the answer is about another file")
