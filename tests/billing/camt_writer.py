"""Writes camt.053 statements for tests as the message definition prints them; it shares no code with the reader."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.billing.coda_writer import ACCOUNT


def _euros(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _direction(cents: int) -> str:
    return f"<CdtDbtInd>{'CRDT' if cents >= 0 else 'DBIT'}</CdtDbtInd>"


@dataclass
class Entry:
    """One entry; ``details`` are the transactions it is made of, else it has one of its own."""

    cents: int
    communication: str = ""
    structured: str | None = None
    counterparty: str = ""
    status: str = "BOOK"
    value_date: str = "2026-03-15"
    code: str = "PMNT RCDT ESCT"
    reversal: bool = False
    return_reason: str = ""
    end_to_end: str = "NOTPROVIDED"
    mandate: str = ""
    details: list[Entry] = field(default_factory=list)


@dataclass
class CamtStatement:
    """One statement; every default makes it right, so that a test says only what is wrong."""

    entries: list[Entry]
    old_cents: int = 0
    sequence: int | None = 1
    account: str = ACCOUNT
    day: str = "2026-03-16"
    old_day: str = "2026-03-15"

    def text(self, version: str) -> str:
        """Return the element of the statement, one child a line."""
        moved = sum(entry.cents for entry in self.entries if entry.status == "BOOK")
        number = "" if self.sequence is None else f"<ElctrncSeqNb>{self.sequence}</ElctrncSeqNb>"
        lines = [
            f"<Stmt><Id>S{self.sequence}</Id>{number}<CreDtTm>{self.day}T20:00:00+01:00</CreDtTm>",
            f"<Acct><Id><IBAN>{self.account}</IBAN></Id><Ccy>EUR</Ccy></Acct>",
            _balance("OPBD", self.old_cents, self.old_day),
            _balance("CLBD", self.old_cents + moved, self.day),
            *(self._entry(entry, version) for entry in self.entries),
            "</Stmt>",
        ]
        return "\n".join(lines)

    def _entry(self, entry: Entry, version: str) -> str:
        status = f"<Cd>{entry.status}</Cd>" if version == "08" else entry.status
        domain, family, sub_family = entry.code.split(" ")
        transactions = "".join(_transaction(part, version) for part in entry.details or [entry])
        return (
            f'<Ntry><Amt Ccy="EUR">{_euros(entry.cents)}</Amt>{_direction(entry.cents)}'
            f"<RvslInd>{'true' if entry.reversal else 'false'}</RvslInd><Sts>{status}</Sts>"
            f"<BookgDt><Dt>{self.day}</Dt></BookgDt><ValDt><Dt>{entry.value_date}</Dt></ValDt>"
            f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub_family}</SubFmlyCd></Fmly></Domn>"
            f"</BkTxCd><NtryDtls>{transactions}</NtryDtls></Ntry>"
        )


def _balance(kind: str, cents: int, day: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{_euros(cents)}</Amt>{_direction(cents)}'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _transaction(entry: Entry, version: str) -> str:
    amount = f'<Amt Ccy="EUR">{_euros(entry.cents)}</Amt>'
    placed = f"{amount}{_direction(entry.cents)}" if version == "08" else f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    other = "Dbtr" if (entry.cents >= 0) != entry.reversal else "Cdtr"
    name = "<Pty><Nm>PAYER</Nm></Pty>" if version == "08" else "<Nm>PAYER</Nm>"
    account = f"<{other}Acct><Id><IBAN>{entry.counterparty}</IBAN></Id></{other}Acct>" if entry.counterparty else ""
    free = f"<Ustrd>{entry.communication}</Ustrd>" if entry.communication else ""
    reference = (
        "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr></Tp>"
        f"<Ref>{entry.structured}</Ref></CdtrRefInf></Strd>"
        if entry.structured
        else ""
    )
    mandate = f"<MndtId>{entry.mandate}</MndtId>" if entry.mandate else ""
    returned = f"<RtrInf><Rsn><Cd>{entry.return_reason}</Cd></Rsn></RtrInf>" if entry.return_reason else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{entry.end_to_end}</EndToEndId>{mandate}</Refs>{placed}"
        f"<RltdPties><{other}>{name}</{other}>{account}</RltdPties><RmtInf>{free}{reference}</RmtInf>{returned}</TxDtls>"
    )


def camt053(*statements: CamtStatement, version: str = "08", prolog: str = "") -> bytes:
    """Return the bytes of a file with one or more statements."""
    body = "\n".join(statement.text(version) for statement in statements)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{prolog}'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-16T20:00:00+01:00</CreDtTm></GrpHdr>\n{body}\n"
        "</BkToCstmrStmt></Document>\n"
    ).encode()
