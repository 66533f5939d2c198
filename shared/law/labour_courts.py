"""Which labour tribunal hears an appeal: the one of the applicant's home (Judicial Code art. 580, 2° and 628, 14°).

The addresses are those of the seats as they were published (sos-urgences.com and rechtbanken-tribunaux.be, read on
22-11-2026); a wrong address keeps the time to appeal from running (Charter art. 14), so each has to be checked with
the court before the fund writes its first decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


# see limits: addresses-of-the-courts
@dataclass(frozen=True, kw_only=True)
class LabourCourt:
    """A labour tribunal: its name in the languages the fund writes, and the address of its registry."""

    names: Mapping[str, str]
    street: str
    postal_code: str
    city: str

    def name(self, language: str) -> str:
        """Give the name of the court in a language."""
        return self.names[language]

    def address(self) -> str:
        """Give the address of the registry on one line."""
        return f"{self.street}, {self.postal_code} {self.city}"


def _court(*, french: str, dutch: str, german: str, street: str, postal_code: str, city: str) -> LabourCourt:
    names = {"fr": french, "nl": dutch, "de": german}
    return LabourCourt(names=names, street=street, postal_code=postal_code, city=city)


BRUSSELS_FRENCH: Final = _court(
    french="tribunal du travail francophone de Bruxelles",
    dutch="Franstalige arbeidsrechtbank Brussel",
    german="französischsprachiges Arbeitsgericht Brüssel",
    street="Place Poelaert 3",
    postal_code="1000",
    city="Bruxelles",
)
BRUSSELS_DUTCH: Final = _court(
    french="tribunal du travail néerlandophone de Bruxelles",
    dutch="Nederlandstalige arbeidsrechtbank Brussel",
    german="niederländischsprachiges Arbeitsgericht Brüssel",
    street="Poelaertplein 3",
    postal_code="1000",
    city="Brussel",
)
WALLOON_BRABANT: Final = _court(
    french="tribunal du travail du Brabant wallon",
    dutch="arbeidsrechtbank Waals-Brabant",
    german="Arbeitsgericht Wallonisch-Brabant",
    street="Rue Clarisse 115",
    postal_code="1400",
    city="Nivelles",
)
ANTWERP: Final = _court(
    french="tribunal du travail d'Anvers",
    dutch="arbeidsrechtbank Antwerpen",
    german="Arbeitsgericht Antwerpen",
    street="Bolivarplaats 20 bus 5",
    postal_code="2000",
    city="Antwerpen",
)
LEUVEN: Final = _court(
    french="tribunal du travail de Louvain",
    dutch="arbeidsrechtbank Leuven",
    german="Arbeitsgericht Löwen",
    street="Ferdinand Smoldersplein 5",
    postal_code="3000",
    city="Leuven",
)
LIEGE: Final = _court(
    french="tribunal du travail de Liège",
    dutch="arbeidsrechtbank Luik",
    german="Arbeitsgericht Lüttich",
    street="Place Saint-Lambert 30 boîte 4",
    postal_code="4000",
    city="Liège",
)
EUPEN: Final = _court(
    french="tribunal du travail d'Eupen",
    dutch="arbeidsrechtbank Eupen",
    german="Arbeitsgericht Eupen",
    street="Klötzerbahn 27",
    postal_code="4700",
    city="Eupen",
)
HAINAUT: Final = _court(
    french="tribunal du travail du Hainaut",
    dutch="arbeidsrechtbank Henegouwen",
    german="Arbeitsgericht Hennegau",
    street="Rue de Nimy 70",
    postal_code="7000",
    city="Mons",
)
GHENT: Final = _court(
    french="tribunal du travail de Gand",
    dutch="arbeidsrechtbank Gent",
    german="Arbeitsgericht Gent",
    street="Opgeëistenlaan 401 C",
    postal_code="9000",
    city="Gent",
)

#: Postal codes in rising order, each the first of a range, with the court of the range; Brussels depends on language.
_RANGES: Final[tuple[tuple[int, LabourCourt | None], ...]] = (
    (1000, None),
    (1300, WALLOON_BRABANT),
    (1500, None),
    (2000, ANTWERP),
    (3000, LEUVEN),
    (3500, ANTWERP),
    (4000, LIEGE),
    (4700, EUPEN),
    (4800, LIEGE),
    (6000, HAINAUT),
    (6600, LIEGE),
    (7000, HAINAUT),
    (8000, GHENT),
)
#: First and last code of Belgium.
_FIRST_CODE, _LAST_CODE = 1000, 9999


def competent_court(*, country: str, postal_code: str, language: str) -> LabourCourt:
    """Give the court of a home; abroad, the Brussels court in the language of the file (inferred).

    In Brussels and around it the language of the file decides between the two courts; German files go to the French
    one, whose ground may be changed at the applicant's request.
    """
    brussels = BRUSSELS_DUTCH if language == "nl" else BRUSSELS_FRENCH
    # see limits: court-of-who-lives-abroad
    if country != "BE" or not postal_code.isdigit() or not _FIRST_CODE <= int(postal_code) <= _LAST_CODE:
        return brussels
    code = int(postal_code)
    court = next(court for first, court in reversed(_RANGES) if first <= code)
    return brussels if court is None else court
