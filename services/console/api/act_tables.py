"""The forms of the pages: where each is sent, which service is asked, and what is sent on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True)
class Act:
    """A form of the pages.

    Attributes:
        route: where the form is sent; its parts in braces also fill the others.
        target: the path at the service.
        back: the page shown afterwards.
        service: who is asked, empty when the route names it.
        fields: the texts that are sent on, those left blank are not.
        many: fields with several values.
        method: how the service is asked.
        cents: fields with amounts that are typed in euros and sent in cents.
        numbers: fields with whole numbers.
        fixed: what is sent with every form, parts in braces filled.
        again: the page that is shown again when a field is wrong, empty where a page of its own says so.
    """

    route: str
    target: str
    back: str
    service: str = ""
    fields: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    method: Literal["POST", "DELETE"] = "POST"
    cents: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    fixed: Mapping[str, str | bool] = field(default_factory=dict)
    again: str = ""

    @property
    def says_something(self) -> bool:
        """Return whether the service expects a body."""
        return bool(self.fields or self.many or self.cents or self.numbers or self.fixed)


_WORK: Final = (
    Act("/tasks/{service}/{id:uuid}/resolve", "/v1/tasks/{id}/resolve", "/tasks", fields=("resolution",)),
    Act(
        "/approvals/{service}/{id:uuid}/decide",
        "/v1/approvals/{id}/decide",
        "/approvals",
        fields=("decision", "reason"),
    ),
    Act(
        "/cases/{id:uuid}/contacts",
        "/v1/cases/{id}/contacts",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("madeOn", "channel", "outcome", "note"),
    ),
    Act(
        "/cases/{id:uuid}/contests",
        "/v1/cases/{id}/contests",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("sentOn",),
        many=("quarters",),
    ),
    Act(
        "/cases/{id:uuid}/oppositions",
        "/v1/cases/{id}/oppositions",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("lodgedOn",),
    ),
    Act(
        "/cases/{id:uuid}/oppositionJudgments",
        "/v1/cases/{id}/oppositionJudgments",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("judgedOn", "judgment"),
    ),
    Act(
        "/cases/{id:uuid}/holds",
        "/v1/cases/{id}/holds",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("reason", "until", "legalBasis"),
    ),
    Act(
        "/cases/{id:uuid}/holds/{hold:uuid}/lift",
        "/v1/cases/{id}/holds/{hold}",
        "/cases/{id}",
        service="recovery",
        again="case",
        method="DELETE",
    ),
    Act(
        "/cases/{id:uuid}/resumptions",
        "/v1/cases/{id}/resumptions",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("decision", "reason"),
    ),
    Act(
        "/cases/{id:uuid}/lateServices/{mandate:uuid}/decision",
        "/v1/cases/{id}/lateServices/{mandate}/decision",
        "/cases/{id}",
        service="recovery",
        again="case",
        fields=("decision", "reason"),
    ),
    Act(
        "/claims/{id:uuid}/letterSettlements",
        "/v1/claims/{id}/letterSettlements",
        "/claims/{id}",
        service="benefits",
        again="claim",
        fields=("decision", "reason"),
    ),
    Act(
        "/claims/{id:uuid}/decision",
        "/v1/claims/{id}/decision",
        "/claims/{id}",
        service="benefits",
        again="claim",
        fields=("outcome", "assessmentId", "reason"),
    ),
    Act(
        "/transmissions/{id:uuid}/resolutions",
        "/v1/transmissions/{id}/resolutions",
        "/transmissions/{id}",
        service="benefits",
        again="transmission",
        fields=("action", "insurer", "reason"),
    ),
    Act(
        "/payouts/{id:uuid}/releases",
        "/v1/payouts/{id}/releases",
        "/tasks",
        service="benefits",
        fields=("reason",),
    ),
    Act(
        "/runs/{id:uuid}/orders",
        "/v1/billingRuns/{id}/orders",
        "/runs/{id}",
        service="billing",
        fields=("order",),
    ),
    Act("/trials", "/v1/billingTrials", "/trials", service="billing", fields=("quarter",), again="trials"),
    Act("/deadLetters/{service}/{id:uuid}/replay", "/v1/deadLetters/{id}/replay", "/deadLetters"),
    Act("/deadLetters/{service}/{id:uuid}/requestDiscard", "/v1/deadLetters/{id}/requestDiscard", "/deadLetters"),
    Act("/deadLetters/{service}/{id:uuid}/discard", "/v1/deadLetters/{id}/discard", "/deadLetters"),
)

#: What is done on the pages of a dossier.
_DOSSIER: Final = (
    Act(
        "/dossiers/{dossier:uuid}/contributionRequests",
        "/v1/contributionRequests",
        "/dossiers/{dossier}/outlook",
        service="billing",
        fields=("kind",),
        many=("evidence",),
        cents=("estimateCents",),
        numbers=("year",),
        fixed={"dossier": "{dossier}"},
        again="outlook",
    ),
    Act(
        "/dossiers/{dossier:uuid}/contributionRequests/{id:uuid}/decision",
        "/v1/contributionRequests/{id}/decision",
        "/dossiers/{dossier}/outlook",
        service="billing",
        fields=("outcome", "reason"),
        again="outlook",
    ),
    Act(
        "/dossiers/{dossier:uuid}/channel",
        "/v1/channelChoices",
        "/dossiers/{dossier}",
        service="affiliation",
        fields=("channel", "chosenOn"),
        fixed={"dossier": "{dossier}"},
        again="dossier",
    ),
    Act(
        "/dossiers/{dossier:uuid}/accountStatements",
        "/v1/accountStatements",
        "/dossiers/{dossier}",
        service="billing",
        fixed={"dossier": "{dossier}"},
        again="account",
    ),
    Act(
        "/dossiers/{dossier:uuid}/mandates",
        "/v1/mandates",
        "/dossiers/{dossier}/account",
        service="billing",
        fields=("reference", "iban", "signedOn"),
        fixed={"dossier": "{dossier}"},
        again="account",
    ),
    Act(
        "/dossiers/{dossier:uuid}/mandates/{id:uuid}/revocation",
        "/v1/mandates/{id}/revocation",
        "/dossiers/{dossier}/account",
        service="billing",
    ),
    Act(
        "/dossiers/{dossier:uuid}/refunds",
        "/v1/refundOrders",
        "/dossiers/{dossier}/account",
        service="billing",
        fields=("reason",),
        cents=("amountCents",),
        fixed={"dossier": "{dossier}"},
        again="account",
    ),
)

#: What a second person says, or asks of another.
_SECOND: Final = (
    Act(
        "/dossiers/{dossier:uuid}/reliefs/{id:uuid}/decision",
        "/v1/contributionReliefs/{id}/decision",
        "/dossiers/{dossier}/decisions",
        service="benefits",
        fields=("decision", "reason"),
        again="decisions",
    ),
    Act(
        "/bankRuns/{id:uuid}/withdrawal",
        "/v1/bankOrderRuns/{id}/withdrawal",
        "/bankRuns/{id}",
        service="billing",
        fields=("reason",),
        again="bankRun",
    ),
    Act(
        "/payoutRuns/{id:uuid}/withdrawal",
        "/v1/payoutRuns/{id}/withdrawal",
        "/payoutRuns/{id}",
        service="benefits",
        fields=("reason",),
        again="payoutRun",
    ),
)

#: What is asked of runs, of files for the bank and of what waits for operators.
_RUNS: Final = (
    Act(
        "/runs",
        "/v1/billingRuns",
        "/runs",
        service="billing",
        fields=("quarter",),
        numbers=("canary", "waveSize"),
        again="runs",
    ),
    Act(
        "/runs/{id:uuid}/parked",
        "/v1/billingRuns",
        "/runs",
        service="billing",
        fields=("quarter",),
        fixed={"retryParked": True},
        again="run",
    ),
    Act("/closings", "/v1/quarterClosings", "/closings", service="billing", fields=("quarter",), again="closings"),
    Act(
        "/companyRuns",
        "/v1/companyContributionRuns",
        "/companyRuns",
        service="billing",
        numbers=("year",),
        again="companyRuns",
    ),
    Act(
        "/companyIncreases",
        "/v1/companyIncreases",
        "/companyRuns",
        service="billing",
        fields=("month",),
        again="companyRuns",
    ),
    Act(
        "/bankRuns",
        "/v1/bankOrderRuns",
        "/bankRuns",
        service="billing",
        fields=("kind", "collectionOn"),
        again="bankRuns",
    ),
    Act(
        "/bankRuns/{id:uuid}/orders/{order:uuid}/releases",
        "/v1/bankOrders/{order}/releases",
        "/bankRuns/{id}",
        service="billing",
        fields=("reason",),
        again="bankRun",
    ),
    Act(
        "/payerExclusions/{exclusion:int}/lifting",
        "/v1/payerExclusions/{exclusion}/lifting",
        "/payerExclusions",
        service="billing",
        fields=("reason",),
        again="payerExclusions",
    ),
    Act("/dispatches/{service}/{dispatch:int}/tryAgain", "/v1/dispatches/{dispatch}/tryAgain", "/dispatches"),
)

ACTS: Final = (*_WORK, *_DOSSIER, *_SECOND, *_RUNS)
