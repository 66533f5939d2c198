"""``python -m shared.law``: the law data on the command line."""

from __future__ import annotations

from shared.law.cli import law

if __name__ == "__main__":
    law(prog_name="./auxilia law")
