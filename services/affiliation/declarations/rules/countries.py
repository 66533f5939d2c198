"""Countries, and which nationals may be self-employed in Belgium without a professional card.

Country codes are those of ISO 3166-1 alpha-2 (249 entries; the register of natural persons uses others, translated
where it is read). Freedom of establishment: Treaty on the Functioning of the European Union, art. 49; Agreement on the
European Economic Area, art. 31; agreement of 21-06-1999 between the European Union and Switzerland, in force on
01-06-2002. Professional card: law of 19-02-1965, art. 1, and royal decree of 03-02-2003 (exemptions).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

_CODES: Final = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW "
    "BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI "
    "FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN "
    "IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
    "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF "
    "PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE "
    "YT ZA ZM ZW"
)
COUNTRY_CODES: Final = frozenset(_CODES.split())


@dataclass(frozen=True, kw_only=True)
class FreeEstablishment:
    """A country whose nationals need no professional card, on the days ``[valid_from, valid_before)``."""

    country: str
    valid_from: date
    valid_before: date | None = None


def _countries(codes: str, *, valid_from: date, valid_before: date | None = None) -> tuple[FreeEstablishment, ...]:
    return tuple(
        FreeEstablishment(country=code, valid_from=valid_from, valid_before=valid_before) for code in codes.split()
    )


FREE_ESTABLISHMENT: Final = (
    *_countries("BE DE DK ES FI FR GR IE IT LU NL PT SE AT IS NO", valid_from=date(1994, 1, 1)),
    *_countries("GB", valid_from=date(1994, 1, 1), valid_before=date(2021, 1, 1)),
    *_countries("LI", valid_from=date(1995, 5, 1)),
    *_countries("CH", valid_from=date(2002, 6, 1)),
    *_countries("CY CZ EE HU LT LV MT PL SI SK", valid_from=date(2004, 5, 1)),
    *_countries("BG RO", valid_from=date(2007, 1, 1)),
    *_countries("HR", valid_from=date(2013, 7, 1)),
)


def needs_professional_card(nationality: str, *, day: date) -> bool:
    """Return whether nationals of a country need a professional card, or one of its exemptions, on a day."""
    return not any(
        rule.country == nationality
        and rule.valid_from <= day
        and (rule.valid_before is None or day < rule.valid_before)
        for rule in FREE_ESTABLISHMENT
    )
