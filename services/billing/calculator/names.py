"""The categories as the command line and files of cases name them."""

from __future__ import annotations

from typing import Final

from shared.contracts.vocabulary import Category

CATEGORIES: Final[dict[str, Category]] = {
    "main": Category.MAIN,
    "primo-starter": Category.PRIMO_STARTER,
    "complementary": Category.COMPLEMENTARY,
    "article-37": Category.ARTICLE_37,
    "student": Category.STUDENT,
    "spouse-maxi": Category.SPOUSE_MAXI,
    "spouse-mini": Category.SPOUSE_MINI,
    "pensioner": Category.PENSIONER,
    "beyond-pension-age": Category.BEYOND_PENSION_AGE,
}


def category_of(text: str) -> str:
    """Give the category a text names, ``primo-starter`` or ``primoStarter``; an unknown text comes back as it is."""
    name = text.strip()
    return str(CATEGORIES.get(name, name))
