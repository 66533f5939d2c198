"""Files of cases, read as whole columns: a wrong row is named by line, field and rule and does not hold up the others.

A row stands on one line, which a line feed ends. A file without the right columns, with carriage returns that end no
line, or that is not UTF-8, is refused whole: then nothing in it can be trusted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import polars as pl

from services.billing.assessment.rules import IncomeBasis
from services.billing.calculator.applicable import CHOICES, names_of
from services.billing.calculator.names import CATEGORIES
from shared.contracts.vocabulary import Category

NEEDED: Final = ("id", "year", "quarter", "category", "income", "fee_rate")
OPTIONAL: Final = ("basis", "quarters_subject", "first_quarter", "political_mandate", "opt_out")
#: Where a row that has more fields than the file has columns shows it: such as an income with a comma, unquoted.
_SURPLUS: Final = "+"
#: Whether the quotes of a row do not enclose whole fields; its surplus is then the whole row.
_MISQUOTED: Final = "misquoted"
#: How the columns that are not read are called, with their place: they can have any name, or one twice.
_NOT_READ: Final = "not read "
_YES: Final = ("1", "true", "yes")
_NO: Final = ("", "0", "false", "no")
#: What spreadsheets of languages with a decimal comma put between columns.
_SEMICOLON: Final = ";"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LONE_RETURN: Final = re.compile(rb"\r(?![\r\n]|\Z)")
#: A line whose quotes enclose whole fields, each closed on that line (RFC 4180).
_WELL_QUOTED: Final = re.compile(r'(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*')
_FLAGS: Final = {
    "first_quarter": "first_quarter",
    "political_mandate": "political_mandate",
    "opt_out": "old_age_opt_out",
}

#: What ``read_cases`` gives: the input columns of the assessment, and where and why a row was refused.
FAULT_COLUMNS: Final = ("problem", "field", "rule")


def read_cases(path: Path) -> pl.DataFrame:
    """Read a CSV of cases into columns: ``line``, ``id``, ``year``, ``quarter`` and the input of the assessment.

    A row that is wrong has ``problem``, ``field`` and ``rule``; the first fault of a row is the one that is told. A
    file that cannot be trusted at all ends the command with its fault.
    """
    content = path.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path.name} is not UTF-8 (byte {error.start})") from error
    lone = _LONE_RETURN.search(content)
    if lone is not None:
        line = content.count(b"\n", 0, lone.start()) + 1
        raise click.UsageError(
            f"{path.name}: line {line} has a carriage return that ends no line; end each line with a line feed"
        )
    header, _, body = content.partition(b"\n")
    columns = _columns(path, header.decode("utf-8"))
    schema = dict.fromkeys((*columns, _SURPLUS), pl.String)
    if not body.strip():
        return _read(pl.DataFrame(schema=schema).with_columns(pl.lit(value=False).alias(_MISQUOTED)))
    try:
        rows = pl.read_csv(
            body,
            has_header=False,
            schema=schema,
            extra_columns="ignore",
            missing_columns="insert",
            empty_string_is_null=False,
        ).with_columns(pl.lit(value=False).alias(_MISQUOTED))
    except pl.exceptions.ComputeError:  # a quote that is not closed, or not closed where a field ends
        return _read(_line_by_line(body.decode("utf-8"), columns))
    if b'"' in body and rows.height != body.count(b"\n") + (not body.endswith(b"\n")):  # a quote went over a line end
        rows = _line_by_line(body.decode("utf-8"), columns)
    return _read(rows)


def _line_by_line(body: str, columns: list[str]) -> pl.DataFrame:
    """Read each line for itself, so that one with a misplaced quote is refused alone."""
    schema: dict[str, type[pl.DataType]] = {**dict.fromkeys((*columns, _SURPLUS), pl.String), _MISQUOTED: pl.Boolean}
    rows: list[list[str | bool]] = []
    lines = [line.removesuffix("\r") for line in body.split("\n")]
    continued = _continued(lines)
    for number, line in enumerate(lines):
        misquoted = number in continued or not _WELL_QUOTED.fullmatch(line)
        try:
            fields = next(csv.reader([line]), [])
        except csv.Error as error:  # a field longer than any that is meant
            raise click.UsageError(f"line {number + 2} can't be read: {error}") from error
        filled = [*fields, *[""] * (len(columns) - len(fields))][: len(columns)]
        rows.append([*filled, line if misquoted else ",".join(fields[len(columns) :]), misquoted])
    return pl.DataFrame(rows, schema=schema, orient="row")


def _continued(lines: Sequence[str]) -> set[int]:
    """Give the places of the lines over which a quote goes on that an earlier line opened, with those two.

    A quote that is not closed spoils its own line alone, unless the next quote of a later line closes it: one that a
    comma or the end of its line follows.
    """
    found: set[int] = set()
    opened: int | None = None
    for number, line in enumerate(lines):
        if '"' not in line:
            continue
        if opened is not None and re.match(r'[^"]*"(?:,|$)', line):
            found.update(range(opened, number + 1))
        # Doubled or enclosing, the quotes of a line that leaves none open are even.
        opened = number if line.count('"') % 2 and number not in found else None
    return found


def _columns(path: Path, header: str) -> list[str]:
    header = header.rstrip("\r")
    if not _WELL_QUOTED.fullmatch(header):
        raise click.UsageError(f"{path.name} has a quote in its first line that does not enclose a whole name")
    columns = [name.strip() for name in next(csv.reader([header]), [])]
    missing = [name for name in NEEDED if name not in columns]
    unread = [name for name in columns if name not in (*NEEDED, *OPTIONAL)]
    twice = [name for name in columns if columns.count(name) > 1 and name not in unread]
    if missing or twice:
        fault = f"lacks the column {missing[0]}" if missing else f"has the column {twice[0]} twice"
        separated = "separated by commas" + (", not by semicolons as here" if _SEMICOLON in header else "")
        raise click.UsageError(f"{path.name} {fault}; it has {','.join(NEEDED)}, {separated}")
    if unread:
        names = ", ".join(repr(name) for name in unread)
        click.echo(f"{path.name}: not read: {names}; read are {', '.join((*NEEDED, *OPTIONAL))}", err=True)
    return [f"{_NOT_READ}{place}" if name in unread else name for place, name in enumerate(columns)]


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn the texts of all rows into values, and note the first fault of each."""
    texts_of_row = [name for name in rows.columns if name != _MISQUOTED]
    absent = [pl.lit("").alias(name) for name in OPTIONAL if name not in rows.columns]
    texts = (
        rows.with_row_index("line", offset=2)
        .with_columns(pl.col("line").cast(pl.Int64))
        .filter(pl.any_horizontal([pl.col(name).fill_null("") != "" for name in texts_of_row]))
        .with_columns(*[pl.col(name).fill_null("").str.strip_chars() for name in texts_of_row], *absent)
        .with_columns(pl.col("quarter").str.to_uppercase(), start=pl.col("income").str.to_lowercase() == "start")
    )
    return (
        texts.with_columns(_faults())
        .with_columns(_values())
        .select("line", "id", "year_text", "quarter", *_VALUES, *FAULT_COLUMNS)
        .rename({"year_text": "year"})
    )


_VALUES: Final = (
    "category",
    "income_cents",
    "income_basis",
    "income_quarters",
    "fee_rate_millionths",
    *_FLAGS.values(),
)
_AMOUNT: Final = r"^(-?)([0-9]{1,10})(?:\.([0-9]{1,2}))?$"
_RATE: Final = r"^([0-9]{1,2})(?:\.([0-9]{1,4}))?$"
_BASES: Final = [str(basis) for basis in IncomeBasis]


def _checks() -> list[tuple[str, str, pl.Expr, str]]:
    """Give for each field its rule, when it is broken, and the sentence that follows the wrong text."""
    names = [*CATEGORIES, *[str(category) for category in Category]]
    amount = pl.col("income").str.contains(_AMOUNT)
    return [
        ("(row)", "quotes", pl.col(_MISQUOTED), "has a quote, or lies in one, that does not enclose a whole field"),
        ("(row)", "columns", pl.col(_SURPLUS) != "", "stands after the last column; an amount is written 30000.00"),
        ("year", "wholeNumber", ~_whole("year", 1, 9998), "is not a whole number from 1 to 9998"),
        (
            "quarter",
            "quarter",
            ~pl.col("quarter").str.contains(r"^(Q?[1-4]|[0-9]{4}Q[1-4])?$"),
            "is not a quarter: 1 to 4, Q1 to Q4, or such as 2026Q1",
        ),
        (
            "quarter",
            "ofTheYear",
            (pl.col("quarter").str.len_chars() > 2)  # longer than Q3: with a year of its own
            & (pl.col("quarter").str.head(4) != pl.col("year").str.zfill(4)),
            "does not lie in the year of its row",
        ),
        ("category", "category", ~pl.col("category").is_in(names), "is no category: " + ", ".join(CATEGORIES)),
        ("income", "euros", ~(pl.col("start") | amount), "is neither an amount in euros such as 30000.00 nor start"),
        (
            "fee_rate",
            "percent",
            ~pl.col("fee_rate").str.contains(_RATE),
            "is not a rate in percent from 0 to below 100, such as 3.95",
        ),
        ("basis", "basis", ~pl.col("basis").is_in(["", *_BASES]), "is no basis: " + ", ".join(_BASES)),
        (
            "basis",
            "basisOfStart",
            (pl.col("basis") == IncomeBasis.START) & ~pl.col("start"),
            "goes with the income start only",
        ),
        (
            "basis",
            "basisOfIncome",
            pl.col("start") & ~pl.col("basis").is_in(["", IncomeBasis.START]),
            "says which income it is, and with start there is none yet: leave it empty",
        ),
        (
            "quarters_subject",
            "wholeNumber",
            ~(_whole("quarters_subject", 1, 4) | (pl.col("quarters_subject") == "")),
            "is not a whole number from 1 to 4",
        ),
        *[
            (name, "yesOrNo", ~pl.col(name).str.to_lowercase().is_in([*_YES, *_NO]), "is neither yes nor no")
            for name in _FLAGS
        ],
        *[
            (
                name,
                "ofTheCategory",
                pl.col(name).str.to_lowercase().is_in(_YES)
                & ~pl.col("category").is_in([*names_of(categories), *map(str, categories)]),
                f"does not apply: {why}; leave it empty, or write the category {' or '.join(names_of(categories))}",
            )
            for name, (categories, why) in CHOICES.items()
        ],
    ]


def _faults() -> list[pl.Expr]:
    problem = field = rule = pl.lit(None, dtype=pl.String)
    for name, broken_rule, broken, sentence in reversed(_checks()):
        shown = pl.col(_SURPLUS if name == "(row)" else name)
        text = pl.concat_str(
            pl.lit("line "), pl.col("line").cast(pl.String), pl.lit(f": {name}: '"), shown, pl.lit(f"' {sentence}")
        )
        problem = pl.when(broken).then(text).otherwise(problem)
        field = pl.when(broken).then(pl.lit(name)).otherwise(field)
        rule = pl.when(broken).then(pl.lit(broken_rule)).otherwise(rule)
    return [problem.alias("problem"), field.alias("field"), rule.alias("rule")]


def _whole(name: str, lowest: int, highest: int) -> pl.Expr:
    number = pl.col(name).str.extract(r"^0*([0-9]{1,4})$").cast(pl.Int64, strict=False)
    return number.is_between(lowest, highest).fill_null(value=False)


def _values() -> list[pl.Expr]:
    euros = pl.col("income").str.extract(_AMOUNT, 2).cast(pl.Int64)
    cents = pl.col("income").str.extract(_AMOUNT, 3).fill_null("").str.pad_end(2, "0").cast(pl.Int64)
    loss = pl.col("income").str.starts_with("-")
    whole = pl.col("fee_rate").str.extract(_RATE, 1).cast(pl.Int64)
    parts = pl.col("fee_rate").str.extract(_RATE, 2).fill_null("").str.pad_end(4, "0").cast(pl.Int64)
    income = euros * 100 + cents
    subject = pl.col("quarters_subject")
    return [
        pl.col("year").cast(pl.Int64, strict=False).alias("year_text"),
        pl.col("category").replace({name: str(category) for name, category in CATEGORIES.items()}),
        pl.when(pl.col("start")).then(None).when(loss).then(-income).otherwise(income).alias("income_cents"),
        pl.when(pl.col("start"))
        .then(pl.lit(str(IncomeBasis.START)))
        .when(pl.col("basis") == "")
        .then(pl.lit(str(IncomeBasis.DEFINITIVE)))
        .otherwise(pl.col("basis"))
        .alias("income_basis"),
        pl.when(subject == "").then(4).otherwise(subject.cast(pl.Int64, strict=False)).alias("income_quarters"),
        (whole * 10_000 + parts).alias("fee_rate_millionths"),  # a hundredth of a percent is 100 millionths
        *[pl.col(name).str.to_lowercase().is_in(_YES).alias(column) for name, column in _FLAGS.items()],
    ]
