"""What payment files of both kinds share: letters, identifiers, amounts, and how their XML is written and read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from lxml import etree

from shared.law.identifiers import Iban, InvalidIdentifier
from shared.law.money import Cents

#: The characters every bank of the SEPA area must take (EPC217-08).
_ALLOWED: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9\-]{1,35}")
_AMOUNT: Final = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
NAME_LENGTH: Final = 70
REMITTANCE_LENGTH: Final = 140
#: Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS: Final = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "’": "'",
        "‘": "'",
        "–": "-",
        "—": "-",
    }
)


class PaymentFileInvalid(ValueError):
    """A payment file, or what it should hold, breaks a rule; ``rule`` names it and no account is repeated."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule


def sepa_text(text: str, *, length: int) -> str:
    """Write a text with the letters every SEPA bank takes: accents fall, what is unknown becomes a full stop."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    clean = " ".join(_ALLOWED.sub(".", plain).split())
    # A slash at either end or a double slash has a meaning of its own between banks.
    return re.sub("/{2,}", "/", clean).strip("/ ")[:length].rstrip()


def document(namespace: str) -> etree._Element:
    """Give the empty root of a payment file."""
    return etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace})  # type: ignore[dict-item]  # lxml writes None for the default


def written(root: etree._Element) -> bytes:
    """Give the bytes of a payment file; the same content always gives the same bytes."""
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def child(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """Add an element of the parent's namespace."""
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    element.text = text
    return element


def parse(content: bytes, *, namespace: str) -> etree._Element:
    """Read a payment file of a namespace; nothing outside it is fetched or expanded.

    Raises:
        PaymentFileInvalid: it is none.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise PaymentFileInvalid("document", "not well-formed XML") from error
    if root.tag != f"{{{namespace}}}Document" or root.getroottree().docinfo.internalDTD is not None:
        raise PaymentFileInvalid("document", f"not a {namespace.rpartition(':')[2]} document")
    return root


def path_of(element: etree._Element, *names: str) -> str:
    """Give the path of names in the namespace of an element."""
    namespace = etree.QName(element).namespace
    return "/".join(f"{{{namespace}}}{name}" for name in names)


def text_of(element: etree._Element, *names: str) -> str:
    """Give the text under a path; raises ``PaymentFileInvalid`` when it is absent."""
    text = element.findtext(path_of(element, *names))
    if text is None:
        raise PaymentFileInvalid(names[-1], "is absent")
    return text


def amount(text: str) -> Cents:
    """Read an amount in euros with two decimals; raises ``PaymentFileInvalid`` for anything else."""
    if not _AMOUNT.fullmatch(text):
        raise PaymentFileInvalid("amount", "not an amount in euros with two decimals")
    return int(text.replace(".", ""))


def same_totals(parent: etree._Element | None, *, count: int, total_cents: Cents) -> None:
    """Refuse a header whose number and sum are not those of its payments."""
    if parent is None:
        raise PaymentFileInvalid("document", "a header is absent")
    if text_of(parent, "NbOfTxs") != str(count):
        raise PaymentFileInvalid("numberOfTransactions", f"the file says otherwise than its {count} payments")
    if amount(text_of(parent, "CtrlSum")) != total_cents:
        raise PaymentFileInvalid("controlSum", "the sum of the payments is not the control sum")


def identifier(field: str, text: str) -> str:
    """Give an identifier back; raises ``PaymentFileInvalid`` when banks would not take it."""
    if not _IDENTIFIER.fullmatch(text):
        raise PaymentFileInvalid(field, "1 to 35 letters, digits and hyphens")
    return text


def account(text: str) -> str:
    """Give an account back; raises ``PaymentFileInvalid`` when its check digits are wrong."""
    try:
        return str(Iban(text))
    except InvalidIdentifier as error:
        raise PaymentFileInvalid("iban", str(error)) from error


def same_only_once(ids: Iterable[str]) -> tuple[str, ...]:
    """Give identifiers of payments back; raises ``PaymentFileInvalid`` when one is used twice."""
    found = tuple(ids)
    if len(set(found)) != len(found):
        raise PaymentFileInvalid("endToEndId", "used twice in one file")
    return found


def check_letters(root: etree._Element) -> None:
    """Refuse a file with a letter that some SEPA bank would not take."""
    for element in root.iter():
        if element.text and _ALLOWED.search(element.text.strip()):
            raise PaymentFileInvalid("characters", f"a letter outside the SEPA set in {etree.QName(element).localname}")
