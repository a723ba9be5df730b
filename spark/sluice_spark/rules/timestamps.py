"""Reads timestamps as the embedded engine's cast does (DuckDB's, of text to TIMESTAMP).

Year, month and day with one separator of `-`, `/`, a space or a backslash; then, if any, hours, minutes and seconds. An offset from UTC may
follow and is not applied, as there: event times are declared to be UTC. Digits behind the microsecond are cut.
"""

from __future__ import annotations

import re

_MICROS_A_SECOND = 1_000_000
_MICROS_A_DAY = 86_400 * _MICROS_A_SECOND
_SPACE = "[ \t\n\v\f\r]"
_DATE = re.compile(
    rf"{_SPACE}*(?P<minus>-?)(?P<year>[0-9]+)(?P<sep>[-/ \\])(?P<month>[0-9]{{1,2}})(?P=sep)(?P<day>[0-9]{{1,2}})(?![0-9])"
    rf"(?P<bc>{_SPACE}\([bB][cC]\))?",
)
_TIME = re.compile(
    rf"(?:T|{_SPACE}){_SPACE}*(?P<hour>[0-9]{{1,9}}):(?P<minute>[0-9]{{1,2}}):(?P<second>[0-9]{{1,2}})(?:\.(?P<fraction>[0-9]*))?"
)
"""With less than its seconds, a time ends the text."""
_SHORT_TIME = re.compile(
    rf"(?:T|{_SPACE}){_SPACE}*(?P<hour>[0-9]{{1,9}}):(?:(?P<minute>[0-9]{{1,2}}):?)?(?P<second>)(?P<fraction>)"
)
_SUFFIX = re.compile(
    rf"(?:(?:Z|[+-][0-9]{{2}}(?:[0-9]{{2}}|:(?:[0-9]{{2}}(?::(?:[0-9]{{2}})?)?)?)?| (?:[uU][tT][cC])?){_SPACE}*)?"
)
_EPOCH = re.compile(rf"{_SPACE}*-?epoch{_SPACE}*", re.IGNORECASE)
_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_GREATEST_MS = 8_640_000_000_000_000
"""A moment beyond this (the year 275760) has no form in the progress, ISO 8601 as ECMAScript has it: not a time for an event."""


def read_timestamp(text: str) -> int | None:
    """Read microseconds since 1970 without leap seconds; None when the text is no timestamp."""
    date = _DATE.match(text)
    if date is None:
        return 0 if _EPOCH.fullmatch(text) else None
    days = _days_since_1970(date)
    if days is None:
        return None
    micros = days * _MICROS_A_DAY
    rest = text[date.end() :]
    if rest:
        time = _TIME.match(rest)
        if time is None:
            time = _SHORT_TIME.fullmatch(rest)
        elif not _SUFFIX.fullmatch(rest, time.end()):
            return None
        if time is None:
            return None
        of_day = _micros_of_day(time)
        if of_day is None:
            return None
        micros += of_day
    return micros if abs(micros) <= _GREATEST_MS * 1000 else None


def _days_since_1970(date: re.Match[str]) -> int | None:
    digits = date["year"].lstrip("0")
    year, month, day = int(digits[:9] or "0"), int(date["month"]), int(date["day"])
    if len(digits) > 9 or not 1 <= month <= 12:
        return None
    if date["bc"]:
        if date["minus"] or year == 0:
            return None
        year = 1 - year
    elif date["minus"]:
        year = -year
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS_OF_MONTH[month - 1] + (month == 2 and is_leap):
        return None
    before = year - 1
    days_before_year = before * 365 + before // 4 - before // 100 + before // 400
    return days_before_year - 719_162 + _DAYS_BEFORE_MONTH[month - 1] + (month > 2 and is_leap) + day - 1


def _micros_of_day(time: re.Match[str]) -> int | None:
    hour, minute, second = int(time["hour"]), int(time["minute"] or 0), int(time["second"] or 0)
    if minute >= 60 or second >= 60:
        return None
    micros = int((time["fraction"] or "")[:6].ljust(6, "0"))
    of_day = ((hour * 60 + minute) * 60 + second) * _MICROS_A_SECOND + micros
    return of_day if of_day <= _MICROS_A_DAY else None
