"""``python -m services.billing.calculator assess|surcharges|company-contribution|bank``."""

from __future__ import annotations

import click

from services.billing.calculator.assess import assess_command
from services.billing.calculator.bank import bank_command
from services.billing.calculator.company import company_command
from services.billing.calculator.surcharges import surcharges_command


@click.group(help="Compute what the law makes of an amount, and say why; no server is needed.")
def calculator() -> None:
    """Hold the verbs of the calculator."""


calculator.add_command(assess_command)
calculator.add_command(surcharges_command)
calculator.add_command(company_command)
calculator.add_command(bank_command)

if __name__ == "__main__":
    calculator(prog_name="./auxilia")
