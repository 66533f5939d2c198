"""Files byte by byte, and their lines one by one."""

from __future__ import annotations

import pytest

from services.affiliation.companies.rules import COMPANY_FIELDS
from services.affiliation.declarations.rules.declaration import PersonDeclaration
from services.affiliation.declarations.rules.reading import PERSON_FIELDS
from services.affiliation.imports.rules.csv_file import FileRefused, read_rows
from services.affiliation.imports.rules.lines import Candidate, sort_people, understand_companies, understand_people
from shared.law.parameters import Parameters
from tests.affiliation.harness import IMPORTED_ON, SAMPLES

PARAMETERS = Parameters.load()


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"", "file.empty", 1),
        (b"a;b\n1;\xe9\n", "file.encoding", 2),
        (b"\xff\xfea\x00;\x00b\x00", "file.encoding", 1),
        (b"a;b\n1;\x00\n", "file.encoding", 2),
        (b"a,b\n1,2\n", "file.header", 1),
        (b"b;a\n", "file.header", 1),
        (b"a\n", "file.header", 1),
        (b"a;b;c\n", "file.header", 1),
        (b'a;b\n1;2\n3;"4\n', "file.format", 3),
        (b'a;b\n1;"2"3\n', "file.format", 2),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(content: bytes, rule: str, line: int) -> None:
    with pytest.raises(FileRefused) as refused:
        read_rows(content, header=("a", "b"))
    assert (refused.value.rule, refused.value.line) == (rule, line)


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    content = '\ufeffa;b\r\n1;2\r\n\r\n;\r\n"3\r\n4";5\r\n6\r\n'.encode()
    rows = read_rows(content, header=("a", "b"))
    assert [(row.line, row.values) for row in rows] == [
        (2, {"a": "1", "b": "2"}),
        (5, {"a": "3\r\n4", "b": "5"}),
        (7, None),
    ]
    assert rows[2].raw.strip() == "6"


def _sample_people() -> list[Candidate[PersonDeclaration]]:
    rows = read_rows((SAMPLES / "people.csv").read_bytes(), header=PERSON_FIELDS)
    return understand_people(rows, received_on=IMPORTED_ON, parameters=PARAMETERS)


def test_the_sample_people_are_sorted_as_their_readme_says() -> None:
    found = sort_people(_sample_people(), already_affiliated=frozenset())
    assert len(found.accepted) == 210
    assert [(line.line, line.reference, [breach.rule for breach in line.breaches]) for line in found.refused] == [
        (14, "R0001", ["nationalNumber.checkDigits"]),
        (34, "R0002", ["category.unknown"]),
        (68, "R0003", ["startsOn.declaredLate"]),
        (82, "R0004", ["professionalCard.missing"]),
        (107, "R0005", ["person.duplicateInFile"]),
        (125, "R0006", ["postalCode.format"]),
        (148, "R0007", ["accountNumber.checkDigits"]),
        (175, "R0008", ["insurer.unknown"]),
        (197, "R0009", ["startsOn.tooFarAhead"]),
    ]


def test_somebody_already_affiliated_is_refused_and_the_others_are_not() -> None:
    candidates = _sample_people()
    first = candidates[0].declaration
    assert first is not None
    found = sort_people(candidates, already_affiliated={first.national_number})
    assert len(found.accepted) == 209
    assert [breach.rule for breach in found.refused[0].breaches] == ["person.alreadyAffiliated"]


def test_a_refused_line_does_not_make_a_good_later_one_a_duplicate() -> None:
    candidates = _sample_people()
    late = next(line for line in candidates if line.reference == "R0003")
    good = candidates[0]
    assert late.declaration is not None
    assert good.declaration is not None
    twice = [late, Candidate(line=500, reference="again", raw="", declaration=late.declaration, breaches=())]
    assert [line for line, _ in sort_people(twice, already_affiliated=frozenset()).accepted] == [500]


def test_a_line_with_a_missing_field_is_refused_alone() -> None:
    content = ";".join(COMPANY_FIELDS).encode() + b"\nC1;only;three\n"
    [candidate] = understand_companies(read_rows(content, header=COMPANY_FIELDS), received_on=IMPORTED_ON)
    assert [(breach.field, breach.rule) for breach in candidate.breaches] == [("row", "row.columns")]
    assert candidate.raw == "C1;only;three"
