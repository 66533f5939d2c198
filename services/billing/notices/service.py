"""What others ask of notices of contribution."""

from __future__ import annotations

from services.billing.notices.store import NoticeToWrite, partitions_with_notices, without_letter

__all__ = ["NoticeToWrite", "partitions_with_notices", "without_letter"]
