"""What every letter shares: dates, amounts and sentences of three languages, the frame, and the box to pay by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from shared.contracts.vocabulary import Language
from shared.correspondence.frame import bullets, heading, letter, recipient_block, text
from shared.correspondence.payment import payment_block
from shared.correspondence.remedies import remedies
from shared.correspondence.wording import Spaces, Wording, WordsMissing, wording
from shared.law.fund import Fund, FundSettings
from shared.law.quarter import Quarter
from shared.law.remedies import Mention, MentionsMissing

SAMPLE: Final = Path(__file__).parents[3] / "samples/fund.yaml"
DAY: Final = date(2026, 4, 1)
MONTHS: Final = {
    Language.FRENCH: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    Language.DUTCH: "januari februari maart april mei juni juli augustus september oktober november december",
    Language.GERMAN: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
PAYMENT: Final = {
    name: name.upper()
    for name in ("heading", "amount", "account", "bic", "beneficiary", "communication", "dueOn", "scan")
}


def words(language: Language = Language.FRENCH, spaces: Spaces = Spaces.FREE, **sentences: object) -> Wording:
    return Wording(language, sentences, spaces)


@pytest.fixture
def settings() -> FundSettings:
    return Fund.load(SAMPLE).on(DAY)


@pytest.mark.parametrize("language", list(Language))
def test_every_month_has_its_name_and_only_french_counts_the_first_day_apart(language: Language) -> None:
    first, other = {"fr": ("1er", "11"), "nl": ("1", "11"), "de": ("1.", "11.")}[language]
    for number, month in enumerate(MONTHS[language].split(), start=1):
        assert words(language).day(date(2026, number, 1)) == f"{first} {month} 2026"
        assert words(language).day(date(2011, number, 11)) == f"{other} {month} 2011"
        assert words(language).month(date(2026, number, 11)) == f"{month} 2026"


@pytest.mark.parametrize(
    ("spaces", "day", "sentence"),
    [
        (Spaces.FREE, "1er avril 2026", "Payé ?"),
        (Spaces.DAY, "1er\u00a0avril 2026", "Payé ?"),
        (Spaces.ALL, "1er\u00a0avril\u00a02026", "Payé\u00a0?"),
    ],
)
def test_spaces_hold_what_they_are_told_to(spaces: Spaces, day: str, sentence: str) -> None:
    french = words(spaces=spaces, question="Payé ?")
    assert (french.day(DAY), french.say("question")) == (day, sentence)
    assert words(Language.DUTCH, spaces, question="Ja ?").say("question") == "Ja ?"


@pytest.mark.parametrize(
    ("rate", "written"), [("0.03", "3 %"), ("0.0425", "4,25 %"), ("0.07000", "7 %"), ("1.5", "150 %"), ("0", "0 %")]
)
@pytest.mark.parametrize("language", list(Language))
def test_a_rate_is_written_to_its_last_digit(language: Language, rate: str, written: str) -> None:
    assert words(language).percent(Decimal(rate)) == written


def test_amounts_quarters_and_lists_are_written_as_people_do() -> None:
    assert words(Language.GERMAN).euro(1_890_42) == "1.890,42\u00a0EUR"
    assert words(Language.DUTCH).quarter(Quarter(2026, 2)) == "2e kwartaal van 2026"
    assert [words(language).listed("abc") for language in Language] == ["a, b et c", "a, b en c", "a, b und c"]
    assert (words().listed([]), words().listed(["a"]), words().listed(["a", "b"])) == ("", "a", "a et b")
    assert [words().value(value) for value in (DAY, 100, "x")] == ["1er avril 2026", "1,00\u00a0EUR", "x"]


def test_a_number_chooses_its_plural() -> None:
    months = words(months={"one": "un mois", "other": "{number} mois"})
    assert (months.counted(1, "months"), months.counted(12, "months")) == ("un mois", "12 mois")


def test_a_sentence_that_is_not_written_is_not_said() -> None:
    french = words(late={"text": "Avant le {day}"}, lines=["{a}", "b"])
    assert french.say("late", "text", day="1") == "Avant le 1"
    assert french.sentences("lines", a="a") == ["a", "b"]
    with pytest.raises(WordsMissing, match=r"late\.nothing"):
        french.say("late", "nothing")
    with pytest.raises(WordsMissing, match=r"late\.text asks for 'day'"):
        french.say("late", "text")
    with pytest.raises(WordsMissing, match="lines asks for 'a'"):
        french.sentences("lines")


def test_the_words_of_a_letter_stand_over_those_of_every_letter(tmp_path: Path) -> None:
    (tmp_path / "nl.yaml").write_text("title: Alle\ncontact: Bel\n", encoding="utf-8")
    (tmp_path / "one.nl.yaml").write_text("title: Deze\n", encoding="utf-8")
    assert wording(tmp_path, Language.DUTCH).words == {"title": "Alle", "contact": "Bel"}
    assert wording(tmp_path, Language.DUTCH, "one").words == {"title": "Deze", "contact": "Bel"}
    with pytest.raises(FileNotFoundError):
        wording(tmp_path, Language.GERMAN)


def test_the_words_of_a_letter_may_stand_in_a_folder_of_their_own(tmp_path: Path) -> None:
    own = tmp_path / "subject"
    own.mkdir()
    (tmp_path / "nl.yaml").write_text("title: Alle\ncontact: Bel\n", encoding="utf-8")
    (own / "one.nl.yaml").write_text("title: Deze\n", encoding="utf-8")
    assert wording(tmp_path, Language.DUTCH, "one", own=own).words == {"title": "Deze", "contact": "Bel"}
    with pytest.raises(FileNotFoundError):
        wording(tmp_path, Language.DUTCH, "one")


@pytest.mark.parametrize(("country", "printed"), [("BE", ""), ("FR", "FR")])
def test_the_frame_says_who_writes_to_whom(settings: FundSettings, country: str, printed: str) -> None:
    data = letter(
        words=words(file="Dossier {fileNumber}", greeting="Madame,", closing="Salutations."),
        fund=settings,
        recipient=recipient_block(name="A", street="B 1", city="5000 C", country=country),
        file_number=12,
        day=DAY,
        subject="Rappel",
        blocks=[heading("H"), text("T"), bullets(["1"])],
        signatory=settings.signatory_of("letter"),
    )
    assert data["recipient"] == {"name": "A", "street": "B 1", "city": "5000 C", "country": printed}
    assert (data["businessDate"], data["fileNumber"], data["subject"]) == (DAY, "Dossier 0000012", "Rappel")
    assert data["dateLine"] == f"{settings.address.city['fr']}, 1er avril 2026"
    assert data["fund"]["iban"] == settings.contributions_account.iban
    assert data["signature"]["title"] == settings.signatory_of("letter").title["fr"]
    assert [block["kind"] for block in data["blocks"]] == ["heading", "text", "list"]


@pytest.mark.parametrize("due_on", [None, DAY])
def test_the_box_names_a_last_day_only_when_there_is_one(settings: FundSettings, due_on: date | None) -> None:
    box = payment_block(
        words=words(payment=PAYMENT),
        fund=settings,
        amount_cents=100_00,
        communication="+++000/0012/00170+++",
        due_on=due_on,
    )
    labels = [row["label"] for row in box["rows"]]
    last = [] if due_on is None else ["DUEON"]
    assert labels == ["AMOUNT", "ACCOUNT", "BIC", "BENEFICIARY", "COMMUNICATION", *last]
    assert (box["rows"][0]["value"], box["rows"][4]["value"]) == ("100,00\u00a0EUR", "+++000/0012/00170+++")
    assert box["qr"].startswith("<svg")


def test_remedies_have_all_six_mentions_or_there_are_none(settings: FundSettings) -> None:
    mentions = {mention.value: f"{mention.value} {{court}} {{file}} {{hours}}" for mention in Mention}
    remedies_by = partial(remedies, fund=settings, file_number=12, country="BE", postal_code="5000")
    title, listed = remedies_by(words=words(remediesHeading="Recours", mentions=mentions))
    assert title == heading("Recours")
    assert [item.split()[0] for item in listed["items"]] == [mention.value for mention in Mention]
    assert all("Liège" in item and "0000012" in item for item in listed["items"])
    with pytest.raises(MentionsMissing, match="courtAddress"):
        remedies_by(words=words(remediesHeading="Recours", mentions={**mentions, "courtAddress": " "}))
