"""Write what is made from the contracts: JSON schemas and AsyncAPI documents.

python -m shared.contracts.generate            write; refused when a change would break readers
python -m shared.contracts.generate --check    write nothing, tell what is not up to date
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.contracts import asyncapi, schemas
from shared.contracts.topics import fact_classes


def refused_changes() -> list[str]:
    """Return every change to a kept schema that would break readers, and every type that vanished."""
    problems: list[str] = []
    classes = fact_classes()
    for path in sorted(schemas.FOLDER.glob("*.schema.json")):
        fact_type = path.name.removesuffix(".schema.json")
        if fact_type not in classes:
            problems.append(f"{fact_type}: vanished; messages of it may still be on its topic")
            continue
        old = json.loads(path.read_text(encoding="utf-8"))
        changes = schemas.breaking_changes(old, schemas.schema_of(classes[fact_type]))
        problems.extend(f"{fact_type}: {change}" for change in changes)
    return problems


def outdated_files() -> dict[Path, str]:
    """Return the files that are absent or differ from what they must be, with what they must be."""
    expected = {**schemas.expected_files(), **asyncapi.expected_files()}
    return {
        path: text for path, text in expected.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the generated files; the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, tell what is not up to date")
    chosen = parser.parse_args(arguments)
    problems = refused_changes()
    if problems:
        sys.stderr.write("".join(f"{problem}\n" for problem in problems))
        sys.stderr.write("refused: within a major version a contract only grows; make a new version instead\n")
        return 1
    outdated = outdated_files()
    for path, text in outdated.items():
        sys.stdout.write(f"{path.name}\n")
        if not chosen.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if chosen.check and outdated else 0


if __name__ == "__main__":
    sys.exit(main())
