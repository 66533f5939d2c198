"""Letters: every rule has its words in three languages, and a decision without remedies is never composed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.benefits.claims.rules.facts import Ground
from services.benefits.droit_passerelle.letters import compose
from services.benefits.droit_passerelle.rules import RULE_NAMES, assess
from shared.contracts.vocabulary import Language
from shared.law.fund import Fund
from shared.law.remedies import Mention, MentionsMissing
from tests.benefits.droit_passerelle.facts import LAW, claim_facts
from tests.benefits.harness import ROOT

FUND = Fund.load(ROOT / "samples/fund.yaml").on(date(2026, 4, 1))
CLAIM = compose.ClaimOfLetter(
    file_number=12, ground="bankruptcy", fact_on=date(2026, 3, 10), received_on=date(2026, 4, 1)
)
WORDS = Path(compose.__file__).parent / "words"


def recipient(language: Language) -> compose.Recipient:
    return compose.Recipient(
        name="Camille Exemplemont",
        street="Rue de l'Exemple",
        house_number="7",
        postal_code="5000",
        city="Namur",
        country="BE",
        language=language,
    )


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return len(value) if isinstance(value, list) else "text"


def places(value: Any) -> Any:
    """Return the places to fill in of every sentence."""
    if isinstance(value, dict):
        return {name: places(item) for name, item in value.items()}
    if isinstance(value, list):
        return [places(item) for item in value]
    return sorted({part.split("}")[0] for part in str(value).split("{")[1:]})


@pytest.mark.parametrize("language", ["nl", "de"])
def test_the_languages_say_the_same_things(language: str) -> None:
    french = yaml.safe_load((WORDS / "fr.yaml").read_text(encoding="utf-8"))
    other = yaml.safe_load((WORDS / f"{language}.yaml").read_text(encoding="utf-8"))
    assert shape(other) == shape(french)
    assert places(other) == places(french)


@pytest.mark.parametrize("language", list(Language))
def test_every_rule_and_ground_has_its_words_and_they_can_be_filled_in(language: Language) -> None:
    words = compose.words_of(language)
    assert set(words.words["rules"]) == set(RULE_NAMES)
    assert set(words.words["grounds"]) == {ground.value for ground in Ground}
    assert set(words.words["mentions"]) == {mention.value for mention in Mention}
    results = assess(facts=claim_facts(), law=LAW).results
    reasons = [compose.Reason(rule=result.rule, facts=result.facts) for result in results]
    letter = compose.refused(
        recipient=recipient(language), claim=CLAIM, fund=FUND, today=date(2026, 4, 1), reasons=reasons
    )
    reasons_given, mentions = (block["items"] for block in letter["blocks"] if block["kind"] == "list")
    assert (len(reasons_given), len(mentions)) == (len(RULE_NAMES), len(Mention))
    assert not any("{" in text or "None" in text for text in reasons_given + mentions)
    asked = compose.information(
        recipient=recipient(language),
        claim=CLAIM,
        fund=FUND,
        today=date(2026, 4, 1),
        missing=reasons,
        due_on=date(2026, 5, 1),
    )
    said = [text for block in asked["blocks"] for text in block.get("items", [block.get("text", "")])]
    assert len(said) == len(RULE_NAMES) + 2
    assert not any("{" in text or "None" in text for text in said)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("mention", list(Mention))
def test_a_decision_without_one_mention_is_not_composed(
    language: Language, mention: Mention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(compose.words_of(language).words["mentions"], mention.value, "")
    with pytest.raises(MentionsMissing, match=mention.value):
        compose.refused(
            recipient=recipient(language),
            claim=CLAIM,
            fund=FUND,
            today=date(2026, 4, 1),
            reasons=[compose.Reason(rule="residesInBelgium", facts={})],
        )


@pytest.mark.parametrize("language", list(Language))
def test_a_late_decision_is_told_with_its_reasons_even_when_only_the_fund_is_to_blame(language: Language) -> None:
    for missing in ([], [compose.Reason(rule="groundProven", facts={})]):
        letter = compose.late(
            recipient=recipient(language),
            claim=CLAIM,
            fund=FUND,
            today=date(2026, 8, 2),
            missing=missing,
            decide_before=date(2026, 8, 1),
        )
        [reasons] = [block["items"] for block in letter["blocks"] if block["kind"] == "list"]
        assert len(reasons) == 1
        assert reasons[0]


def test_a_refusal_without_reason_is_not_composed() -> None:
    with pytest.raises(ValueError, match="reasons"):
        compose.refused(
            recipient=recipient(Language.FRENCH), claim=CLAIM, fund=FUND, today=date(2026, 4, 1), reasons=[]
        )


def test_a_day_stays_beside_its_month() -> None:
    assert [compose.words_of(language).day(date(2026, 4, 1)) for language in Language] == [
        "1er\u00a0avril 2026",
        "1\u00a0april 2026",
        "1.\u00a0April 2026",
    ]


@pytest.mark.parametrize(
    ("language", "one", "twelve"),
    [
        (Language.FRENCH, "un mois", "12 mois"),
        (Language.DUTCH, "een maand", "12 maanden"),
        (Language.GERMAN, "einen Monat", "12 Monate"),
    ],
)
def test_one_month_and_many_are_written_as_people_say_them(language: Language, one: str, twelve: str) -> None:
    words = compose.words_of(language)
    assert (words.counted(1, "months"), words.counted(12, "months")) == (one, twelve)
