"""How much open work sleeps, as the metrics page of each service counts it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.state import InstanceState

_METRIC: Final = "auxilia_sleeping"
_SECONDS: Final = 6.0


def count_sleeping(state: InstanceState) -> dict[str, dict[str, int]]:
    """Ask every service of an instance that is up; one that does not answer, or has not counted yet, is left out.

    Returns:
        For each service how many of each kind of open work sleep.
    """
    services = {one.name: one.url for one in state.processes if one.kind == "service" and one.url is not None}
    with ThreadPoolExecutor(max_workers=max(1, len(services))) as workers:
        pages = dict(zip(services, workers.map(_metrics_page, services.values()), strict=True))
    found = {name: sleeping_of(page) for name, page in pages.items()}
    return {name: counts for name, counts in found.items() if counts}


def sleeping_of(page: str) -> dict[str, int]:
    """Read the counts out of a metrics page in Prometheus' text format."""
    return {
        sample.labels["what"]: int(sample.value)
        for family in text_string_to_metric_families(page)
        if family.name == _METRIC
        for sample in family.samples
    }


def _metrics_page(url: str) -> str:
    try:
        answer = httpx.get(f"{url}/metrics", timeout=_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return ""
    return answer.text if answer.is_success else ""
