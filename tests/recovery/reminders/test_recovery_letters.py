"""The letters in three languages: they say what they must, leave nothing unfilled, and are the same twice."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.recovery.debts.rules import DebtorIdentity, OpenItem
from services.recovery.ladder.rules.contacts import ContactHistory
from services.recovery.ladder.rules.ways_out import offers
from services.recovery.registered_letters import letters as paper_of_last_reminder
from services.recovery.registered_letters.rules import Mention, check_last_reminder
from services.recovery.reminders.letters import content
from services.recovery.reminders.letters.content import AmicableDates, Frame, words_of
from services.recovery.roll_and_warrant import letters as paper_of_warrant
from services.recovery.roll_and_warrant.rules import (
    CreditorFund,
    Debtor,
    EndedPlan,
    Grounds,
    LastReminderEvidence,
    Remedy,
    RollDraft,
    complete_roll,
)
from shared.contracts.vocabulary import AmountKind, Category, Language
from shared.correspondence.wording import WordsMissing
from shared.law.fund import Fund
from shared.law.identifiers import structured_communication
from shared.law.quarter import Quarter
from shared.platform.people.documents import render

ROOT = Path(__file__).resolve().parents[3]
FUND = Fund.load(ROOT / "samples/fund.yaml")
Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)
TODAY = date(2026, 6, 29)
DATES = AmicableDates(
    reminder_on=date(2026, 4, 14),
    statement_on=date(2026, 5, 15),
    contact_on=date(2026, 6, 1),
    last_reminder_on=TODAY,
    contact=ContactHistory(reached_on=date(2026, 6, 2), recorded_by="tester"),
)
CONTACTED = Grounds(contact=DATES.contact)
APPROVER = FUND.on(TODAY).designated_for("roll", "warrant", on=TODAY)[0]
ITEMS = (
    OpenItem(
        quarter=Q1,
        kind=AmountKind.PRINCIPAL,
        open_cents=89_042,
        due_on=date(2026, 3, 31),
        communication=structured_communication(12_001),
    ),
    OpenItem(
        quarter=Q1,
        kind=AmountKind.SURCHARGE,
        open_cents=2_671,
        due_on=date(2026, 3, 31),
        communication=structured_communication(12_001),
    ),
)

DRAFT = RollDraft(
    case_id=UUID(int=1),
    dossier=UUID(int=2),
    fund_number="990",
    items=ITEMS,
    grounds=CONTACTED,
    reminder_on=date(2026, 4, 14),
    statement_on=date(2026, 5, 15),
    last_reminder=LastReminderEvidence(
        sent_on=TODAY,
        notified_on=date(2026, 7, 1),
        last_day_to_contest=date(2026, 8, 3),
        quarters=frozenset({Q1}),
    ),
    remedies=tuple(Remedy),
)


def frame(language: Language, items: tuple[OpenItem, ...] = ITEMS) -> Frame:
    """Return the frame of a letter to an invented person."""
    return Frame(
        words=words_of(language),
        fund=FUND.on(TODAY),
        identity=DebtorIdentity(
            file_number=12,
            name="Camille Exemplemont",
            language=language,
            street="Rue Inventée 7",
            postal_code="4000",
            city="Liège",
            country="BE",
            national_number="85073003328",
        ),
        reference="REC/0000012/2026",
        today=TODAY,
        items=items,
        offered=offers(category=Category.MAIN, quarters={Q1}, today=TODAY, exemption_months=12),
        quarterly_rate=Decimal("0.03"),
        yearly_rate=Decimal("0.07"),
    )


def warrant(language: Language, grounds: Grounds = CONTACTED) -> dict[str, Any]:
    """Return the content of a warrant."""
    draft = replace(DRAFT, grounds=grounds)
    roll = complete_roll(
        draft=draft,
        fund=CreditorFund(name="Auxilia", number="990", address="Rue de l'Exemple 1, 1000 Bruxelles"),
        debtor=Debtor(name="Camille Exemplemont", address="Rue Inventée 7, 4000 Liège", national_number="85073003328"),
        visa_on=date(2026, 8, 10),
        sent_on=date(2026, 8, 10),
        pay_until=date(2026, 8, 20),
        visa_by=content.signature_of(words_of(language), APPROVER),
        issued_by=content.signature_of(words_of(language), APPROVER),
    )
    return paper_of_warrant.warrant(frame(language), roll, signatory=APPROVER, pay_hours=24, opposition_months=1)


def draft(language: Language) -> dict[str, Any]:
    """Return the content of what a designated person reads before deciding."""
    fund = CreditorFund(name="Auxilia", number="990", address="Rue de l'Exemple 1, 1000 Bruxelles")
    debtor = Debtor(name="Camille Exemplemont", address="Rue Inventée 7", national_number="85073003328")
    signatory = FUND.on(TODAY).signatory_of("letter")
    return paper_of_warrant.roll_draft(
        frame(language), DRAFT, fund=fund, debtor=debtor, signatory=signatory, opposition_months=1
    )


def letters(language: Language) -> dict[str, dict[str, Any]]:
    """Return the content of every letter in a language."""
    one = frame(language)
    stated = paper_of_last_reminder.last_reminder_content(one, contest_months=1)
    check_last_reminder(stated)
    return {
        "reminder": content.reminder(one),
        "statement": content.statement(one, DATES),
        "lastReminder": paper_of_last_reminder.last_reminder(one, stated, DATES),
        "warrant": warrant(language),
        "warrantDraft": draft(language),
    }


def text_of(letter: dict[str, Any]) -> str:
    """Return everything a letter says, with plain spaces."""
    return json.dumps(letter, default=str, ensure_ascii=False).replace("\u00a0", " ")


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_left_unfilled_and_every_letter_can_be_printed(language: Language) -> None:
    for letter in letters(language).values():
        blocks = json.dumps(letter["blocks"], default=str, ensure_ascii=False)
        assert not re.search(r"\{[a-z_]+\}", blocks)
        first, second = render(content.TEMPLATE, letter), render(content.TEMPLATE, letter)
        assert first.startswith(b"%PDF-")
        assert first == second


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            Language.FRENCH,
            [
                "un mois à compter de la signification ou de la notification",
                "contester les sommes réclamées, par lettre recommandée à la poste",
                "solliciter et obtenir des termes et délais de paiement",
                "par la voie d'une contrainte",
                "Lettre recommandée à la poste",
            ],
        ),
        (
            Language.DUTCH,
            [
                "één maand, te rekenen vanaf de betekening of de kennisgeving",
                "de gevorderde bedragen betwisten, bij ter post aangetekende brief",
                "betalingstermijnen (een afbetalingsplan) vragen en verkrijgen",
                "bij wijze van dwangbevel",
                "Ter post aangetekende brief",
            ],
        ),
        (
            Language.GERMAN,
            [
                "einen Monat ab der Zustellung oder der Notifizierung",
                "die geforderten Beträge per Einschreibebrief anfechten",
                "Zahlungsfristen (einen Zahlungsplan) beantragen und erhalten",
                "im Wege eines Zwangsbefehls",
                "Per Einschreiben",
            ],
        ),
    ],
)
def test_the_last_reminder_says_what_the_law_wants_on_pain_of_nullity(language: Language, sentences: list[str]) -> None:
    text = text_of(letters(language)["lastReminder"])
    for sentence in [*sentences, "Cornelia Voorbeeld"]:
        assert sentence in text
    assert set(paper_of_last_reminder.MENTIONS) | {Mention.SUMS, Mention.SIGNATORY} == set(Mention)


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        (Language.FRENCH, ["85073003328", "990", "10 août 2026", "20 août 2026", "un mois", "24 heures", "917,13 EUR"]),
        (Language.DUTCH, ["85073003328", "990", "10 augustus 2026", "20 augustus 2026", "één maand", "24 uur"]),
        (Language.GERMAN, ["85073003328", "990", "10. August 2026", "20. August 2026", "einen Monat", "24 Stunden"]),
    ],
)
def test_the_warrant_bears_the_fields_of_the_roll(language: Language, facts: list[str]) -> None:
    text = text_of(letters(language)["warrant"])
    for fact in [*facts, "Camille Exemplemont", "Bertrand Modèle"]:
        assert fact in text
    assert "Cornelia Voorbeeld" not in text, "only who approved gives the visa, issues and signs"


def test_what_is_read_before_the_decision_is_the_warrant_without_its_visa() -> None:
    text = text_of(letters(Language.FRENCH)["warrantDraft"])
    for fact in ("85073003328", "917,13 EUR", "nous nous sommes entretenus avec vous le 2 juin 2026", "un mois"):
        assert fact in text
    assert "n'a aucune force exécutoire" in text
    for later in ("10 août 2026", "20 août 2026", "Bertrand Modèle"):
        assert later not in text


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_for_a_warrant_has_its_sentence(language: Language) -> None:
    contacts = (
        ContactHistory(reached_on=date(2026, 6, 2)),
        ContactHistory(excepted_on=date(2026, 6, 5), sought_on=date(2026, 6, 3)),
        ContactHistory(excepted_on=date(2026, 6, 5)),
    )
    plan = EndedPlan(granted_on=date(2026, 7, 10), ended_on=date(2026, 8, 4))
    for contact in contacts:
        for more in (
            Grounds(contact=contact),
            Grounds(contact=contact, deemed_notified=True, contested_late_on=date(2026, 8, 5), plan=plan),
        ):
            assert not re.search(r"\{[a-z_]+\}", text_of(warrant(language, more)))


def test_the_warrant_says_only_what_happened() -> None:
    answered = text_of(warrant(Language.FRENCH))
    assert "nous nous sommes entretenus avec vous le 2 juin 2026" in answered
    assert "Aucun plan d'apurement n'a été obtenu" in answered
    assert "Ces sommes n'ont pas été contestées" in answered
    plan = EndedPlan(granted_on=date(2026, 7, 10), ended_on=date(2026, 8, 4))
    grounds = Grounds(
        contact=ContactHistory(excepted_on=date(2026, 6, 5)),
        deemed_notified=True,
        contested_late_on=date(2026, 8, 5),
        plan=plan,
    )
    otherwise = text_of(warrant(Language.FRENCH, grounds))
    for untrue in ("entretenus", "Aucun plan", "n'ont pas été contestées", "vous a été notifié le"):
        assert untrue not in otherwise
    for true in (
        "Il n'y a pas eu de contact personnel, pour un motif consigné dans votre dossier le 5 juin 2026",
        "réputé vous avoir été notifié le 1er juillet 2026",
        "Votre contestation, envoyée le 5 août 2026, est venue après ce délai",
        "plan d'apurement vous a été accordé le 10 juillet 2026 ; il n'est plus en vigueur depuis le 4 août 2026",
    ):
        assert true in otherwise


@pytest.mark.parametrize(
    ("contact", "said", "unsaid"),
    [
        (ContactHistory(reached_on=date(2026, 6, 2)), "notre entretien du 2 juin 2026", "tentatives"),
        (ContactHistory(sought_on=date(2026, 6, 3)), "vous joindre, la dernière le 3 juin 2026", "entretien"),
        (ContactHistory(), "du 14 avril 2026 et notre extrait de compte du 15 mai 2026, les sommes", "joindre"),
    ],
)
def test_the_last_reminder_speaks_of_a_contact_only_when_there_was_one(
    contact: ContactHistory, said: str, unsaid: str
) -> None:
    one = frame(Language.FRENCH)
    stated = paper_of_last_reminder.last_reminder_content(one, contest_months=1)
    opening = text_of(paper_of_last_reminder.last_reminder(one, stated, replace(DATES, contact=contact))["blocks"][0])
    assert said in opening
    assert unsaid not in opening


def test_each_letter_offers_the_ways_out() -> None:
    for letter in letters(Language.FRENCH).values():
        text = text_of(letter)
        for way_out in ("plan d'apurement", "dispense de cotisations", "réduction", "droit passerelle", "renonciation"):
            assert way_out in text
        assert "31 mars 2027" in text


def test_one_quarter_is_paid_with_its_own_communication_several_with_one_each() -> None:
    single = text_of(content.reminder(frame(Language.FRENCH)))
    assert "+++000/0012/00170+++" in single
    other = OpenItem(
        quarter=Q2,
        kind=AmountKind.PRINCIPAL,
        open_cents=89_042,
        due_on=date(2026, 6, 30),
        communication=structured_communication(12_002),
    )
    both = content.reminder(frame(Language.FRENCH, (*ITEMS, other)))
    [payment] = [block for block in both["blocks"] if block["kind"] == "payment"]
    assert "qr" not in payment
    assert [row["value"].replace("\u00a0", " ") for row in payment["rows"][-2:]] == [
        "917,13 EUR, +++000/0012/00170+++",
        "890,42 EUR, +++000/0012/00271+++",
    ]


def test_dates_are_written_as_people_write_them() -> None:
    day = date(2026, 8, 1)
    found = [words_of(language).day(day).replace("\u00a0", " ") for language in Language]
    assert found == ["1er août 2026", "1 augustus 2026", "1. August 2026"]


def test_a_period_nobody_wrote_words_for_is_refused() -> None:
    with pytest.raises(WordsMissing, match=r"fr: no words for months\.5"):
        words_of(Language.FRENCH).say("months", 5)
