"""The second pair of eyes: an irreversible act needs another person, bound to the hash of what was approved.

The request keeps the SHA-256 of the canonical JSON of what will be done. Whoever acts calls ``require_approval``
inside the transaction that acts, with what is about to be done: anything else than what was approved is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict
from uuid6 import uuid7

from shared.platform.database.connections import Connection
from shared.platform.people import audit
from shared.platform.temporal.dispatch import signal_workflow

Decision = Literal["approved", "refused"]


class ApprovalDecided(BaseModel):
    """What a waiting procedure is told (signal ``approval_decided``)."""

    model_config = ConfigDict(frozen=True)

    approval_id: UUID
    decision: Decision


class ApprovalNotFound(LookupError):
    """No such request."""


class ApprovalMissing(RuntimeError):
    """Nobody else approved this act."""


class ApprovalMismatch(RuntimeError):
    """What is about to be done is not what was approved."""


class ApprovalExpired(RuntimeError):
    """The approval is no longer valid."""


class SamePerson(ValueError):
    """Somebody decides on their own request."""


class WrongRole(ValueError):
    """Somebody decides who does not have the role for it."""


class NotDesignated(ValueError):
    """Somebody decides who is not among the persons designated for this act."""


class AlreadyDecided(RuntimeError):
    """The request was decided otherwise before."""


async def request_approval(
    connection: Connection,
    *,
    action: str,
    reference: str,
    payload: Mapping[str, Any],
    requested_by: str,
    summary: Mapping[str, Any],
    workflow_id: str | None,
    dossier: UUID | None = None,
    role: str = "teamLead",
    deciders: Collection[str] = (),
    expires_on: date | None = None,
) -> UUID:
    """Ask another person to approve an act; asking again for the same returns the same request.

    Args:
        connection: inside the transaction that prepares the act.
        action: what will be done, lowerCamelCase.
        reference: what makes the request unique within its action.
        payload: exactly what will be done; only its hash is kept.
        requested_by: subject of who asks, a person or a service.
        summary: what the person who decides is shown; no personal data.
        workflow_id: procedure that waits for the decision.
        dossier: whom it is about.
        role: who may decide.
        deciders: subjects of the persons designated for this act; anybody of the role when there are none.
        expires_on: last civil day on which the act may be done, None without limit.

    Raises:
        ApprovalMismatch: something else was asked before under this action and reference.
    """
    identifier = UUID(int=uuid7().int)
    digest = payload_digest(payload)
    cursor = await connection.execute(
        "insert into approval (id, action, reference, payload_sha256, summary, dossier, role, deciders, workflow_id, "
        "expires_on, requested_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (action, reference) do nothing returning id",
        (
            identifier,
            action,
            reference,
            digest,
            Jsonb(_plain(summary)),
            dossier,
            role,
            sorted(deciders),
            workflow_id,
            expires_on,
            requested_by,
        ),
    )
    if await cursor.fetchone() is None:
        row = await _by_reference(connection, action=action, reference=reference)
        if row is None:
            raise ApprovalNotFound(f"{action} {reference}: seen by another transaction only; do this again")
        if row["payload_sha256"] != digest:
            raise ApprovalMismatch(f"{action} {reference}: something else was asked before under this reference")
        return UUID(str(row["id"]))
    await audit.record(
        connection,
        actor=requested_by,
        action="approval.requested",
        dossier=dossier,
        purpose=action,
        details={"approvalId": str(identifier), "reference": reference, "payloadSha256": digest},
    )
    return identifier


async def decide_approval(
    connection: Connection,
    *,
    approval_id: UUID,
    decided_by: str,
    decision: Decision,
    reason: str,
    decided_on: date | None = None,
    roles: Collection[str] | None = None,
) -> None:
    """Approve or refuse a request, once; the waiting procedure is signalled when this transaction commits.

    Args:
        connection: a transaction.
        approval_id: the request.
        decided_by: subject of the person who decides.
        decision: approved or refused.
        reason: why; no personal data.
        decided_on: business date of the decision, needed when the request expires.
        roles: roles of the person; when given, the role of the request must be among them.

    Raises:
        ApprovalNotFound: there is no such request.
        SamePerson: who asked can't decide.
        WrongRole: the role of the request is not among the roles.
        NotDesignated: the act is for designated persons, and this is none of them.
        AlreadyDecided: it was decided otherwise, or by somebody else.
        ApprovalExpired: the last day has passed.
    """
    row = await approval_by_id(connection, approval_id=approval_id, lock=True)
    if decided_by == row["requested_by"]:
        raise SamePerson("decidedBy: another person than the one who asked must decide")
    if roles is not None and row["role"] not in roles:
        raise WrongRole(f"decidedBy: needs role {row['role']}")
    if row["deciders"] and decided_by not in row["deciders"]:
        raise NotDesignated("decidedBy: only a person designated for this act decides on it")
    if row["decided_at"] is not None:
        if (row["decided_by"], row["decision"]) == (decided_by, decision):
            return
        raise AlreadyDecided(f"{approval_id}: was {row['decision']} before")
    _refuse_expired(row, decided_on)
    await connection.execute(
        "update approval set decided_by = %s, decision = %s, reason = %s, decided_at = now() where id = %s",
        (decided_by, decision, reason, approval_id),
    )
    await audit.record(
        connection,
        actor=decided_by,
        action=f"approval.{decision}",
        dossier=row["dossier"],
        purpose=row["action"],
        details={
            "approvalId": str(approval_id),
            "reference": row["reference"],
            "payloadSha256": row["payload_sha256"],
            "requestedBy": row["requested_by"],
        },
    )
    if row["workflow_id"] is not None:
        await signal_workflow(
            connection,
            workflow_id=row["workflow_id"],
            signal="approval_decided",
            argument=ApprovalDecided(approval_id=approval_id, decision=decision),
            dossier=row["dossier"],
        )


async def require_approval(
    connection: Connection,
    *,
    action: str,
    reference: str,
    payload: Mapping[str, Any],
    on: date | None = None,
) -> str:
    """Return who approved exactly this, or refuse to go on; call it inside the transaction that acts.

    Args:
        connection: the transaction that acts; the decision stays locked until it ends.
        action: what is about to be done.
        reference: the reference of the request.
        payload: exactly what is about to be done.
        on: business date of the act, needed when the approval expires.

    Raises:
        ApprovalMissing: nobody was asked, nobody decided, or it was refused.
        ApprovalMismatch: something else was approved.
        ApprovalExpired: the last day has passed.
    """
    row = await _by_reference(connection, action=action, reference=reference, lock=True)
    if row is None or row["decision"] != "approved":
        raise ApprovalMissing(f"{action} {reference}: not approved by a second person")
    if row["payload_sha256"] != payload_digest(payload):
        raise ApprovalMismatch(f"{action} {reference}: what was approved differs from what is about to be done")
    _refuse_expired(row, on)
    return str(row["decided_by"])


async def approval_by_id(connection: Connection, *, approval_id: UUID, lock: bool = False) -> dict[str, Any]:
    """Return one request with its decision.

    Raises:
        ApprovalNotFound: there is no such request.
    """
    query = "select * from approval where id = %s"
    cursor = await connection.execute(f"{query} for update" if lock else query, (approval_id,))
    row = await cursor.fetchone()
    if row is None:
        raise ApprovalNotFound(str(approval_id))
    return row


async def list_approvals(
    connection: Connection, *, is_open: bool | None = True, limit: int = 100, after: UUID | None = None
) -> list[dict[str, Any]]:
    """Return requests, the oldest first; open (True), decided (False) or both (None)."""
    cursor = await connection.execute(
        "select * from approval where (%(is_open)s::boolean is null or (decided_at is null) = %(is_open)s) "
        "and (%(after)s::uuid is null or id > %(after)s) order by id limit %(limit)s",
        {"is_open": is_open, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


def payload_digest(payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of a payload, as 64 hexadecimal digits.

    Raises:
        TypeError: the payload holds a float or something without canonical form.
    """
    return hashlib.sha256(canonical_json(payload).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted names, no spaces, dates and decimals as text, no floats.

    Raises:
        TypeError: the value holds a float or something without canonical form.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Mapping):
        return {_name(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__}: has no canonical JSON")


def _name(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, UUID | date | Enum):
        return str(_plain(key))
    raise TypeError(f"{type(key).__name__}: is no name in canonical JSON")


def _refuse_expired(row: Mapping[str, Any], on: date | None) -> None:
    if row["expires_on"] is None:
        return
    if on is None:
        raise ValueError("on: this approval expires, so the business date of the act is needed")
    if on > row["expires_on"]:
        raise ApprovalExpired(f"{row['action']} {row['reference']}: expired on {row['expires_on']}")


async def _by_reference(
    connection: Connection, *, action: str, reference: str, lock: bool = False
) -> dict[str, Any] | None:
    query = "select * from approval where action = %s and reference = %s"
    cursor = await connection.execute(f"{query} for share" if lock else query, (action, reference))
    return await cursor.fetchone()
