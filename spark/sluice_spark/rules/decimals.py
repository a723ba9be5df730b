"""Turns JSON numbers into decimals as the embedded engine's cast does (DuckDB's, of a number's text to DECIMAL)."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

_EXACT = Context(prec=400, Emin=-999_999, Emax=999_999)


def read_decimal(value: float, precision: int, scale: int) -> int | None:
    """Give the number in units of 10^-scale, halves rounded away from zero; None when it has more than `precision` digits.

    A float counts as its shortest text, as it is written in JSON: 1.005 has a half to round, though its binary value has not.
    """
    if isinstance(value, int):
        units = value * 10**scale
    elif math.isfinite(value):
        units = int(Decimal(repr(value)).scaleb(scale, _EXACT).to_integral_value(ROUND_HALF_UP, _EXACT))
    else:
        return None
    return units if abs(units) < 10**precision else None
