"""The fund's own identity and policy: dated configuration, read from one file and checked.

What the law leaves to the fund (its management fee, when it reminds, how long a plan may last) is configuration and
not law data; it is dated in the same way, because a letter of last year shows last year's address and fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml

from shared.law.identifiers import EnterpriseNumber, Iban, InvalidIdentifier

LANGUAGES: Final = ("fr", "nl", "de")
_GROUPS: Final = ("identity", "address", "accounts", "managementFee", "signatories", "contact", "policy")

#: Acts that only designated persons do, so the file says under which subject each of them signs in.
_DESIGNATED: Final = ("roll", "warrant")
#: The last day of the month that every month has.
_DAY_MAX: Final = 28
_MONTHS: Final = 12


class FundFileInvalid(ValueError):
    """The fund's configuration is not as it should be; the message names the field and the fault."""


class FundSettingMissing(LookupError):
    """A part of the fund's configuration has no value on a date."""

    def __init__(self, group: str, on: date) -> None:
        super().__init__(f"the fund's {group} has no value on {on.isoformat()}")
        self.group = group
        self.on = on


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account of the fund."""

    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class FundAddress:
    """The fund's seat; street and city have a form per language."""

    street: Mapping[str, str]
    house_number: str
    postal_code: str
    city: Mapping[str, str]
    country: str


@dataclass(frozen=True, slots=True)
class Signatory:
    """A person who signs for the fund, with a title per language.

    Attributes:
        subject: under which this person signs in; needed to make a roll enforceable or to issue a warrant, so that
            the name on the paper is the name of who did it.
        approved_on: day from which the Minister approved this person for the executory visa (RGS art. 47bis par. 3).
    """

    name: str
    title: Mapping[str, str]
    signs: tuple[str, ...]
    subject: str = ""
    approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class FundContact:
    """Whom people ask."""

    telephone: str
    email: str
    website: str
    opening_hours: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FundPolicy:
    """What the fund decided by itself; days are calendar days after the end of the quarter unless named otherwise."""

    reminder_after_days: int
    statement_after_days: int
    contact_after_days: int
    contact_deadline_days: int
    last_reminder_after_days: int
    roll_after_days: int
    roll_payment_days: int
    review_after_days: int
    post_silent_after_days: int
    bailiff_silent_after_days: int
    hold_days_max: int
    hold_pending_right_days_max: int
    plan_months_max: int
    plan_extended_months_max: int
    plan_instalment_cents_min: int
    payout_day: int
    refund_file_day: int
    collection_file_day: int
    company_notice_month: int
    acknowledgement_working_days: int
    task_due_working_days: int


@dataclass(frozen=True, slots=True)
class FundSettings:
    """The fund as it is on one day."""

    number: str
    enterprise_number: str
    name: Mapping[str, str]
    short_name: Mapping[str, str]
    address: FundAddress
    contributions_account: BankAccount
    benefits_account: BankAccount
    management_fee_rate: Decimal
    management_fee_certainty: str
    management_fee_source: str
    signatories: tuple[Signatory, ...]
    contact: FundContact
    policy: FundPolicy

    def signatory_of(self, document: str) -> Signatory:
        """Give the person who signs a kind of document (``warrant``, ``roll``, ``decision``, ``letter``).

        Raises ``FundFileInvalid`` when nobody was designated.
        """
        for signatory in self.signatories:
            if document in signatory.signs:
                return signatory
        raise FundFileInvalid(f"signatories: nobody signs {document}")

    def designated_for(self, *documents: str, on: date) -> tuple[Signatory, ...]:
        """Give the persons designated for all of some acts (``roll``, ``warrant``), with the approval they need.

        Raises ``FundFileInvalid`` when nobody is.
        """
        found = tuple(
            person
            for person in self.signatories
            if person.subject
            and all(document in person.signs for document in documents)
            and ("roll" not in documents or (person.approved_on is not None and person.approved_on <= on))
        )
        if not found:
            raise FundFileInvalid(f"signatories: nobody is designated for {' and '.join(documents)}")
        return found


@dataclass(frozen=True, slots=True)
class Fund:
    """The fund's configuration over time."""

    groups: Mapping[str, tuple[Mapping[str, Any], ...]]

    @classmethod
    def load(cls, path: Path) -> Fund:
        """Read and check the configuration; raises ``FundFileInvalid`` naming the field and the fault."""
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("fund"), dict):
            raise FundFileInvalid("the file holds one map named fund")
        raw = content["fund"]
        unknown = sorted(set(raw) - set(_GROUPS))
        if unknown:
            raise FundFileInvalid(f"{unknown[0]}: unknown part of the configuration")
        fund = cls(groups={group: _entries(raw, group) for group in _GROUPS})
        for starts_on in sorted({entry["from"] for entries in fund.groups.values() for entry in entries}):
            if all(any(entry["from"] <= starts_on for entry in entries) for entries in fund.groups.values()):
                fund.on(starts_on)
        return fund

    def on(self, day: date) -> FundSettings:
        """Give the fund as it is on a day.

        Raises ``FundSettingMissing`` naming the part without a value, ``FundFileInvalid`` for a wrong value.
        """
        identity = self._entry("identity", day)
        accounts = self._entry("accounts", day)
        fee = self._entry("managementFee", day)
        return FundSettings(
            number=_text(identity, "identity", "number"),
            enterprise_number=_enterprise_number(identity),
            name=_per_language(identity, "identity", "name"),
            short_name=_per_language(identity, "identity", "shortName"),
            address=_address(self._entry("address", day)),
            contributions_account=_account(accounts, "contributions"),
            benefits_account=_account(accounts, "benefits"),
            management_fee_rate=_decimal(fee, "managementFee", "rate"),
            management_fee_certainty=_text(fee, "managementFee", "certainty"),
            management_fee_source=_text(fee, "managementFee", "source"),
            signatories=_signatories(self._entry("signatories", day)),
            contact=_contact(self._entry("contact", day)),
            policy=_policy(self._entry("policy", day)),
        )

    def payout_days(self) -> tuple[int, ...]:
        """Give every day of the month on which benefits are paid at some time; the policy of a day says which counts.

        Raises ``FundFileInvalid`` for a policy that is not complete.
        """
        return tuple(sorted({_policy(entry).payout_day for entry in self.groups["policy"]}))

    def refund_file_days(self) -> tuple[int, ...]:
        """Give every day of the month on which a file of refunds is made at some time; errors as above."""
        return tuple(sorted({_policy(entry).refund_file_day for entry in self.groups["policy"]}))

    def collection_file_days(self) -> tuple[int, ...]:
        """Give every day of the month on which a file of direct debits is made at some time; errors as above."""
        return tuple(sorted({_policy(entry).collection_file_day for entry in self.groups["policy"]}))

    def _entry(self, group: str, day: date) -> Mapping[str, Any]:
        current: Mapping[str, Any] | None = None
        for entry in self.groups[group]:
            if entry["from"] <= day:
                current = entry
        if current is None:
            raise FundSettingMissing(group, day)
        return current


def _entries(raw: Mapping[str, Any], group: str) -> tuple[Mapping[str, Any], ...]:
    entries = raw.get(group)
    if not isinstance(entries, list) or not entries:
        raise FundFileInvalid(f"{group}: at least one dated entry is needed")
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("from"), date):
            raise FundFileInvalid(f"{group}: every entry has a date under from")
    ordered = tuple(sorted(entries, key=lambda entry: entry["from"]))
    if len({entry["from"] for entry in ordered}) != len(ordered):
        raise FundFileInvalid(f"{group}: two entries begin on the same day")
    return ordered


def _text(entry: Mapping[str, Any], group: str, key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FundFileInvalid(f"{group}.{key}: a text is missing")
    return value


def _per_language(entry: Mapping[str, Any], group: str, key: str) -> Mapping[str, str]:
    texts = entry.get(key)
    if not isinstance(texts, dict) or any(not isinstance(texts.get(language), str) for language in LANGUAGES):
        raise FundFileInvalid(f"{group}.{key}: a text in fr, nl and de is missing")
    return {language: texts[language] for language in LANGUAGES}


def _decimal(entry: Mapping[str, Any], group: str, key: str) -> Decimal:
    try:
        return Decimal(_text(entry, group, key))
    except InvalidOperation:
        raise FundFileInvalid(f"{group}.{key}: a quoted decimal number is expected") from None


def _enterprise_number(identity: Mapping[str, Any]) -> str:
    try:
        return str(EnterpriseNumber(_text(identity, "identity", "enterpriseNumber")))
    except InvalidIdentifier as error:
        raise FundFileInvalid(f"identity.enterpriseNumber: {error}") from None


def _account(accounts: Mapping[str, Any], key: str) -> BankAccount:
    entry = accounts.get(key)
    if not isinstance(entry, dict):
        raise FundFileInvalid(f"accounts.{key}: an account is missing")
    try:
        iban = str(Iban(_text(entry, f"accounts.{key}", "iban")))
    except InvalidIdentifier as error:
        raise FundFileInvalid(f"accounts.{key}.iban: {error}") from None
    return BankAccount(iban=iban, bic=_text(entry, f"accounts.{key}", "bic"))


def _address(entry: Mapping[str, Any]) -> FundAddress:
    return FundAddress(
        street=_per_language(entry, "address", "street"),
        house_number=_text(entry, "address", "houseNumber"),
        postal_code=_text(entry, "address", "postalCode"),
        city=_per_language(entry, "address", "city"),
        country=_text(entry, "address", "country"),
    )


def _signatories(entry: Mapping[str, Any]) -> tuple[Signatory, ...]:
    people = entry.get("people")
    if not isinstance(people, list) or not people:
        raise FundFileInvalid("signatories.people: at least one person is needed")
    return tuple(_signatory(person) for person in people)


def _signatory(person: Mapping[str, Any]) -> Signatory:
    signs = tuple(person.get("signs", ()))
    designated = [document for document in _DESIGNATED if document in signs]
    approved_on = person.get("approvedOn")
    if "roll" in designated and not isinstance(approved_on, date):
        raise FundFileInvalid(
            "signatories.approvedOn: the day of the Minister's approval is missing for who signs roll"
        )
    return Signatory(
        name=_text(person, "signatories", "name"),
        title=_per_language(person, "signatories", "title"),
        signs=signs,
        subject=_text(person, "signatories", "subject") if designated else "",
        approved_on=approved_on,
    )


def _contact(entry: Mapping[str, Any]) -> FundContact:
    return FundContact(
        telephone=_text(entry, "contact", "telephone"),
        email=_text(entry, "contact", "email"),
        website=_text(entry, "contact", "website"),
        opening_hours=_per_language(entry, "contact", "openingHours"),
    )


def _policy(entry: Mapping[str, Any]) -> FundPolicy:
    names = {
        "reminder_after_days": "reminderAfterDays",
        "statement_after_days": "statementAfterDays",
        "contact_after_days": "contactAfterDays",
        "contact_deadline_days": "contactDeadlineDays",
        "last_reminder_after_days": "lastReminderAfterDays",
        "roll_after_days": "rollAfterDays",
        "roll_payment_days": "rollPaymentDays",
        "review_after_days": "reviewAfterDays",
        "post_silent_after_days": "postSilentAfterDays",
        "bailiff_silent_after_days": "bailiffSilentAfterDays",
        "hold_days_max": "holdDaysMax",
        "hold_pending_right_days_max": "holdPendingRightDaysMax",
        "plan_months_max": "planMonthsMax",
        "plan_extended_months_max": "planExtendedMonthsMax",
        "plan_instalment_cents_min": "planInstalmentCentsMin",
        "payout_day": "payoutDay",
        "refund_file_day": "refundFileDay",
        "collection_file_day": "collectionFileDay",
        "company_notice_month": "companyNoticeMonth",
        "acknowledgement_working_days": "acknowledgementWorkingDays",
        "task_due_working_days": "taskDueWorkingDays",
    }
    values: dict[str, int] = {}
    for attribute, key in names.items():
        value = entry.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise FundFileInvalid(f"policy.{key}: a whole number is missing")
        values[attribute] = value
    for attribute in ("payout_day", "refund_file_day", "collection_file_day"):
        if not 1 <= values[attribute] <= _DAY_MAX:
            raise FundFileInvalid(f"policy.{names[attribute]}: a day from 1 to {_DAY_MAX}, which every month has")
    if not 1 <= values["company_notice_month"] <= _MONTHS:
        raise FundFileInvalid(f"policy.companyNoticeMonth: a month from 1 to {_MONTHS}")
    return FundPolicy(**values)
