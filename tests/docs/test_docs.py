"""The documentation says what the tree says: verbs, links, paths, addresses, facts, procedures and codes exist."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Final

import click
import pytest

from deploy.local.cli import auxilia
from deploy.local.keys import PEOPLE
from shared.contracts.topics import fact_classes, topics
from tests.docs.house import PAGE, SERVICES, subjects_of

PROJECT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = PROJECT / "docs"
ARCHITECTURE: Final = DOCS / "architecture.md"
PROCEDURES: Final = DOCS / "procedures.md"
NEVER_TWICE: Final = DOCS / "never-twice.md"
PAGES: Final = (PROJECT / "README.md", *sorted(DOCS.rglob("*.md")))
ROOMS: Final = tuple(sorted((PROJECT / "services").glob("*/*/README.md")))
LINE_LENGTH_MAX: Final = 150
TREES: Final = ("services", "shared", "deploy", "tests", "docs", "samples", "requirements")
PLATFORM_HTTP: Final = (
    *sorted((PROJECT / "shared/platform/http").glob("*.py")),
    PROJECT / "shared/platform/http/calendar.py",
)

CODE_SPAN = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"\./auxilia +([a-z][a-z-]*)([^`\n)|#]*)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ADDRESS = re.compile(r"/v1/[A-Za-z0-9/{}$_.-]*[A-Za-z0-9}]")
MODULE = re.compile(r"python -m (?:deploy\.compose\.start )?([a-z_]+(?:\.[a-z_]+)+)")
ROUTE = re.compile(r"\b(?:router|routes|api)\.(?:get|post|put|delete)\(\s*\"([^\"]*)\"")
WORKFLOW = re.compile(r"@workflow\.defn[^\n]*\nclass (\w+)")
PARAMETER = re.compile(r"`((?:contributions|surcharges|recovery|benefits|company|mutualities)\.[A-Za-z.]+)`")
NAMED_COLUMNS = re.compile(r"`(\w+) \((\w+(?:, \w+)*)\)`")


def name_of(page: Path) -> str:
    """Name a page in the results of tests."""
    return page.relative_to(PROJECT).as_posix()


def text_of(page: Path) -> str:
    """Read a page."""
    return page.read_text(encoding="utf-8")


def broken_commands(text: str) -> list[str]:
    """Return what is typed after ./auxilia in a text and is no verb, no subcommand or no option."""
    found = []
    for verb, rest in COMMAND.findall(text):
        words = rest.split()
        command, typed = auxilia.commands.get(verb), verb
        if isinstance(command, click.Group) and words and re.fullmatch(r"[a-z-]+", words[0]):
            command, typed = command.commands.get(words[0]), f"{verb} {words[0]}"
        if command is None:
            found.append(typed)
        elif not command.context_settings.get("ignore_unknown_options", False):
            known = {"--help", *(option for parameter in command.params for option in parameter.opts)}
            found += [f"{typed} {word}" for word in words if word.startswith("--") and word not in known]
    return found


def broken_people(text: str) -> list[str]:
    """Return the people a text asks tokens for and whom the invented fund does not know."""
    return [person for person in re.findall(r"token [^`\n]*--as ([a-z-]+)", text) if person not in PEOPLE]


def broken_links(page: Path, text: str) -> list[str]:
    """Return relative links of a page that point to nothing."""
    targets = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link]
    return [target for target in targets if target and not (page.parent / target).exists()]


def broken_paths(text: str) -> list[str]:
    """Return what stands in backticks, looks like a path of the tree and is not in it."""
    spans = [span for span in CODE_SPAN.findall(text) if " " not in span and "/" in span]
    paths = [span for span in spans if span.split("/", 1)[0] in TREES]
    return [path for path in paths if not (PROJECT / path).exists()]


def shape(address: str) -> str:
    """Return an address with everything that is filled in replaced by the same mark."""
    parts = [part for part in address.removeprefix("/v1").split("/") if part]
    return "/".join("{}" if part.startswith(("{", "$")) else part for part in parts)


@cache
def routes() -> frozenset[str]:
    """Return the shape of every address the services serve."""
    subjects = [one for service in SERVICES for one in subjects_of(service)]
    found = {shape(path) for one in subjects for _, path, _ in one.routes if path.startswith("/v1/")}
    platform = {shape(path) for module in PLATFORM_HTTP for path in ROUTE.findall(text_of(module))}
    calendar = {"calendar", "calendar/fastForward", "calendar/runScheduled"}
    return frozenset({*found, *platform, *calendar, "doc/openapi.json"})


def broken_addresses(text: str) -> list[str]:
    """Return addresses in a text that no service serves."""
    return [address for address in ADDRESS.findall(text) if shape(address) not in routes()]


def broken_modules(text: str) -> list[str]:
    """Return modules a text says to run and that don't exist."""
    return [module for module in MODULE.findall(text) if importlib.util.find_spec(module) is None]


@pytest.mark.parametrize("page", [*PAGES, *ROOMS], ids=name_of)
def test_a_page_names_what_exists(page: Path) -> None:
    """Commands can be typed, links can be followed, addresses answer, modules run."""
    text = text_of(page)
    assert broken_commands(text) == []
    assert broken_people(text) == []
    assert broken_links(page, text) == []
    assert broken_addresses(text) == []
    assert broken_modules(text) == []


@pytest.mark.parametrize("page", [*PAGES, *ROOMS], ids=name_of)
def test_paths_in_backticks_are_in_the_tree(page: Path) -> None:
    """A module that was moved is moved on the page as well."""
    assert broken_paths(text_of(page)) == []


def test_the_house_knows_every_fact_topic_procedure_and_service() -> None:
    """What was added to the system was added to its description."""
    house = text_of(PAGE)
    words = set(re.findall(r"\w+", house))
    facts = {fact.__name__ for fact in fact_classes().values()}
    modules = [path for path in (PROJECT / "services").rglob("*.py") if "workflow" in path.as_posix()]
    procedures = {name for module in modules for name in WORKFLOW.findall(text_of(module))}
    assert len(procedures) > 5
    assert facts - words == set()
    assert procedures - words == set()
    assert procedures - set(re.findall(r"\w+", text_of(PROCEDURES))) == set()
    architecture = text_of(ARCHITECTURE)
    for text in (house, architecture):
        assert [topic.name for topic in topics() if f"`{topic.name}`" not in text] == []
    services = {path.parent.name for path in (PROJECT / "services").glob("*/app.py")}
    assert {service for service in services if f"`services/{service}`" not in architecture} == set()
    assert {service for service in services if f"\n## {service}\n" not in house} == set()


def test_the_constraints_of_never_twice_are_in_the_tables() -> None:
    """Each constraint of that page is a key or a unique index of the database."""
    services, platform = PROJECT / "services", PROJECT / "shared/platform/database"
    scripts = [*services.glob("*/migrations/sql/*.sql"), *platform.glob("sql/*.sql")]
    sql = "\n".join(text_of(script) for script in scripts)
    named = NAMED_COLUMNS.findall(text_of(NEVER_TWICE))
    assert len(named) > 20
    missing = [f"{name} ({columns})" for name, columns in named if not is_unique(sql, name, columns)]
    assert missing == []


def is_unique(sql: str, name: str, columns: str) -> bool:
    """Tell whether a table has a key of these columns, or a unique index of this name is on them."""
    if re.search(rf"create unique index {name} on \w+ \({re.escape(columns)}\)", sql):
        return True
    tables: list[str] = re.findall(rf"create table {name} \((.*?)\n\);", sql, re.DOTALL)
    alone = rf"^\s*{columns} [^\n]*(?:unique|primary key)"
    together = rf"(?:unique|primary key) \({re.escape(columns)}\)"
    return any(re.search(together, table) or re.search(alone, table, re.MULTILINE) for table in tables)


def test_parameters_in_runbooks_are_law() -> None:
    """A runbook names parameters that the law data holds."""
    data = "\n".join(text_of(path) for path in (PROJECT / "shared/law/data").glob("*.yaml"))
    for page in (DOCS / "runbooks").glob("*.md"):
        missing = [name for name in PARAMETER.findall(text_of(page)) if f"\n  {name}:\n" not in data]
        assert missing == [], name_of(page)


def test_every_page_is_in_the_index() -> None:
    """Runbooks and decisions can be found; decisions are numbered without holes."""
    index = text_of(DOCS / "README.md")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path.name != "README.md"]
    assert [page for page in pages if f"({page})" not in index] == []
    numbers = sorted(path.name[:4] for path in (DOCS / "decisions").glob("*.md"))
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=name_of)
def test_lines_are_short_enough_to_read(page: Path) -> None:
    """Prose is wrapped; tables and commands can't be."""
    lines = text_of(page).split("\n")
    fenced = 0
    long = []
    for number, line in enumerate(lines, start=1):
        fenced += line.lstrip().startswith("```")
        if len(line) > LINE_LENGTH_MAX and not line.startswith("|") and fenced % 2 == 0:
            long.append(number)
    assert long == []


def test_the_checks_see_what_is_broken(tmp_path: Path) -> None:
    """A check that finds nothing in a broken page would be content with everything."""
    assert broken_commands("`./auxilia fly`, `./auxilia up --wings`, `./auxilia import ghosts F`") == [
        "fly",
        "up --wings",
        "import ghosts",
    ]
    assert broken_commands("`./auxilia up --detach`, `./auxilia test -k x --lf`, `./auxilia import people F`") == []
    assert broken_people("$(./auxilia token --as emperor)") == ["emperor"]
    assert broken_links(tmp_path / "page.md", "[a](nowhere.md) [b](https://example.org) [c](#here)") == ["nowhere.md"]
    assert broken_paths("`shared/law/magic.py` `shared/law/money.py` `application/json`") == ["shared/law/magic.py"]
    assert broken_addresses("/v1/tasks and /v1/dreams/{id}") == ["/v1/dreams/{id}"]
    assert broken_addresses('"$URL/v1/deadLetters/$LETTER/replay"') == []
    assert broken_modules("python -m shared.platform.people.audit, python -m shared.platform.magic") == [
        "shared.platform.magic"
    ]
    assert not is_unique("create table a (\n  b text,\n  c text unique\n);", "a", "b")
    assert is_unique("create table a (\n  b text,\n  c text unique\n);", "a", "c")
