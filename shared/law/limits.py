"""What the program does otherwise than the law, or not yet: limits as data, beside the code they are about.

Each room of the house has its ``limits.yaml``. Code that has a limit names it in a comment, ``# see limits: id``, so
that the two find each other wherever the code is moved to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

FILE_NAME: Final = "limits.yaml"
#: Where limits and the code that names them may be.
ROOMS: Final = ("services", "shared", "deploy")
MARK: Final = re.compile(r"# see limits: ([a-z0-9]+(?:-[a-z0-9]+)+)")
_MARKED: Final = frozenset({".py", ".yaml"})

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class LimitKind(StrEnum):
    """What happens where the limit is met."""

    REFUSES = "refuses"
    """The program says no, and why."""
    ASKS_A_PERSON = "asksAPerson"
    """A person decides, writes it down or is left to do it; the program keeps what they say."""
    INFERRED = "inferred"
    """The program goes on by a reading of the law that no text confirms."""
    MISSING = "missing"
    """There is no code for it: nothing happens."""
    OPERATIONAL = "operational"
    """About running the system, not about the law."""


class LimitsInvalid(ValueError):
    """A file of limits is not as it should be; the message names the file, the entry and the fault."""

    def __init__(self, path: Path, where: str, fault: str) -> None:
        super().__init__(f"{path.as_posix()}: {where}: {fault}")


class Limit(BaseModel):
    """One limit.

    Attributes:
        id: its name in code and on the command line, unique in the whole house.
        subject: what it is about within its service.
        kind: what happens.
        articles: of the law it falls short of, or is inferred from; with the short name of the law.
        about: what it is, in one or two sentences.
        since: the day it was written down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")]
    subject: Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]
    kind: LimitKind
    articles: tuple[Line, ...] = ()
    about: Annotated[Line, StringConstraints(max_length=500)]
    since: date

    @model_validator(mode="after")
    def _inferred_from_something(self) -> Limit:
        if self.kind is LimitKind.INFERRED and not self.articles:
            raise ValueError("what is inferred names the articles it is inferred from")
        return self


class _LimitsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limits: tuple[Mapping[str, Any], ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Stated:
    """A limit with the service that states it (``law``, ``platform`` and ``deploy`` count as services here)."""

    service: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in code that names a limit; ``path`` is relative to the project."""

    limit_id: str
    path: str
    line: int


def limits_of(project: Path) -> tuple[Stated, ...]:
    """Read every file of limits below a project's folder, in the order of services, subjects and ids.

    Raises:
        LimitsInvalid: a file can't be read, or two entries have one id.
    """
    found: dict[str, Stated] = {}
    for room in ROOMS:
        for path in sorted((project / room).rglob(FILE_NAME)):
            for stated in _read(path, path.relative_to(project)):
                if stated.limit.id in found:
                    raise LimitsInvalid(path.relative_to(project), stated.limit.id, "the id is used already")
                found[stated.limit.id] = stated
    return tuple(sorted(found.values(), key=lambda one: (one.service, one.limit.subject, one.limit.id)))


def marks_in(project: Path) -> tuple[Mark, ...]:
    """Find every place in code and law data that names a limit, by path and line."""
    return tuple(mark for room in ROOMS for mark in _marks_below(project, project / room))


def counted(limits: tuple[Stated, ...]) -> dict[LimitKind, int]:
    """Count limits by what happens; every kind is there, also with 0."""
    counts = Counter(one.limit.kind for one in limits)
    return {kind: counts[kind] for kind in LimitKind}


def _read(path: Path, shown: Path) -> Iterator[Stated]:
    try:
        content = _LimitsFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LimitsInvalid(shown, "file", "is not YAML text") from error
    except ValidationError as error:
        raise LimitsInvalid(shown, "file", _first_fault(error)) from error
    # services/billing/limits.yaml, or services/billing/ledger/limits.yaml once it is cut by subject.
    service, *subject = shown.parts[1:-1] or shown.parts[:1]
    for number, entry in enumerate(content.limits, start=1):
        where = str(entry.get("id", f"entry {number}"))
        try:
            limit = Limit.model_validate(({"subject": subject[0]} if subject else {}) | dict(entry))
        except ValidationError as error:
            raise LimitsInvalid(shown, where, _first_fault(error)) from error
        if subject and limit.subject != subject[0]:
            raise LimitsInvalid(shown, where, f"the file is that of the subject {subject[0]}")
        yield Stated(service=service, limit=limit)


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}".removeprefix(": ")


def _marks_below(project: Path, folder: Path) -> Iterator[Mark]:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _MARKED or path.name == FILE_NAME:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for name in MARK.findall(line):
                yield Mark(limit_id=name, path=path.relative_to(project).as_posix(), line=number)
