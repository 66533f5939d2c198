"""The list of dossiers without identities: number, category, dates and state; and what the service counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.contracts.affiliation_v1 import CessationReason
from shared.contracts.vocabulary import Category, Language
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one


@dataclass(frozen=True, kw_only=True)
class DossierRow:
    """One dossier as others may list it; ``status`` is applied, affiliated, ceased, refused or withdrawn."""

    dossier: UUID
    file_number: int
    kind: str
    status: str
    language: Language
    country: str
    category: Category | None
    starts_on: date | None
    ceased_on: date | None
    cessation_reason: CessationReason | None
    insurer: str | None
    founded_on: date | None


@dataclass(frozen=True, kw_only=True)
class CategoryPeriod:
    """From its first day on a category holds, until the next one; ``upcoming`` when that day is still to come.

    ``ground`` tells whether it was reported or follows by law from what was reported.
    """

    category: Category
    applies_from: date
    upcoming: bool
    ground: str
    political_mandate: bool | None
    old_age_opt_out: bool | None
    helped_dossier: UUID | None


@dataclass(frozen=True, kw_only=True)
class Link:
    """Another dossier, and why one answers for the other."""

    dossier: UUID
    ground: str
    applies_from: date


@dataclass(frozen=True, kw_only=True)
class DossierHistory(DossierRow):
    """A dossier with its history."""

    categories: tuple[CategoryPeriod, ...]
    answers_for: tuple[Link, ...]
    answered_for_by: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many the service has of what; ``rejected`` are lines and declarations refused when they came in."""

    affiliations: int
    people: int
    companies: int
    ceased: int
    waiting: int
    refused: int
    rejected: int
    imports: int
    imports_refused: int


#: The newest category whose first day is not after the given day, else the first one that is to come.
_SELECT: Final = """
select d.dossier, d.file_number, d.kind, coalesce(p.language, c.language) as language,
       coalesce(p.country, c.country) as country,
       case when d.kind = 'company' then case when c.affiliated_on is null then 'applied' else 'affiliated' end
            when a.affiliation_id is null or n.status in ('received', 'waiting')
              then case when n.status in ('received', 'waiting') then 'applied' else n.status end
            when a.ceased_on is not null then 'ceased' else 'affiliated' end as status,
       coalesce(k.category, n.category) as category, coalesce(a.starts_on, n.starts_on) as starts_on,
       a.ceased_on, a.cessation_reason, coalesce(a.insurer, n.insurer) as insurer, c.founded_on
from dossier d
left join person p on p.dossier = d.dossier
left join company c on c.dossier = d.dossier
left join lateral (select * from affiliation where dossier = d.dossier order by starts_on desc limit 1) a on true
left join lateral (select * from application where dossier = d.dossier order by recorded_at desc, application_id desc
                   limit 1) n on true
left join lateral (select category from category_period where affiliation_id = a.affiliation_id
                     and (a.ceased_on is null or applies_from <= a.ceased_on)
                   order by applies_from <= %(today)s desc,
                            case when applies_from <= %(today)s then applies_from end desc, applies_from,
                            position desc
                   limit 1) k on true
"""


async def list_dossiers(
    connection: Connection,
    *,
    today: date,
    file_numbers: Sequence[int] | None = None,
    after_file_number: int = 0,
    limit: int = 1000,
) -> list[DossierRow]:
    """Return dossiers in order of file number.

    Args:
        connection: any transaction.
        today: civil date on which the category is looked at.
        file_numbers: only these; None for all.
        after_file_number: only those with a higher number.
        limit: how many at most.
    """
    return await fetch_all(
        connection,
        DossierRow,
        _SELECT + "where (%(numbers)s::integer[] is null or d.file_number = any(%(numbers)s)) "
        "and d.file_number > %(after)s order by d.file_number limit %(limit)s",
        {
            "today": today,
            "numbers": None if file_numbers is None else list(file_numbers),
            "after": after_file_number,
            "limit": limit,
        },
    )


async def find_dossier(connection: Connection, *, dossier: UUID, today: date) -> DossierHistory | None:
    """Return one dossier with its categories and links, None when there is no such dossier."""
    values = {"today": today, "dossier": dossier}
    found = await fetch_one(connection, DossierRow, _SELECT + "where d.dossier = %(dossier)s", values)
    if found is None:
        return None
    categories = await fetch_all(
        connection,
        CategoryPeriod,
        "select distinct on (k.applies_from) k.category, k.applies_from, k.applies_from > %(today)s as upcoming, "
        "k.ground, nullif(k.political_mandate, false) as political_mandate, "
        "nullif(k.old_age_opt_out, false) as old_age_opt_out, k.helped_dossier from category_period k "
        "join affiliation a on a.affiliation_id = k.affiliation_id where a.dossier = %(dossier)s "
        "and (a.ceased_on is null or k.applies_from <= a.ceased_on) order by k.applies_from, k.position desc",
        values,
    )
    return DossierHistory(
        **vars(found),
        categories=tuple(categories),
        answers_for=await _links(connection, dossier=dossier, mine="dossier", other="debtor_dossier"),
        answered_for_by=await _links(connection, dossier=dossier, mine="debtor_dossier", other="dossier"),
    )


async def count_everything(connection: Connection) -> Counts:
    """Return what the service counts."""
    [found] = await fetch_all(
        connection,
        Counts,
        "select (select count(*) from affiliation) as affiliations, "
        "(select count(distinct dossier) from affiliation) as people, "
        "(select count(*) from company where affiliated_on is not null) as companies, "
        "(select count(*) from affiliation where ceased_on is not null) as ceased, "
        "(select count(*) from application where status in ('received', 'waiting')) as waiting, "
        "(select count(*) from application where status = 'refused') as refused, "
        "(select coalesce(sum(rows_refused), 0) from import_file)::bigint "
        "+ (select count(*) from declaration_refusal) as rejected, "
        "(select count(*) from import_file where status = 'imported') as imports, "
        "(select count(*) from import_file where status = 'refused') as imports_refused",
    )
    return found


async def _links(connection: Connection, *, dossier: UUID, mine: str, other: str) -> tuple[Link, ...]:
    found = await fetch_all(
        connection,
        Link,
        f"select {other} as dossier, ground, applies_from from liability_link where {mine} = %s "
        f"order by applies_from, {other}",
        (dossier,),
    )
    return tuple(found)
