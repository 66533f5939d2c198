"""Each form of the pages: what is typed, the one call it must be, and the page it leads back to."""

from __future__ import annotations

from typing import Any

from tests.console.world import DOSSIER

ID = str(DOSSIER)
#: Route, what is sent on (amounts are typed in euros), the call, the page afterwards.
DONE: list[tuple[str, dict[str, Any], tuple[str, str, str], str]] = [
    ("/tasks/billing/{}/resolve", {"resolution": "done"}, ("billing", "POST", "/tasks/{taskId}/resolve"), "/tasks"),
    (
        "/approvals/recovery/{}/decide",
        {"decision": "approved", "reason": "checked"},
        ("recovery", "POST", "/approvals/{approvalId}/decide"),
        "/approvals",
    ),
    (
        "/cases/{}/contacts",
        {"madeOn": "2026-06-01", "channel": "telephone", "outcome": "reached"},
        ("recovery", "POST", "/cases/{caseId}/contacts"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/contests",
        {"sentOn": "2026-06-01", "quarters": ["2026Q1", "2026Q2"]},
        ("recovery", "POST", "/cases/{caseId}/contests"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/oppositions",
        {"lodgedOn": "2026-09-30"},
        ("recovery", "POST", "/cases/{caseId}/oppositions"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/oppositionJudgments",
        {"judgedOn": "2026-10-09", "judgment": "rejected"},
        ("recovery", "POST", "/cases/{caseId}/oppositionJudgments"),
        "/cases/" + ID,
    ),
    (
        "/cases/{}/holds",
        {"reason": "hardship", "until": "2026-07-01", "legalBasis": "RGS art. 46"},
        ("recovery", "POST", "/cases/{caseId}/holds"),
        "/cases/" + ID,
    ),
    ("/cases/{}/holds/{}/lift", {}, ("recovery", "DELETE", "/cases/{caseId}/holds/{holdId}"), "/cases/" + ID),
    (
        "/cases/{}/resumptions",
        {"decision": "tryAgain", "reason": "new address"},
        ("recovery", "POST", "/cases/{caseId}/resumptions"),
        "/cases/" + ID,
    ),
    (
        f"/cases/{{}}/lateServices/{ID}/decision",
        {"decision": "bearByFund", "reason": "the fund withdrew too late"},
        ("recovery", "POST", "/cases/{caseId}/lateServices/{mandateId}/decision"),
        "/cases/" + ID,
    ),
    (
        "/claims/{}/letterSettlements",
        {"decision": "tryAgain", "reason": "the address was another"},
        ("benefits", "POST", "/claims/{claimId}/letterSettlements"),
        "/claims/" + ID,
    ),
    (
        "/claims/{}/decision",
        {"outcome": "refused", "assessmentId": ID, "reason": "four quarters are not paid"},
        ("benefits", "POST", "/claims/{claimId}/decision"),
        "/claims/" + ID,
    ),
    (
        "/transmissions/{}/resolutions",
        {"action": "resend", "insurer": "300", "reason": "the person changed insurer"},
        ("benefits", "POST", "/transmissions/{transmissionId}/resolutions"),
        "/transmissions/" + ID,
    ),
    (
        "/payouts/{}/releases",
        {"reason": "the bank has the new account"},
        ("benefits", "POST", "/payouts/{payoutId}/releases"),
        "/tasks",
    ),
    (
        "/deadLetters/benefits/{}/requestDiscard",
        {},
        ("benefits", "POST", "/deadLetters/{deadLetterId}/requestDiscard"),
        "/deadLetters",
    ),
    (
        "/deadLetters/benefits/{}/discard",
        {},
        ("benefits", "POST", "/deadLetters/{deadLetterId}/discard"),
        "/deadLetters",
    ),
    (
        "/runs/{}/orders",
        {"order": "pause"},
        ("billing", "POST", "/billingRuns/{runId}/orders"),
        "/runs/" + ID,
    ),
    ("/trials", {"quarter": "2026Q1"}, ("billing", "POST", "/billingTrials"), "/trials"),
    (
        f"/dossiers/{ID}/contributionRequests",
        {"kind": "reduction", "year": 2026, "estimateCents": 1_500_000, "evidence": ["vatReturns"], "dossier": ID},
        ("billing", "POST", "/contributionRequests"),
        f"/dossiers/{ID}/outlook",
    ),
    (
        f"/dossiers/{ID}/contributionRequests/{{}}/decision",
        {"outcome": "refused", "reason": "evidenceInsufficient"},
        ("billing", "POST", "/contributionRequests/{requestId}/decision"),
        f"/dossiers/{ID}/outlook",
    ),
    (
        f"/dossiers/{ID}/channel",
        {"channel": "eBox", "chosenOn": "2026-05-04", "dossier": ID},
        ("affiliation", "POST", "/channelChoices"),
        f"/dossiers/{ID}",
    ),
    (
        f"/dossiers/{ID}/accountStatements",
        {"dossier": ID},
        ("billing", "POST", "/accountStatements"),
        f"/dossiers/{ID}",
    ),
    (
        f"/dossiers/{ID}/mandates",
        {"reference": "M-1", "iban": "BE71096123456769", "signedOn": "2026-05-04", "dossier": ID},
        ("billing", "POST", "/mandates"),
        f"/dossiers/{ID}/account",
    ),
    (
        f"/dossiers/{ID}/mandates/{{}}/revocation",
        {},
        ("billing", "POST", "/mandates/{mandateId}/revocation"),
        f"/dossiers/{ID}/account",
    ),
    (
        f"/dossiers/{ID}/refunds",
        {"reason": "paid twice in May", "amountCents": 12_345, "dossier": ID},
        ("billing", "POST", "/refundOrders"),
        f"/dossiers/{ID}/account",
    ),
    (
        "/deadLetters/benefits/{}/replay",
        {},
        ("benefits", "POST", "/deadLetters/{deadLetterId}/replay"),
        "/deadLetters",
    ),
    (
        "/runs",
        {"quarter": "2026Q1", "canary": 100, "waveSize": 5000},
        ("billing", "POST", "/billingRuns"),
        "/runs",
    ),
    ("/runs/{}/parked", {"quarter": "2026Q1", "retryParked": True}, ("billing", "POST", "/billingRuns"), "/runs"),
    ("/closings", {"quarter": "2026Q1"}, ("billing", "POST", "/quarterClosings"), "/closings"),
    ("/companyRuns", {"year": 2025}, ("billing", "POST", "/companyContributionRuns"), "/companyRuns"),
    ("/companyIncreases", {"month": "2026-05-01"}, ("billing", "POST", "/companyIncreases"), "/companyRuns"),
    (
        "/bankRuns",
        {"kind": "directDebit", "collectionOn": "2026-07-01"},
        ("billing", "POST", "/bankOrderRuns"),
        "/bankRuns",
    ),
    (
        f"/bankRuns/{ID}/orders/{{}}/releases",
        {"reason": "the account was corrected"},
        ("billing", "POST", "/bankOrders/{orderId}/releases"),
        f"/bankRuns/{ID}",
    ),
    (
        "/payerExclusions/7/lifting",
        {"reason": "the daughter pays for both"},
        ("billing", "POST", "/payerExclusions/{exclusionId}/lifting"),
        "/payerExclusions",
    ),
    ("/dispatches/recovery/7/tryAgain", {}, ("recovery", "POST", "/dispatches/{dispatchId}/tryAgain"), "/dispatches"),
    (
        f"/dossiers/{ID}/reliefs/{{}}/decision",
        {"decision": "confirmed", "reason": "the letter of the insurer says so"},
        ("benefits", "POST", "/contributionReliefs/{reliefId}/decision"),
        f"/dossiers/{ID}/decisions",
    ),
    (
        "/bankRuns/{}/withdrawal",
        {"reason": "the bank refuses the file"},
        ("billing", "POST", "/bankOrderRuns/{runId}/withdrawal"),
        f"/bankRuns/{ID}",
    ),
    (
        "/payoutRuns/{}/withdrawal",
        {"reason": "the bank refuses the file"},
        ("benefits", "POST", "/payoutRuns/{runId}/withdrawal"),
        f"/payoutRuns/{ID}",
    ),
]
