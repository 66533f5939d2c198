"""The fund's dated configuration: the sample is right, and wrong files are refused by field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.law.fund import Fund, FundFileInvalid, FundSettingMissing

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "fund.yaml"


def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    return content


def _load(tmp_path: Path, content: dict[str, Any]) -> Fund:
    path = tmp_path / "fund.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return Fund.load(path)


def test_sample_fund() -> None:
    settings = Fund.load(SAMPLE).on(date(2026, 1, 1))
    assert settings.management_fee_rate == Decimal("0.0425")
    assert settings.management_fee_certainty == "inferred"
    assert settings.contributions_account.iban != settings.benefits_account.iban
    assert set(settings.name) == {"fr", "nl", "de"}
    assert settings.policy.reminder_after_days < settings.policy.statement_after_days
    assert settings.policy.statement_after_days < settings.policy.contact_after_days
    assert settings.policy.contact_deadline_days < settings.policy.last_reminder_after_days
    for document in ("letter", "decision", "roll", "warrant"):
        assert settings.signatory_of(document).name
    with pytest.raises(FundFileInvalid, match="nobody signs poems"):
        settings.signatory_of("poems")


def test_two_persons_are_designated_for_the_visa_and_the_warrant() -> None:
    settings = Fund.load(SAMPLE).on(date(2026, 1, 1))
    designated = settings.designated_for("roll", "warrant", on=date(2026, 4, 1))
    assert [person.subject for person in designated] == ["team-lead", "deputy-lead"]
    assert settings.signatory_of("letter") not in designated


def test_settings_change_on_their_date(tmp_path: Path) -> None:
    content = _content()
    content["fund"]["managementFee"].append(
        {"from": date(2026, 7, 1), "rate": "0.0395", "certainty": "published", "source": "test"}
    )
    fund = _load(tmp_path, content)
    assert fund.on(date(2026, 6, 30)).management_fee_rate == Decimal("0.0425")
    assert fund.on(date(2026, 7, 1)).management_fee_rate == Decimal("0.0395")


def test_a_date_before_the_first_entry_is_an_error() -> None:
    with pytest.raises(FundSettingMissing, match="2017-12-31"):
        Fund.load(SAMPLE).on(date(2017, 12, 31))


@pytest.mark.parametrize(
    ("group", "key", "value", "fault"),
    [
        (
            "accounts",
            "contributions",
            {"iban": "BE17999000010174", "bic": "AUXIBEB0"},
            r"accounts\.contributions\.iban",
        ),
        ("accounts", "benefits", None, r"accounts\.benefits"),
        ("identity", "enterpriseNumber", "0999900052", r"identity\.enterpriseNumber"),
        ("identity", "name", {"fr": "seul"}, r"identity\.name"),
        ("managementFee", "rate", 0.0425, r"managementFee\.rate"),
        ("managementFee", "rate", "four", r"managementFee\.rate"),
        ("policy", "payoutDay", "20", r"policy\.payoutDay"),
        ("policy", "payoutDay", 31, r"policy\.payoutDay"),
        ("policy", "refundFileDay", 29, r"policy\.refundFileDay"),
        ("policy", "collectionFileDay", 0, r"policy\.collectionFileDay"),
        ("policy", "planMonthsMax", -1, r"policy\.planMonthsMax"),
        ("signatories", "people", [], r"signatories\.people"),
        ("contact", "email", "", r"contact\.email"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, group: str, key: str, value: Any, fault: str) -> None:
    content = _content()
    content["fund"][group][0][key] = value
    with pytest.raises(FundFileInvalid, match=fault):
        _load(tmp_path, content)


@pytest.mark.parametrize(
    ("left_out", "fault"), [("approvedOn", r"signatories\.approvedOn"), ("subject", r"signatories\.subject")]
)
def test_who_makes_a_roll_enforceable_is_approved_and_known_by_subject(
    tmp_path: Path, left_out: str, fault: str
) -> None:
    content = _content()
    del content["fund"]["signatories"][0]["people"][1][left_out]
    with pytest.raises(FundFileInvalid, match=fault):
        _load(tmp_path, content)


def test_nobody_gives_a_visa_before_the_minister_approved(tmp_path: Path) -> None:
    content = _content()
    people = content["fund"]["signatories"][0]["people"]
    people[1]["approvedOn"], people[2]["approvedOn"] = date(2026, 7, 1), date(2026, 8, 1)
    settings = _load(tmp_path, content).on(date(2026, 6, 30))
    with pytest.raises(FundFileInvalid, match="nobody is designated for roll and warrant"):
        settings.designated_for("roll", "warrant", on=date(2026, 6, 30))
    assert [person.subject for person in settings.designated_for("roll", on=date(2026, 7, 1))] == ["team-lead"]
    assert len(settings.designated_for("warrant", on=date(2026, 6, 30))) == 2


def test_wrong_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FundFileInvalid, match="one map named fund"):
        _load(tmp_path, {"funds": {}})
    content = _content()
    content["fund"]["surprise"] = []
    with pytest.raises(FundFileInvalid, match="surprise"):
        _load(tmp_path, content)
    content = _content()
    del content["fund"]["policy"]
    with pytest.raises(FundFileInvalid, match="policy"):
        _load(tmp_path, content)
    content = _content()
    content["fund"]["contact"].append(content["fund"]["contact"][0])
    with pytest.raises(FundFileInvalid, match="same day"):
        _load(tmp_path, content)
