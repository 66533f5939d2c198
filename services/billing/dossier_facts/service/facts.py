"""What the books know of dossiers, loaded whole for the rules of regularisation, reduction and forecast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from services.billing.assessment.rules import fee_rate_millionths
from services.billing.dossier_facts import store
from services.billing.dossier_facts.rules.facts import DossierFacts, QuarterCharge
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.subjects.service import UnknownDossier
from shared.law.money import divide_half_up
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection

_MILLION = 1_000_000
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


async def facts_of(connection: Connection, *, dossier: UUID, law: AssessmentLaw) -> DossierFacts:
    """Return the facts of one dossier.

    Raises:
        UnknownDossier: billing was not told of it.
    """
    found = await load_dossier_facts(connection, dossiers=[dossier], fee_rate_of=law.fee_rate_of)
    if dossier not in found:
        raise UnknownDossier(dossier)
    return found[dossier]


async def _load(connection: Connection, dossiers: Sequence[UUID], fee_rate_of: FeeRateOf) -> dict[UUID, DossierFacts]:
    periods = await store.periods(connection, dossiers)
    categories = await store.categories(connection, dossiers)
    incomes = await store.incomes(connection, dossiers)
    charges: dict[UUID, dict[Quarter, QuarterCharge]] = defaultdict(dict)
    for row in await store.charges(connection, dossiers):
        charge = _charge(row, fee_rate_of)
        charges[row.dossier][charge.quarter] = charge
    relieved = await store.relieved(connection, dossiers)
    estimates = await store.estimates(connection, dossiers)
    statements = await store.statements(connection, dossiers)
    movements = await store.credit_movements(connection, dossiers)
    return {
        one.dossier: DossierFacts(
            dossier=one.dossier,
            file_number=one.file_number,
            language=one.language,
            next_notice_number=one.next_notice_number,
            periods=tuple(periods[one.dossier]),
            categories=tuple((known.applies_from, known.category) for known in categories[one.dossier]),
            incomes=tuple(incomes[one.dossier]),
            charges=charges[one.dossier],
            relieved=frozenset(relieved[one.dossier]),
            estimates={estimate.year: estimate for estimate in estimates[one.dossier]},
            statements=tuple(statements[one.dossier]),
            credit_movements=tuple(movements[one.dossier]),
            options={known.applies_from: known.options for known in categories[one.dossier]},
        )
        for one in await store.subjects(connection, dossiers)
    }


def _charge(row: store.ChargeRow, fee_rate_of: FeeRateOf) -> QuarterCharge:
    quarter = Quarter.parse(row.quarter)
    contribution, fee = _first_bill(row, quarter, fee_rate_of)
    provisional = row.reduced_contribution_cents
    return QuarterCharge(
        quarter=quarter,
        category=row.last_category or row.category,
        contribution_cents=contribution if row.last_contribution_cents is None else row.last_contribution_cents,
        fee_cents=fee if row.last_fee_cents is None else row.last_fee_cents,
        provisional_contribution_cents=contribution if provisional is None else provisional,
        changes=row.changes,
        taken_over_on=row.taken_over_on,
        taken_over_unpaid_cents=row.taken_over_unpaid_cents,
        settled_contribution_cents=row.settled_contribution,
        settled_fee_cents=row.settled_fee,
    )


def _first_bill(row: store.ChargeRow, quarter: Quarter, fee_rate_of: FeeRateOf) -> tuple[int, int]:
    if row.contribution_cents is not None and row.fee_cents is not None:
        return row.contribution_cents, row.fee_cents
    # One amount was taken over: the fee was a share of the contribution, so the contribution follows from it.
    due = row.due_cents or 0
    contribution = divide_half_up(due * _MILLION, _MILLION + fee_rate_millionths(fee_rate_of(quarter)))
    return contribution, due - contribution
