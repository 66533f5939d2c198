"""What the books know of dossiers, loaded whole for the rules of regularisation, reduction and forecast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.billing.assessment.rules import fee_rate_millionths
from services.billing.dossier_facts.rules.facts import (
    CreditMovement,
    DossierFacts,
    EarlierStatement,
    Estimate,
    KnownIncome,
    QuarterCharge,
)
from services.billing.subjects.rules import ActivityPeriod, CategoryOptions
from shared.contracts.vocabulary import Category
from shared.law.money import divide_half_up
from shared.law.quarter import Quarter
from shared.platform.database import Connection

_MILLION = 1_000_000
_CATEGORIES = (
    "select dossier, applies_from, category, political_mandate, old_age_opt_out, helped_dossier "
    "from category_period where dossier = any(%s) order by applies_from"
)
#: Gives the management fee of a quarter as a ratio.
FeeRateOf = Callable[[Quarter], Decimal]


async def load_dossier_facts(
    connection: Connection, *, dossiers: Sequence[UUID], fee_rate_of: FeeRateOf
) -> dict[UUID, DossierFacts]:
    """Return the facts of dossiers, leaving out those billing does not know.

    Args:
        connection: a transaction that holds the subjects when what is read will be acted on.
        dossiers: whose facts.
        fee_rate_of: management fee of a quarter, to part the one amount of a quarter that was taken over.
    """
    found = await _load(connection, dossiers, fee_rate_of)
    helped = {
        one.helped_dossier: None for facts in found.values() for one in facts.options.values() if one.helped_dossier
    }
    if not helped:
        return found
    others = await _load(connection, list(helped), fee_rate_of)
    return {dossier: replace(facts, helped=others) for dossier, facts in found.items()}


async def _load(connection: Connection, dossiers: Sequence[UUID], fee_rate_of: FeeRateOf) -> dict[UUID, DossierFacts]:
    wanted = list(dossiers)
    subjects = await _rows(
        connection,
        "select s.dossier, s.file_number, s.language, coalesce(max(n.number), 0) + 1 as next_notice_number "
        "from subject s left join notice n using (dossier) where s.dossier = any(%s) group by s.dossier",
        wanted,
    )
    periods = await _grouped(
        connection,
        "select dossier, starts_on, ceased_on, cessation_reason, first_activity from activity_period "
        "where dossier = any(%s) order by starts_on",
        wanted,
    )
    categories = await _grouped(connection, _CATEGORIES, wanted)
    incomes = await _grouped(
        connection,
        "select dossier, year, known_on, income_cents from income where dossier = any(%s) order by year, known_on",
        wanted,
    )
    charges = await _charges(connection, wanted, fee_rate_of)
    relieved = await _grouped(connection, "select dossier, quarter from relief where dossier = any(%s)", wanted)
    estimates = await _grouped(
        connection,
        "select dossier, year, kind, estimate_cents as income_cents, estimate_quarters as quarters "
        "from contribution_estimate where dossier = any(%s)",
        wanted,
    )
    statements = await _grouped(
        connection,
        "select dossier, year, number, issued_on, income_known_on, spared_cents, surcharge_cents "
        "from regularisation where dossier = any(%s) order by year, number",
        wanted,
    )
    movements = await _grouped(
        connection,
        "select dossier, value_date, -sum(cents)::bigint as cents from journal_line "
        "where account = 'dossierCredit' and dossier = any(%s) group by dossier, value_date order by value_date",
        wanted,
    )
    return {
        row["dossier"]: DossierFacts(
            dossier=row["dossier"],
            file_number=row["file_number"],
            language=row["language"],
            next_notice_number=row["next_notice_number"],
            periods=tuple(ActivityPeriod(**period) for period in periods[row["dossier"]]),
            categories=tuple((one["applies_from"], Category(one["category"])) for one in categories[row["dossier"]]),
            incomes=tuple(KnownIncome(**income) for income in incomes[row["dossier"]]),
            charges=charges[row["dossier"]],
            relieved=frozenset(Quarter.parse(one["quarter"]) for one in relieved[row["dossier"]]),
            estimates={one["year"]: Estimate(**one) for one in estimates[row["dossier"]]},
            statements=tuple(EarlierStatement(**statement) for statement in statements[row["dossier"]]),
            credit_movements=tuple(CreditMovement(**one) for one in movements[row["dossier"]]),
            options={one["applies_from"]: _options(one) for one in categories[row["dossier"]]},
        )
        for row in subjects
    }


def _options(row: dict[str, Any]) -> CategoryOptions:
    return CategoryOptions(
        political_mandate=row["political_mandate"],
        old_age_opt_out=row["old_age_opt_out"],
        helped_dossier=row["helped_dossier"],
    )


async def _charges(
    connection: Connection, wanted: list[UUID], fee_rate_of: FeeRateOf
) -> dict[UUID, dict[Quarter, QuarterCharge]]:
    """Return what each quarter was billed: its first bill, or what was taken over, and the last of its changes."""
    rows = await _rows(
        connection,
        "with first_bill as ("
        "select dossier, quarter, category, contribution_cents, fee_cents, null::date as taken_over_on, "
        "0::bigint as taken_over_unpaid_cents, null::bigint as due_cents from contribution "
        "where kind = 'provisional' and dossier = any(%(dossiers)s) and not exists "
        # What a cessation left unowed was waived: it is no bill a later statement could lower.
        "(select from unowed w where w.dossier = contribution.dossier and w.quarter = contribution.quarter) "
        "union all select t.dossier, t.quarter, t.category, null, null, t.taken_over_on, t.due_cents - t.paid_cents, "
        "t.due_cents from quarter_taken_over t where t.dossier = any(%(dossiers)s) and not exists "
        "(select from contribution c where c.dossier = t.dossier and c.quarter = t.quarter)) "
        "select b.*, coalesce(l.changes, 0) as changes, l.category as last_category, "
        "l.contribution_cents as last_contribution_cents, l.fee_cents as last_fee_cents, "
        "p.contribution_cents as reduced_contribution_cents, "
        "coalesce(s.contribution_cents, 0) as settled_contribution, "
        "coalesce(s.fee_cents, 0) as settled_fee from first_bill b "
        "left join lateral (select h.number as changes, h.category, h.contribution_cents, h.fee_cents "
        "from contribution_change h where h.dossier = b.dossier and h.quarter = b.quarter "
        "order by h.number desc limit 1) l on true "
        "left join lateral (select h.contribution_cents from contribution_change h where h.dossier = b.dossier "
        "and h.quarter = b.quarter and h.cause <> 'regularisation' order by h.number desc limit 1) p on true "
        "left join (select dossier, quarter, "
        "(sum(paid_cents + waived_cents) filter (where kind = 'principal'))::bigint as contribution_cents, "
        "(sum(paid_cents + waived_cents) filter (where kind = 'fee'))::bigint as fee_cents "
        "from open_item where dossier = any(%(dossiers)s) group by dossier, quarter) s "
        "on s.dossier = b.dossier and s.quarter = b.quarter",
        {"dossiers": wanted},
    )
    charges: dict[UUID, dict[Quarter, QuarterCharge]] = defaultdict(dict)
    for row in rows:
        quarter = Quarter.parse(row["quarter"])
        contribution, fee = row["contribution_cents"], row["fee_cents"]
        if contribution is None:
            # One amount was taken over: the fee was a share of the contribution, so the contribution follows from it.
            contribution = divide_half_up(
                row["due_cents"] * _MILLION, _MILLION + fee_rate_millionths(fee_rate_of(quarter))
            )
            fee = row["due_cents"] - contribution
        changed = row["last_contribution_cents"] is not None
        provisional = row["reduced_contribution_cents"]
        charges[row["dossier"]][quarter] = QuarterCharge(
            quarter=quarter,
            category=row["last_category"] or row["category"],
            contribution_cents=row["last_contribution_cents"] if changed else contribution,
            fee_cents=row["last_fee_cents"] if changed else fee,
            provisional_contribution_cents=contribution if provisional is None else provisional,
            changes=row["changes"],
            taken_over_on=row["taken_over_on"],
            taken_over_unpaid_cents=row["taken_over_unpaid_cents"],
            settled_contribution_cents=row["settled_contribution"],
            settled_fee_cents=row["settled_fee"],
        )
    return charges


async def _grouped(connection: Connection, statement: str, wanted: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in await _rows(connection, statement, wanted):
        found[row.pop("dossier")].append(row)
    return found


async def _rows(connection: Connection, statement: str, values: list[UUID] | dict[str, Any]) -> list[dict[str, Any]]:
    cursor = await connection.execute(statement, values if isinstance(values, dict) else (values,))
    return await cursor.fetchall()
