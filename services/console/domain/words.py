"""The words of the console in French, Dutch, German and English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

LANGUAGES: Final = ("fr", "nl", "de", "en")
_FOLDER: Final = Path(__file__).parents[1] / "words"


@cache
def words_of(language: str) -> Mapping[str, str]:
    """Return the words of one language by their code.

    Raises:
        KeyError: the console does not speak the language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    content = yaml.load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return {str(code): str(word) for code, word in content.items()}


def choose_language(wanted: str | None, accept_language: str | None) -> str:
    """Return the language that was chosen, else the first the browser accepts that the console speaks, else French."""
    if wanted in LANGUAGES:
        return str(wanted)
    for part in (accept_language or "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return "fr"
