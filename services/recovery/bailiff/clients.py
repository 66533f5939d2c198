"""What recovery asks of a bailiff."""

from __future__ import annotations

import base64
from typing import Final
from uuid import UUID

from shared.contracts.vocabulary import EuroCents
from shared.platform.calls.models import ApiModel
from shared.platform.calls.partners import Receipt, checked_receipt
from shared.platform.calls.service_client import ServiceClient


class _Mandate(ApiModel):
    mandate_id: UUID
    file_number: int
    total_cents: EuroCents
    document_sha256: str
    content: str


class _Withdrawal(ApiModel):
    mandate_id: UUID
    reason: str


class Bailiff:
    """Gives warrants to a bailiff.

    Attributes:
        partner: the subject of the tokens with which this bailiff reports.
    """

    partner: Final = "bailiff"

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def mandate(
        self, *, mandate_id: UUID, file_number: int, total_cents: int, document_sha256: str, content: bytes
    ) -> Receipt:
        """Give one mandate; the same id is the same mandate. Errors as for ``ServiceClient.post``."""
        mandate = _Mandate(
            mandate_id=mandate_id,
            file_number=file_number,
            total_cents=total_cents,
            document_sha256=document_sha256,
            content=base64.b64encode(content).decode(),
        )
        receipt = await self._client.post("/v1/bailiff/mandates", mandate, Receipt)
        return checked_receipt("bailiff", receipt, mandate_id)

    async def withdraw(self, *, mandate_id: UUID) -> None:
        """Tell the bailiff to stop; errors as for ``ServiceClient.post``, ``PeerRefused`` when it was served."""
        withdrawal = _Withdrawal(mandate_id=mandate_id, reason="paid")
        receipt = await self._client.post("/v1/bailiff/withdrawals", withdrawal, Receipt)
        checked_receipt("bailiff", receipt, mandate_id)
