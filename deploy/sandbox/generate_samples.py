"""Write the invented people, companies and incomes of samples/.

    python -m deploy.sandbox.generate_samples           # writes samples/*.csv
    python -m deploy.sandbox.generate_samples --check   # fails when the committed files differ

Nothing here is drawn from life. Family names are words for "example" with an ending, streets do not exist, e-mail
addresses end in ``.example``, bank accounts carry a bank code nobody was given, and national numbers use serial
numbers from 900 up, which the register does not reach on one day. Check digits, dates and postal codes are right,
because the fund verifies them. Choices are made by hashing, not by a random generator, so that every Python writes
the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from deploy.sandbox.invented import CITIES, FIRST_NAMES, LAST_NAMES, STREETS

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
#: The civil date on which the demonstration imports the files.
IMPORTED_ON = date(2026, 1, 2)
#: Belgian bank codes 990 to 999 are not given to any bank.
INVENTED_BANK_CODE = "999"
FIRST_SERIAL = 900

# fmt: off
PEOPLE_HEADER = (
    "reference", "national_number", "last_name", "first_name", "birth_date", "language", "nationality",
    "professional_card", "street", "house_number", "postal_code", "city", "country", "email", "category", "starts_on",
    "first_activity", "insurer", "account_number",
)
COMPANIES_HEADER = (
    "reference", "enterprise_number", "name", "language", "founded_on", "street", "house_number", "postal_code", "city",
    "manager_national_number",
)
INCOMES_HEADER = ("file_number", "year", "income", "known_on")
BALANCES_HEADER = ("file_number", "financial_year_end", "balance_total", "known_on")
# fmt: on

#: Mutualities of the sample and how often they appear.
INSURERS = ("100",) * 7 + ("300",) * 6 + ("500",) * 4 + ("400",) * 2 + ("200", "600")


@dataclass(frozen=True)
class Group:
    """People of one category who began in one window, and how many of them; ``joined`` later than the first ones."""

    category: str
    count: int
    born: tuple[int, int]
    started: tuple[date, date]
    starter: bool = False
    joined: int = 0


#: Who is in the file. Starters begin after the import (declared in time); the others are taken over by the fund.
#: A person is invented from their place in the file, so a group that is added later has a higher ``joined`` than all
#: before it: its people come after everybody and change no row of anybody.
GROUPS = (
    Group("main", 78, (1964, 1995), (date(1999, 1, 1), date(2022, 12, 31))),
    Group("main", 12, (1970, 1999), (date(2023, 1, 1), date(2023, 12, 31))),
    Group("main", 8, (1975, 2001), (date(2024, 1, 1), date(2025, 2, 28))),
    Group("main", 3, (1975, 1996), (date(2026, 1, 5), date(2026, 3, 1)), starter=True),
    Group("complementary", 40, (1962, 1998), (date(2004, 1, 1), date(2022, 12, 31))),
    Group("complementary", 6, (1975, 2000), (date(2023, 1, 1), date(2025, 9, 30))),
    Group("complementary", 5, (1980, 2001), (date(2026, 1, 5), date(2026, 3, 1)), starter=True),
    Group("primoStarter", 7, (1985, 2003), (date(2025, 4, 1), date(2025, 12, 31))),
    Group("primoStarter", 9, (1985, 2003), (date(2026, 1, 5), date(2026, 3, 1)), starter=True),
    Group("spouseMaxi", 10, (1965, 1992), (date(2008, 1, 1), date(2022, 12, 31))),
    Group("spouseMaxi", 1, (1978, 1992), (date(2026, 1, 5), date(2026, 3, 1)), starter=True),
    Group("student", 5, (2001, 2003), (date(2021, 10, 1), date(2022, 12, 31))),
    Group("student", 4, (2003, 2006), (date(2024, 7, 1), date(2025, 9, 30))),
    Group("student", 2, (2004, 2007), (date(2026, 1, 5), date(2026, 3, 1)), starter=True),
    Group("pensioner", 10, (1947, 1958), (date(1990, 1, 1), date(2015, 12, 31))),
    Group("article37", 5, (1966, 1990), (date(2010, 1, 1), date(2022, 12, 31))),
    Group("beyondPensionAge", 5, (1950, 1958), (date(1995, 1, 1), date(2018, 12, 31))),
)

#: Net incomes of 2023 in cents. Revalued for 2026 (times 676.50/630.85, rounded half up) they fall one cent below, on
#: and one cent above each threshold of 2026; then come a few everyday ones.
# fmt: off
THRESHOLD_INCOMES = {
    "main": (0, 950_000, 1_620_167, 1_620_168, 1_620_169, 2_500_000, 6_996_190, 6_996_191, 6_996_192, 8_500_000,
             10_310_169, 10_310_170, 10_310_171, 14_000_000),
    "complementary": (0, 120_000, 179_244, 179_245, 179_246, 600_000, 1_500_000, 6_996_192),
    "spouseMaxi": (0, 711_740, 711_741, 711_742, 1_400_000),
    "student": (350_000, 810_083, 810_084, 1_200_000, 1_650_000),
    "pensioner": (200_000, 358_490, 358_491, 358_492, 1_100_000, 7_100_000),
    "article37": (150_000, 179_245, 500_000, 848_710),
    "beyondPensionAge": (900_000, 1_620_168, 3_100_000),
}
# fmt: on


@dataclass(frozen=True)
class Person:
    """One row of people.csv, in the order of its header."""

    reference: str
    national_number: str
    last_name: str
    first_name: str
    birth_date: str
    language: str
    nationality: str
    professional_card: str
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str
    email: str
    category: str
    starts_on: str
    first_activity: str
    insurer: str
    account_number: str

    def row(self) -> list[str]:
        """Return the values in the order of the header."""
        return [str(getattr(self, name)) for name in PEOPLE_HEADER]


def pick(options: Sequence[str], *key: object) -> str:
    """Choose one option, always the same one for the same key."""
    return options[number(len(options), *key)]


def number(limit: int, *key: object) -> int:
    """Return a whole number below ``limit``, always the same one for the same key."""
    digest = hashlib.sha256("|".join(str(part) for part in key).encode()).digest()
    return int.from_bytes(digest[:8], "big") % limit


def day_between(first: date, last: date, *key: object) -> date:
    """Return a civil date of the closed interval, always the same one for the same key."""
    return first + timedelta(days=number((last - first).days + 1, *key))


def national_number(birth_date: date, serial: int, *, month_shift: int = 0) -> str:
    """Return a national number (or, with a shifted month, a BIS number) with its check digits."""
    body = f"{birth_date.year % 100:02d}{birth_date.month + month_shift:02d}{birth_date.day:02d}{serial:03d}"
    prefixed = int(("2" if birth_date.year >= 2000 else "") + body)
    return f"{body}{97 - prefixed % 97:02d}"


def belgian_account(serial: int) -> str:
    """Return a Belgian IBAN of the invented bank."""
    body = f"{INVENTED_BANK_CODE}{serial:07d}"
    account = f"{body}{int(body) % 97 or 97:02d}"
    return f"BE{98 - int(account + '111400') % 97:02d}{account}"


def enterprise_number(serial: int) -> str:
    """Return an enterprise number with its check digits, from a range the register has not reached."""
    body = 19_990_000 + serial
    return f"{body}{97 - body % 97:02d}"


def groups_in_file_order() -> list[Group]:
    """Return one group per accepted person, those who joined together mixed as they would be in a real file."""
    everyone = [(group, place) for group in GROUPS for place in range(group.count)]
    everyone.sort(
        key=lambda item: (item[0].joined, number(2**62, "order", item[0].category, item[0].started[0], item[1]))
    )
    return [group for group, _ in everyone]


def used_names() -> Callable[[str, int], str]:
    """Return a function that gives each person of a language a family name nobody else has."""
    taken: set[str] = set()

    def family_name(language: str, index: int) -> str:
        beginnings, endings = LAST_NAMES[language]
        start = number(len(beginnings) * len(endings), "name", index)
        for step in range(len(beginnings) * len(endings)):
            place = (start + step) % (len(beginnings) * len(endings))
            name = beginnings[place % len(beginnings)] + endings[place // len(beginnings)]
            if name not in taken:
                taken.add(name)
                return name
        raise ValueError(f"no {language} family name left")

    return family_name


def make_person(index: int, group: Group, family_name: Callable[[str, int], str]) -> Person:
    """Invent the accepted person at a place of the file."""
    language = pick(("fr",) * 10 + ("nl",) * 9 + ("de",) * 2, "language", index)
    first_names = FIRST_NAMES[language]
    place = number(len(first_names), "first name", index)
    birth_date = day_between(date(group.born[0], 1, 1), date(group.born[1], 12, 31), "born", index)
    # Men have odd serial numbers, women even ones.
    serial = FIRST_SERIAL + 2 * number(48, "serial", index) + place % 2
    postal_code, city = CITIES[language][number(len(CITIES[language]), "city", index)]
    last_name = family_name(language, index)
    of_age_on = date(birth_date.year + 18, birth_date.month, min(birth_date.day, 28))
    starts_on = day_between(max(group.started[0], of_age_on), group.started[1], "start", index)
    return Person(
        reference=f"P{index:04d}",
        national_number=national_number(birth_date, serial),
        last_name=last_name,
        first_name=first_names[place],
        birth_date=birth_date.isoformat(),
        language=language,
        nationality=pick(("BE",) * 12 + ("FR", "IT", "NL", "PL"), "nationality", index),
        professional_card="",
        street=pick(STREETS[language], "street", index),
        house_number=str(1 + number(180, "house", index)),
        postal_code=postal_code,
        city=city,
        country="BE",
        email=f"dossier{index:04d}@{'voorbeeld' if language == 'nl' else 'exemple'}.example",
        category=group.category,
        starts_on=starts_on.isoformat(),
        first_activity="yes" if group.starter else "no",
        insurer=pick(INSURERS, "insurer", index),
        account_number=belgian_account(index),
    )


def from_elsewhere(person: Person, index: int) -> Person:
    """Turn a few people into the special cases a fund meets: abroad, without account, with a professional card."""
    birth_date = date.fromisoformat(person.birth_date)
    serial = int(person.national_number[6:9])
    special: dict[int, dict[str, str]] = {
        17: {"nationality": "MA", "professional_card": "1700017"},
        58: {"nationality": "US", "professional_card": "1700058"},
        121: {"nationality": "TR", "professional_card": "exempt"},
        33: {"nationality": "FR", "postal_code": "59000", "city": "Lille", "country": "FR", "account_number": "",
             "national_number": national_number(birth_date, serial, month_shift=40)},
        90: {"nationality": "NL", "postal_code": "6211 AB", "city": "Maastricht", "country": "NL",
             "national_number": national_number(birth_date, serial, month_shift=40)},
        145: {"account_number": "", "email": ""},
    }  # fmt: skip
    return replace(person, **special.get(index, {}))


def accepted_people() -> list[Person]:
    """Return the people the fund can affiliate, in file order; file numbers start at 1 in this order."""
    family_name = used_names()
    return [
        from_elsewhere(make_person(index, group, family_name), index)
        for index, group in enumerate(groups_in_file_order(), start=1)
    ]


def rejected_people(accepted: list[Person]) -> list[tuple[int, Person]]:
    """Return the faulty rows with the place after which each stands; each breaks exactly one rule."""

    starters = Group("main", 1, (1975, 1995), (date(2026, 1, 5), date(2026, 2, 1)), starter=True)

    def invented(place: int, last_name: str, **changes: str) -> Person:
        base = make_person(900 + place, starters, used_names())
        return replace(base, **{"last_name": last_name, "reference": f"R{place:04d}", **changes})

    wrong_digits = invented(1, "Chiffrefaux")
    number_wrong = wrong_digits.national_number[:9] + f"{(int(wrong_digits.national_number[9:]) + 1) % 97:02d}"
    return [
        (12, replace(wrong_digits, national_number=number_wrong)),
        (31, invented(2, "Hobbyfictif", category="hobby")),
        (64, invented(3, "Tardifictif", starts_on="2025-11-17")),
        (77, invented(4, "Cartemanque", nationality="BR", professional_card="")),
        (101, replace(accepted[41], reference="R0005")),
        (118, invented(6, "Postefaux", postal_code="50A0", country="BE")),
        (140, invented(7, "Comptefaux", account_number="BE71096123456760")),
        (166, invented(8, "Caissefausse", insurer="750")),
        (187, invented(9, "Troptot", starts_on="2026-09-01")),
    ]


def people_rows() -> tuple[list[Person], list[Person]]:
    """Return (all rows of people.csv in file order, the accepted ones in file-number order)."""
    accepted = accepted_people()
    rows = list(accepted)
    for after, person in sorted(rejected_people(accepted), key=lambda item: -item[0]):
        rows.insert(after, person)
    return rows, accepted


def company_rows(accepted: list[Person]) -> list[list[str]]:
    """Return the rows of companies.csv: five forms of company, and one with wrong check digits."""
    managers = [person for person in accepted if person.category == "main" and person.first_activity == "no"]
    forms = (
        ("fr", "Atelier Exemplaire SRL", date(2019, 5, 13), "rue de l'Exemple", "5000", "Namur"),
        ("nl", "Voorbeeldbouw NV", date(2012, 9, 3), "Proefweg", "9000", "Gent"),
        ("nl", "Fictieve Fietsen BV", date(2021, 2, 22), "Fictielaan", "2800", "Mechelen"),
        ("de", "Mustertischlerei KG", date(2016, 11, 7), "Beispielweg", "4700", "Eupen"),
        ("fr", "Coopérative de l'Essai SC", date(2025, 11, 24), "chemin de l'Essai", "4000", "Liège"),
    )
    rows: list[list[str]] = []
    for place, (language, name, founded_on, street, postal_code, city) in enumerate(forms, start=1):
        manager = [person for person in managers if person.language == language][place - 1]
        address = [street, str(place * 11), postal_code, city]
        identity = [f"C{place:04d}", enterprise_number(place * 7), name, language, founded_on.isoformat()]
        rows.append([*identity, *address, manager.national_number])
    faulty = enterprise_number(77)
    wrong = faulty[:8] + f"{(int(faulty[8:]) + 1) % 97:02d}"
    fault = ["C9001", wrong, "Numéro Faux SNC", "fr", "2020-01-15", "rue Sans-Nom", "1", "7000", "Mons"]
    rows.insert(3, [*fault, managers[0].national_number])
    return rows


def income_rows(accepted: list[Person]) -> list[list[str]]:
    """Return the incomes of 2023 of those who were active that year, first the values around the thresholds."""
    given: dict[str, int] = {}
    rows: list[list[str]] = []
    for file_number, person in enumerate(accepted, start=1):
        if date.fromisoformat(person.starts_on) > date(2023, 12, 31):
            continue
        chosen = THRESHOLD_INCOMES[person.category]
        place = given.get(person.category, 0)
        given[person.category] = place + 1
        income_cents = chosen[place] if place < len(chosen) else ordinary_income_cents(person.category, file_number)
        known_on = day_between(date(2025, 3, 1), date(2025, 12, 12), "known", file_number)
        rows.append([str(file_number), "2023", f"{income_cents // 100}.{income_cents % 100:02d}", known_on.isoformat()])
    return rows


def balance_rows() -> list[list[str]]:
    """Return the balance sheet totals of the companies of 2024, around the limit of 2026; the youngest has none yet."""
    # File numbers are given in the order of arrival: companies come after the people.
    first = sum(group.count for group in GROUPS) + 1
    return [
        [str(first), "2024-12-31", "212480.05", "2025-07-18"],
        [str(first + 1), "2024-12-31", "2405113.90", "2025-07-30"],
        [str(first + 2), "2024-06-30", "879163.44", "2025-01-14"],
        [str(first + 3), "2024-12-31", "", "2025-12-01"],
    ]


def ordinary_income_cents(category: str, file_number: int) -> int:
    """Return an everyday net income of a category, in cents."""
    lowest, highest = {
        "main": (1_400_000, 6_200_000),
        "complementary": (90_000, 1_800_000),
        "spouseMaxi": (700_000, 1_900_000),
        "student": (300_000, 1_000_000),
        "pensioner": (250_000, 1_900_000),
        "article37": (100_000, 840_000),
        "beyondPensionAge": (700_000, 3_000_000),
    }[category]
    return lowest + number(highest - lowest, "income", file_number)


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a semicolon-separated UTF-8 file with one header line."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def sample_files() -> dict[str, bytes]:
    """Return the bytes of each generated sample file by name."""
    rows, accepted = people_rows()
    return {
        "people.csv": as_csv(PEOPLE_HEADER, [person.row() for person in rows]),
        "companies.csv": as_csv(COMPANIES_HEADER, company_rows(accepted)),
        "incomes.csv": as_csv(INCOMES_HEADER, income_rows(accepted)),
        "balance-totals.csv": as_csv(BALANCES_HEADER, balance_rows()),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with ``--check`` compare them with what is committed."""
    parser = argparse.ArgumentParser(description="Write the invented people, companies and incomes of samples/.")
    parser.add_argument("--check", action="store_true", help="only say whether the committed files are up to date")
    chosen = parser.parse_args(arguments)
    stale: list[str] = []
    for name, content in sample_files().items():
        path = SAMPLES / name
        if not path.exists() or path.read_bytes() != content:
            stale.append(name)
            if not chosen.check:
                path.write_bytes(content)
    sys.stdout.write(f"{'stale' if chosen.check else 'written'}: {', '.join(stale) or 'nothing'}\n")
    return 1 if chosen.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
