"""Everything the console says is said in French, Dutch, German and English, and every code of a service has a word."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.console.app import MENU, SUBJECTS
from services.console.dossier.pages import PURPOSES
from services.console.overview.rules import FIGURES
from services.console.rendering.rules.presentation import Speech, columns, humanise, is_late
from services.console.rendering.rules.words import LANGUAGES, Words, choose_language, files_of, words_of
from services.console.visits.service.places import menu_of
from services.recovery.ladder.service.taking_a_step import BLOCKING_TASKS
from tests.console.world import SERVICES, document_of

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted(ROOT.glob("services/console/*/templates/*.html"))
LISTS = [page for place in SUBJECTS for page in place.lists]
#: Enumerations whose values reach a page, by where they live, and the properties they are shown as.
SHOWN: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("services.affiliation", "ApplicationStatus"): ("status",),
    ("services.benefits", "AskedOf"): ("askedOf",),
    ("services.benefits", "Ground"): ("ground",),
    ("services.benefits", "Outcome"): ("ruleOutcome",),
    ("services.benefits", "Verdict"): ("verdict",),
    ("services.billing", "Adjustment"): ("adjustment",),
    ("services.billing", "IncomeBasis"): ("incomeBasis",),
    ("services.billing", "QuarterStatus"): ("status",),
    ("services.recovery", "Alternative"): ("offers",),
    ("services.recovery", "LetterOutcome"): ("outcome",),
    ("services.recovery", "OutlookKind"): ("outlook",),
    ("services.recovery", "RollStatus"): ("status",),
    ("services.recovery", "Step"): ("step", "nextStep"),
    ("services.recovery", "InterruptionKind"): ("kind",),
    ("services.recovery", "Motivation"): ("motivation",),
    ("services.recovery", "Remedy"): ("remedies",),
    ("shared.contracts", "CessationReason"): ("cessationReason",),
    ("shared.contracts", "TransmissionKind"): ("kind",),
    ("shared.contracts", "CaseOutcome"): ("outcome",),
    ("shared.contracts", "AmountKind"): ("kind",),
    ("shared.law", "Category"): ("category",),
    ("shared.law", "Certainty"): ("certainty",),
    ("shared.platform", "Role"): ("role",),
}
#: Calls that make a code which pages show, and the argument that holds it; of others only ``action`` is a code.
MAKERS: Mapping[str, tuple[str, ...]] = {
    "open_task": ("kind",),
    "ensure_task": ("kind",),
    "request_approval": ("action",),
    "store_document": ("kind",),
    "record": ("action",),
    "resolve_task": ("resolution",),
    "overtake_task": ("resolution",),
    "_blocked": ("reason",),
    "_park": ("reason",),
    "_asking_a_person": ("task",),
}
#: Constants that hold such a code wherever they are used.
CONSTANT = re.compile(r"_TASK$|_DOCUMENT$|^ACTION$|_ACTION$")
#: Where the rules of a service are.
RULES = re.compile(r"\.(rules|procedure)(\.|$)")
#: Schemas of documents that the console never shows.
NEVER_SHOWN = re.compile(r"Health|Problem|Issue|Import|Receipt|Report|Rejected|RefusedLine|Calendar")


def enumerations() -> Iterator[tuple[tuple[str, str], type[StrEnum]]]:
    """Yield every enumeration of the rules, the contracts, the law and the platform with where it lives."""
    for package in (*(f"services.{service}" for service in SERVICES), "shared.contracts", "shared.law"):
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if package.startswith("shared.") or RULES.search(module.name):
                importlib.import_module(module.name)
    for kind in StrEnum.__subclasses__():
        yield (".".join(kind.__module__.split(".")[:2]), kind.__name__), kind


def codes_of_documents(service: str) -> Iterator[tuple[str, str]]:
    """Yield each property of the service's answers that has a list of values, with each value."""
    for name, schema in document_of(service)["components"]["schemas"].items():
        if not NEVER_SHOWN.search(name):
            yield from _enumerated(document_of(service), schema.get("properties", {}))


def _enumerated(document: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, schema in properties.items():
        for one in [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]:
            found = document["components"]["schemas"][one["$ref"].rsplit("/", 1)[-1]] if "$ref" in one else one
            yield from ((name, str(value)) for value in found.get("enum", ()) if value is not None)


def codes_in_code() -> Iterator[str]:
    """Yield the codes written in the services themselves: kinds of tasks, acts, documents, entries of the audit."""
    folders = (*(ROOT / "services" / service for service in SERVICES), ROOT / "shared" / "platform")
    trees = [ast.parse(path.read_text(encoding="utf-8")) for folder in folders for path in sorted(folder.rglob("*.py"))]
    constants = dict(constant for tree in trees for constant in _constants(tree))
    yield from (value for name, value in constants.items() if CONSTANT.search(name))
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _made(node, constants)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if isinstance(node.value.value, str):
                yield from ((name, node.value.value) for name in names)


def _made(call: ast.Call, constants: Mapping[str, str]) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "add_argument":
        return
    values = [keyword.value for keyword in call.keywords if keyword.arg in MAKERS.get(name, ("action",))]
    if name == "_task" and call.args:
        values.append(call.args[0])
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, ast.Name | ast.Attribute):
            known = constants.get(value.id if isinstance(value, ast.Name) else value.attr)
            if known is not None:
                yield known


def test_all_languages_have_the_same_words() -> None:
    french = words_of("fr")
    for language in LANGUAGES:
        words = words_of(language)
        for section in ("interface", "names", "codes"):
            assert getattr(words, section).keys() == getattr(french, section).keys(), (language, section)
            assert all(word.strip() == word != "" for word in getattr(words, section).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_and_no_template_stands_in_two_places(language: str) -> None:
    said = [
        (section, key)
        for path in files_of(language)
        for section, words in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader).items()  # noqa: S506
        for key in words
    ]
    assert [one for one, times in Counter(said).items() if times > 1] == []
    assert len({path.name for path in TEMPLATES}) == len(TEMPLATES)


def test_the_menu_leads_to_pages_that_are_there_and_names_every_group() -> None:
    paths = {page.path for place in SUBJECTS for page in place.all_pages}
    menu = menu_of(SUBJECTS, order=MENU)
    assert tuple(menu) == MENU
    assert {f"/{page}" for pages in menu.values() for page in pages} <= paths
    assert {*menu, *(page for pages in menu.values() for page in pages)} <= words_of("en").interface.keys()


def test_french_keeps_its_signs_by_a_space_that_does_not_break() -> None:
    for section in (words_of("fr").interface, words_of("fr").names, words_of("fr").codes):
        for word in section.values():
            assert not re.search(r"(?<![\N{NO-BREAK SPACE}])[:;?!]", word), word


def test_every_word_the_templates_say_exists() -> None:
    said: set[str] = set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        said |= set(re.findall(r"\bt\.([a-zA-Z0-9]+)", text))
        said |= set(re.findall(r"\bt\[\"([a-zA-Z.]+)\"\]", text))
    assert said - words_of("en").interface.keys() == set()
    assert {page.name for page in LISTS} <= words_of("en").interface.keys()


def test_every_name_the_lists_and_templates_show_has_a_word() -> None:
    names = {name for page in LISTS for name in page.columns} | {name for one in FIGURES.values() for name in one}
    for path in TEMPLATES:
        names |= set(re.findall(r"\blabel\(\"([a-zA-Z0-9]+)\"\)", path.read_text(encoding="utf-8")))
    known = words_of("en").names
    assert {name for name in names if name not in known and name.removesuffix("Cents") not in known} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_value_in_a_services_document_has_a_word(service: str) -> None:
    words = words_of("en")
    missing = {(name, value) for name, value in codes_of_documents(service) if words.code(name, value) is None}
    assert missing == set()


def test_every_enumeration_that_is_shown_has_words() -> None:
    found = dict(enumerations())
    assert SHOWN.keys() - found.keys() == set()
    words = words_of("en")
    shown = {(name, one.value) for where, names in SHOWN.items() for name in names for one in found[where]}
    assert {(name, value) for name, value in shown if words.code(name, value) is None} == set()


def test_every_code_the_services_write_has_a_word() -> None:
    codes = {*codes_in_code(), *BLOCKING_TASKS, *PURPOSES}
    assert {"unmatchedPayment", "identity.read", "issueWarrant", "contributionNotice", "claimLate"} <= codes
    words = words_of("en")
    missing = {code for code in codes if words.code("kind", code) is None and words.code("purpose", code) is None}
    assert missing == set(), "say what they are in services/console/rendering/words/answers, in each language"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("openCents", 123_456, "1.234,56"),
        ("fileNumber", 17, "0000017"),
        ("dueOn", "2026-03-31", "31.03.2026"),
        ("quarter", "2026Q1", "Q1 2026"),
        ("month", "2026-03", "03/2026"),
        ("at", "2026-03-31T22:30:00Z", "01.04.2026 00:30"),
        ("status", "acknowledged", "Empfang bestätigt"),
        ("nextStep", "service", "Zustellung durch den Gerichtsvollzieher"),
        ("fullMonth", False, "nein"),
        ("isOpen", True, "ja"),
        ("feeRateMillionths", 42_500, "4,25"),
        ("rateBand1BasisPoints", 2050, "20,50"),
        ("reason", None, "–"),
        ("reason", "", "–"),
        ("subjects", 12_345, "12\N{NARROW NO-BREAK SPACE}345"),
        ("incomeYear", 12_026, "12026"),
        ("actor", "team-lead", "team-lead"),
        ("kind", "neverSeenBefore", "never seen before"),
        ("structuredCommunication", "000000500154", "+++000/0005/00154+++"),
        ("structuredCommunication", "12", "12"),
        ("note", "Frau X ruft an", "Frau X ruft an"),
    ],
)
def test_values_are_said_as_people_read_them(name: str, value: Any, said: str) -> None:
    assert Speech(words_of("de")).shown(name, value).startswith(said)


def test_a_code_can_mean_different_things_in_different_properties() -> None:
    words = Words(language="en", interface={}, names={}, codes={"service": "serving", "role.service": "machine"})
    assert words.code("step", "service") == "serving"
    assert words.code("role", "service") == "machine"
    assert words.code("role", "other") is None


def test_names_without_a_word_are_taken_apart() -> None:
    assert humanise("lastDayToContest") == "Last day to contest"
    assert Speech(words_of("fr")).label("paidCents") == words_of("fr").names["paid"]


def test_columns_without_any_value_are_left_out() -> None:
    rows: list[dict[str, Any]] = [{"a": 1, "b": None, "c": []}, {"a": None, "d": 0}]
    assert columns(rows, ["d", "c", "b", "a"]) == ["d", "a"]


@pytest.mark.parametrize(
    ("value", "today", "late"),
    [
        ("2026-03-31", date(2026, 4, 1), True),
        ("2026-04-01", date(2026, 4, 1), False),
        ("2026-03-31", None, False),
        (None, date(2026, 4, 1), False),
        ("soon", date(2026, 4, 1), False),
    ],
)
def test_late_is_before_today(value: Any, today: date | None, *, late: bool) -> None:
    assert is_late(value, today) is late


@pytest.mark.parametrize(
    ("wanted", "accepted", "chosen"),
    [
        ("nl", "fr", "nl"),
        (None, "de-BE,fr;q=0.8", "de"),
        (None, "es, EN-gb;q=0.5", "en"),
        ("xx", None, "fr"),
        (None, "", "fr"),
    ],
)
def test_the_language_is_the_chosen_one_then_the_browsers_then_french(
    wanted: str | None, accepted: str | None, chosen: str
) -> None:
    assert choose_language(wanted, accepted) == chosen


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(KeyError):
        words_of("es")
