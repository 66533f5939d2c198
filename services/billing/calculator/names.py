"""The categories as the command line and files of cases name them."""

from __future__ import annotations

import re
from typing import Final

from shared.contracts.vocabulary import Category

#: The words of a category's name in small letters with hyphens: ``primo-starter``, ``article-37``.
CATEGORIES: Final[dict[str, Category]] = {
    re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "-", category.value).lower(): category for category in Category
}


def category_of(text: str) -> str:
    """Give the category a text names, ``primo-starter`` or ``primoStarter``; an unknown text comes back as it is."""
    name = text.strip()
    return str(CATEGORIES.get(name, name))
