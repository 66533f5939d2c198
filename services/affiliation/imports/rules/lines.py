"""Decides line by line which people and companies of a file the fund affiliates and which it must refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Generic, TypeVar

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories.rules.categories import KnownAffiliation
from services.affiliation.companies.rules import CompanyDeclaration, check_company, read_company
from services.affiliation.declarations.rules.checks import ALREADY_AFFILIATED, check_person
from services.affiliation.declarations.rules.declaration import Origin, PersonDeclaration
from services.affiliation.declarations.rules.reading import read_person
from services.affiliation.imports.rules.csv_file import Row
from shared.law.parameters import Parameters

D = TypeVar("D")

_TWICE_IN_FILE: Final = Breach(
    rule="person.duplicateInFile",
    field="national_number",
    message="this person is already on an earlier line of the file",
    article="RGS art. 6",
)
_COMPANY_ALREADY_AFFILIATED: Final = Breach(
    rule="company.alreadyAffiliated",
    field="enterprise_number",
    message="this company is already affiliated here",
    article="law of 30-12-1992, art. 89",
)
_COMPANY_TWICE_IN_FILE: Final = Breach(
    rule="company.duplicateInFile",
    field="enterprise_number",
    message="this company is already on an earlier line of the file",
    article="law of 30-12-1992, art. 89",
)
_WRONG_COLUMNS: Final = Breach(
    rule="row.columns",
    field="row",
    message="the line does not have as many fields as the header",
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Candidate(Generic[D]):
    """One line of a file, understood or not, with what is wrong when it is looked at alone."""

    line: int
    reference: str
    raw: str
    declaration: D | None
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class SortedFile(Generic[D]):
    """The lines of a file, sorted into those the fund takes on and those it refuses, each in file order.

    The text of a refused line is kept, so that nothing is lost.
    """

    accepted: tuple[tuple[int, D], ...]
    refused: tuple[Candidate[D], ...]


def understand_people(
    rows: Iterable[Row], *, received_on: date, parameters: Parameters
) -> list[Candidate[PersonDeclaration]]:
    """Look at each line of a file of people alone."""

    def check(declaration: PersonDeclaration) -> tuple[Breach, ...]:
        return check_person(declaration, received_on=received_on, origin=Origin.IMPORTED, parameters=parameters)

    return [_understand(row, read_person, check) for row in rows]


def with_history(
    candidates: Sequence[Candidate[PersonDeclaration]],
    *,
    known: Mapping[str, tuple[KnownAffiliation, ...]],
    received_on: date,
    parameters: Parameters,
) -> list[Candidate[PersonDeclaration]]:
    """Look again at the lines of people who were affiliated here before, with what the fund knows of them."""

    def again(candidate: Candidate[PersonDeclaration]) -> Candidate[PersonDeclaration]:
        declaration = candidate.declaration
        if declaration is None or declaration.national_number not in known:
            return candidate
        breaches = check_person(
            declaration,
            received_on=received_on,
            origin=Origin.IMPORTED,
            parameters=parameters,
            known=known[declaration.national_number],
        )
        return replace(candidate, breaches=breaches)

    return [again(candidate) for candidate in candidates]


def understand_companies(rows: Iterable[Row], *, received_on: date) -> list[Candidate[CompanyDeclaration]]:
    """Look at each line of a file of companies alone."""

    def check(declaration: CompanyDeclaration) -> tuple[Breach, ...]:
        return check_company(declaration, received_on=received_on)

    return [_understand(row, read_company, check) for row in rows]


def sort_people(
    candidates: Sequence[Candidate[PersonDeclaration]], *, already_affiliated: AbstractSet[str]
) -> SortedFile[PersonDeclaration]:
    """Sort a file of people.

    Args:
        candidates: what ``understand_people`` made of its lines.
        already_affiliated: national numbers with an affiliation or an open declaration here.
    """
    return _sort(
        candidates,
        number_of=lambda declaration: declaration.national_number,
        already_affiliated=already_affiliated,
        already=ALREADY_AFFILIATED,
        twice=_TWICE_IN_FILE,
    )


def sort_companies(
    candidates: Sequence[Candidate[CompanyDeclaration]], *, already_affiliated: AbstractSet[str]
) -> SortedFile[CompanyDeclaration]:
    """Sort a file of companies, by enterprise number; see ``sort_people``."""
    return _sort(
        candidates,
        number_of=lambda declaration: declaration.enterprise_number,
        already_affiliated=already_affiliated,
        already=_COMPANY_ALREADY_AFFILIATED,
        twice=_COMPANY_TWICE_IN_FILE,
    )


def _understand(
    row: Row,
    read: Callable[[dict[str, str]], tuple[D | None, tuple[Breach, ...]]],
    check: Callable[[D], tuple[Breach, ...]],
) -> Candidate[D]:
    if row.values is None:
        return Candidate(line=row.line, reference="", raw=row.raw, declaration=None, breaches=(_WRONG_COLUMNS,))
    declaration, breaches = read(row.values)
    if declaration is not None:
        breaches = check(declaration)
    reference = row.values["reference"].strip()
    return Candidate(line=row.line, reference=reference, raw=row.raw, declaration=declaration, breaches=breaches)


def _sort(
    candidates: Sequence[Candidate[D]],
    *,
    number_of: Callable[[D], str],
    already_affiliated: AbstractSet[str],
    already: Breach,
    twice: Breach,
) -> SortedFile[D]:
    """The first good line of somebody wins; later ones are refused, whatever else they say."""
    accepted: list[tuple[int, D]] = []
    refused: list[Candidate[D]] = []
    seen: set[str] = set()
    for candidate in candidates:
        declaration, breaches = candidate.declaration, candidate.breaches
        if declaration is not None:
            number = number_of(declaration)
            if number in already_affiliated:
                breaches = (*breaches, already)
            elif number in seen:
                breaches = (*breaches, twice)
        if declaration is None or breaches:
            refused.append(replace(candidate, breaches=breaches))
        else:
            seen.add(number_of(declaration))
            accepted.append((candidate.line, declaration))
    return SortedFile(accepted=tuple(accepted), refused=tuple(refused))
