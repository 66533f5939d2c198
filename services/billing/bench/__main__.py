"""``python -m services.billing.bench assess``: every bench of this service."""

from __future__ import annotations

import click

from services.billing.bench.assess import assess_bench
from services.billing.bench.billing import billing_bench
from services.billing.bench.payments import payments_bench


@click.group(
    help="Measure how fast billing is, beside a yardstick measured in the same run.\n\n"
    "The figures of two runs can only be compared by their ratios: machines and their other work differ."
)
def bench() -> None:
    """Hold the benches."""


bench.add_command(assess_bench)
bench.add_command(billing_bench)
bench.add_command(payments_bench)

if __name__ == "__main__":
    bench(prog_name="./auxilia bench")
