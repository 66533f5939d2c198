"""The words of the console in French, Dutch, German and English.

A language has three sorts of words: what the pages say themselves (``interface``), what the properties of an answer are
called (``names``), and what a code stands for (``codes``). A code that means different things in different properties
is written ``property.code``.

What only the pages of one working place say stands in its folder ``words``; names and codes are the same everywhere and
stand in ``rendering/words/answers/<language>.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

LANGUAGES: Final = ("fr", "nl", "de", "en")
_CONSOLE: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Attributes:
        language: its code.
        interface: titles, buttons and sentences of the pages.
        names: what properties of answers are called.
        codes: what values of properties stand for.
    """

    language: str
    interface: Mapping[str, str]
    names: Mapping[str, str]
    codes: Mapping[str, str]

    def code(self, name: str, value: str) -> str | None:
        """Return what a code means in a property, None when it has no word."""
        return self.codes.get(f"{name}.{value}", self.codes.get(value))


@cache
def words_of(language: str) -> Words:
    """Return the words of one language.

    Raises:
        KeyError: the console does not speak the language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    found: dict[str, dict[str, str]] = {"interface": {}, "names": {}, "codes": {}}
    for path in files_of(language):
        # Every value is read as the text it is: "no" and "on" are words here, not truths.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        for sort, words in found.items():
            words.update(_texts(content.get(sort) or {}))
    return Words(language=language, **found)


def files_of(language: str) -> list[Path]:
    """Return the files with the words of a language: those of every working place. No word stands in two of them."""
    return sorted(_CONSOLE.glob(f"*/words/**/{language}.yaml"))


def choose_language(wanted: str | None, accept_language: str | None) -> str:
    """Return the language that was chosen, else the first the browser accepts that the console speaks, else French."""
    if wanted in LANGUAGES:
        return str(wanted)
    for part in (accept_language or "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return "fr"


def _texts(section: Mapping[str, Any]) -> dict[str, str]:
    return {str(code): str(word) for code, word in section.items()}
