"""The main job, from a file of people to the bailiff, the droit passerelle and the mutualités."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.journeys.playing import PROJECT, Played, own_environment, play_demo

KEYS = (
    "people",
    "rejected",
    "noticesIssued",
    "billedCents",
    "paymentsMatched",
    "paymentsUnmatched",
    "ledgerSumCents",
    "casesOpened",
    "warrantsServed",
    "claimsDecided",
    "payoutsCents",
    "transmissionsAcknowledged",
    "transmissionsTasked",
    "deadLetters",
    "outputFolder",
)


class TestSummary:
    def test_has_every_key_a_program_reads(self, undisturbed: Played) -> None:
        assert [key for key in KEYS if key not in undisturbed.summary] == []

    def test_everybody_of_the_files_is_affiliated_or_refused(self, undisturbed: Played) -> None:
        # samples/README.md: 210 people and 5 companies the fund can affiliate, 9 people and 1 company it must refuse.
        assert undisturbed.summary["people"] == 210
        assert undisturbed.summary["companies"] == 5
        assert undisturbed.summary["rejected"] == 10
        refused = undisturbed.summary["refusedRows"]
        assert (
            len({(row["file"], row["line"]) for row in refused if row["file"] in ("people.csv", "companies.csv")}) == 10
        )
        assert all(row["field"] and row["rule"] for row in refused)

    def test_the_ledger_adds_up(self, undisturbed: Played) -> None:
        assert undisturbed.summary["ledgerSumCents"] == 0

    def test_the_two_strange_payments_wait_for_a_person(self, undisturbed: Played) -> None:
        # samples/bank/2026-03-31.cod: a reference nobody has, and a payment without any.
        assert undisturbed.summary["paymentsUnmatched"] == 2

    def test_those_who_did_not_pay_had_a_case(self, undisturbed: Played) -> None:
        # Nine did not pay the first quarter in time or in full: 8, 17, 22, 31, 40, 47, 63, 88 and 104.
        assert undisturbed.summary["casesOpened"] >= 9

    def test_the_bailiff_served_those_who_never_paid(self, undisturbed: Played) -> None:
        # 8, 17, 88 and 104 never pay anything; 40 paid half of one quarter and never the rest.
        assert undisturbed.summary["warrantsServed"] == 5

    def test_both_bankruptcies_were_decided_and_paid(self, undisturbed: Played) -> None:
        assert undisturbed.summary["claimsDecided"] == 2
        assert undisturbed.summary["payoutsCents"] > 0
        assert undisturbed.summary["waivedCents"] > 0

    def test_nobody_was_forgotten_by_a_mutualite(self, undisturbed: Played) -> None:
        # The affiliation and the first contribution of the 20 who start in 2026 are told; the mutualites of those who
        # were taken over knew them. Insurer 300 refuses one message, which a person now looks at; everything else was
        # acknowledged in the end, also by insurer 200, whose answers come 45 working days late.
        assert undisturbed.summary["transmissionsTasked"] == 1
        assert undisturbed.summary["transmissionsAcknowledged"] == 39

    def test_no_message_was_unreadable(self, undisturbed: Played) -> None:
        assert undisturbed.summary["deadLetters"] == 0


class TestOutput:
    def test_every_notice_became_a_letter(self, undisturbed: Played) -> None:
        letters = [name for name in undisturbed.letters() if name.startswith("notices/")]
        assert len(letters) == undisturbed.summary["noticesIssued"]

    def test_letters_come_in_three_languages(self, undisturbed: Played) -> None:
        languages = {
            Path(name).stem.rpartition("-")[2] for name in undisturbed.letters() if name.startswith("notices/")
        }
        assert languages == {"de", "fr", "nl"}

    def test_a_bank_file_was_written(self, undisturbed: Played) -> None:
        assert any(name.endswith(".xml") for name in undisturbed.letters())


class TestASecondRun:
    def test_changes_nothing_and_says_so(self, undisturbed: Played) -> None:
        state, letters = undisturbed.state(), undisturbed.letters()
        again = play_demo(undisturbed.instance.name, undisturbed.output.parent)
        assert again.summary["changed"] is False
        assert {**again.summary, "changed": True} == undisturbed.summary
        assert undisturbed.state() == state
        assert undisturbed.letters() == letters


class TestAuditTrail:
    def test_is_whole_after_a_year(self, undisturbed: Played) -> None:
        for service in ("affiliation", "billing", "recovery", "benefits"):
            done = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-P", "-m", "shared.platform.people.audit", "verify", service],
                check=False,
                capture_output=True,
                text=True,
                cwd=PROJECT,
                env=own_environment() | undisturbed.instance.environment() | {"PYTHONPATH": str(PROJECT)},
            )
            assert done.returncode == 0, done.stdout + done.stderr
