"""Times as text, as the embedded engine writes them.

It is ECMAScript's ISO 8601, which goes beyond the years that Python's datetime knows.
"""

from __future__ import annotations

from datetime import datetime

_MS_A_DAY = 86_400_000
_DAYS_TO_1970 = 719_468
"""From 1 March of the year 0, where the count of days has no irregular month, to 1970."""
_DAYS_OF_400_YEARS = 146_097


def iso_utc(epoch_ms: float) -> str:
    """Write `2026-11-25T18:00:00.123Z`; a year beyond 9999 or before 0 has a sign and six digits."""
    days, of_day = divmod(int(epoch_ms), _MS_A_DAY)
    year, month, day = _civil(days)
    written = f"{year:04d}" if 0 <= year <= 9999 else f"{'-' if year < 0 else '+'}{abs(year):06d}"
    seconds, ms = divmod(of_day, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{written}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{ms:03d}Z"


def epoch_ms(text: str) -> int:
    """Read a time as Spark's progress has it."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _civil(days_since_1970: int) -> tuple[int, int, int]:
    """Turn a count of days into year, month and day of the proleptic Gregorian calendar."""
    era, day_of_era = divmod(days_since_1970 + _DAYS_TO_1970, _DAYS_OF_400_YEARS)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    return year_of_era + era * 400 + (month <= 2), month, day
