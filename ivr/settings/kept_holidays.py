"""A process that writes the days on which a country's banks are closed, or which countries there are.

`public_holidays.py` runs it by its path with the country, and nothing imports it: it loads a library.
"""

import json
import sys
from typing import Final

import holidays

_YEARS: Final = range(2026, 2051)
_KINDS: Final = ("public", "bank")


def _answer(country: str) -> dict[str, list[str]]:
    known = holidays.list_supported_countries()
    if country not in known:
        return {"known": sorted(known)}
    kinds = set(_KINDS).intersection(holidays.country_holidays(country).supported_categories)
    days = holidays.country_holidays(country, years=_YEARS, categories=kinds)
    return {"days": sorted(day.isoformat() for day in days)}


if __name__ == "__main__":
    json.dump(_answer(sys.argv[1]), sys.stdout)
