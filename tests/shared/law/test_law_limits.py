"""Limits as data: read strictly, named by the code that has them, printed and written into the documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner, Result

from shared.law.cli import law
from shared.law.limits import LimitKind, LimitsInvalid, counted, limits_of, marks_in
from shared.law.limits_page import limits_page

PROJECT: Final = Path(__file__).resolve().parents[3]
LIMITS: Final = limits_of(PROJECT)
#: "inferred" as prose about the code beside it, and not as the name of a certainty or of a kind of limit.
SAYS_INFERRED: Final = re.compile(r"\(inferred\b|\b(?:is|are|best) inferred\b|\binferred\)")
#: What explains the word itself.
ABOUT_THE_WORD: Final = frozenset({"shared/law/parameters.py", "shared/law/limits.py", "shared/law/limits_page.py"})
ENTRY: Final = (
    "  - {id: a-limit, subject: ledger, kind: inferred, articles: [X art. 1], about: It is., since: 2026-11-22}\n"
)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(law, ["limits", *arguments], env={"COLUMNS": "160"})


def _project(tmp_path: Path, place: str, text: str) -> Path:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return tmp_path


def test_what_is_inferred_is_named_by_code_and_code_names_what_there_is() -> None:
    marked = {mark.limit_id for mark in marks_in(PROJECT)}
    inferred = {one.limit.id for one in LIMITS if one.limit.kind is LimitKind.INFERRED}
    assert inferred - marked == set(), "no code names them"
    assert marked - {one.limit.id for one in LIMITS} == set(), "no limits.yaml has them"
    assert len(inferred) > 20


def test_a_limit_is_named_within_its_own_service() -> None:
    rooms = {one.limit.id: one.service for one in LIMITS}
    strays = [
        mark
        for mark in marks_in(PROJECT)
        # The law data holds numbers of every service's rules.
        if mark.path.split("/")[1] not in {rooms[mark.limit_id], "law"}
    ]
    assert strays == []


def _modules() -> Iterator[tuple[str, str]]:
    for room in ("services", "shared"):
        for path in sorted((PROJECT / room).rglob("*.py")):
            yield path.relative_to(PROJECT).as_posix(), path.read_text(encoding="utf-8")


def test_a_module_that_says_it_infers_names_a_limit() -> None:
    marked = {mark.path for mark in marks_in(PROJECT)}
    saying = {path for path, text in _modules() if SAYS_INFERRED.search(text)} - ABOUT_THE_WORD
    assert len(saying) > 5
    assert saying - marked == set()


def test_a_parameter_with_an_inferred_value_names_a_limit() -> None:
    for path in sorted((PROJECT / "shared/law/data").glob("*.yaml")):
        blocks = re.split(r"^  (?=\S+:$)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        nameless = [
            block.partition(":")[0]
            for block in blocks
            if "certainty: inferred" in block and "# see limits: " not in block
        ]
        assert nameless == [], f"{path.name}: say `# see limits: ID` beside what is inferred, with ID in a limits.yaml"


def test_the_page_is_written_from_the_data() -> None:
    page = (PROJECT / "docs/limits.md").read_text(encoding="utf-8")
    assert page == limits_page(LIMITS), "write it again: ./auxilia law limits --page > docs/limits.md"
    for one in LIMITS:
        assert page.count(f"`{one.limit.id}`") == 1


def test_limits_are_counted_by_what_happens() -> None:
    counts = counted(LIMITS)
    assert set(counts) == set(LimitKind)
    assert sum(counts.values()) == len(LIMITS)
    assert all(f"| {kind} | " in limits_page(LIMITS) for kind in LimitKind)


def test_the_command_filters_and_says_where_the_code_is() -> None:
    answer = json.loads(_run("--service", "billing", "--kind", "inferred", "--json").output)
    found = {one["id"]: one for one in answer["limits"]}
    assert {(one["service"], one["kind"]) for one in found.values()} == {("billing", "inferred")}
    assert answer["counts"]["inferred"] == len(found)
    assert len(found["waived-goes-off-first"]["code"]) > 1
    assert "waived-goes-off-first" in _run("--service", "billing", "--subject", "charge_changes").output
    shown = _run("waived-goes-off-first").output
    assert "RGS art. 43" in shown
    assert found["waived-goes-off-first"]["code"][0] in shown


def test_a_slip_of_the_pen_is_not_read_as_no_limits() -> None:
    assert "no limit is called no-such-limit" in _run("no-such-limit").output
    assert "--service is one of affiliation, benefits, billing" in _run("--service", "biling").output
    assert "--subject is one of" in _run("--service", "billing", "--subject", "leger").output
    assert _run("--page", "--kind", "inferred").exit_code != 0
    assert _run("--page").output == limits_page(LIMITS)


def test_a_file_may_be_cut_by_subject(tmp_path: Path) -> None:
    text = "limits:\n" + ENTRY.replace("subject: ledger, ", "")
    (one,) = limits_of(_project(tmp_path, "services/billing/ledger/limits.yaml", text))
    assert (one.service, one.limit.subject) == ("billing", "ledger")
    with pytest.raises(LimitsInvalid, match="a-limit: subject"):
        limits_of(_project(tmp_path, "services/recovery/limits.yaml", text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("limits: [", "is not YAML text"),
        ("limits: []\n", "limits"),
        ("limits:\n" + ENTRY + ENTRY, "a-limit: the id is used already"),
        ("limits:\n" + ENTRY.replace("a-limit", "A_limit"), "A_limit: id"),
        ("limits:\n" + ENTRY.replace("[X art. 1]", "[]"), "names the articles"),
        ("limits:\n" + ENTRY.replace("kind: inferred", "kind: guessed"), "a-limit: kind"),
        ("limits:\n" + ENTRY.replace("since", "when"), "a-limit"),
        ("limits:\n" + ENTRY.replace("ledger", "mandates"), "the file is that of the subject ledger"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(LimitsInvalid, match=re.escape(fault)) as caught:
        limits_of(_project(tmp_path, "services/billing/ledger/limits.yaml", text))
    assert "services/billing/ledger/limits.yaml" in str(caught.value)


def test_marks_are_found_in_code_and_data(tmp_path: Path) -> None:
    _project(tmp_path, "services/billing/rules.py", "x = 1\n# see limits: first-one\ny = 2  # see limits: second-one\n")
    _project(tmp_path, "shared/law/data/a.yaml", "# see limits: third-one\n")
    _project(tmp_path, "services/billing/limits.yaml", "# see limits: no-mark\n")
    found = [(mark.limit_id, mark.path, mark.line) for mark in marks_in(tmp_path)]
    assert found == [
        ("first-one", "services/billing/rules.py", 2),
        ("second-one", "services/billing/rules.py", 3),
        ("third-one", "shared/law/data/a.yaml", 1),
    ]


def test_every_file_of_limits_is_read() -> None:
    files = [path for room in ("services", "shared", "deploy") for path in (PROJECT / room).rglob("limits.yaml")]
    entries = [entry for path in files for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["limits"]]
    assert sorted(entry["id"] for entry in entries) == sorted(one.limit.id for one in LIMITS)
