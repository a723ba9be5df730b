"""Events of the food delivery, good and bad, as bytes of a record."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import strategies as st

GOOD: dict[str, Any] = {
    "OrderID": "o-1",
    "CustomerID": 17,
    "RestaurantID": 3,
    "RiderID": 5,
    "OrderDate": "2026-11-02T12:00:00.000Z",
    "DeliveryTime": 33,
    "OrderValue": 27.5,
    "DeliveryFee": 4.2,
    "TipAmount": 3.1,
    "OrderStatus": "Delivered",
}

_NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.integers(-(2**70), 2**70),
    st.sampled_from([2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63, 2**64, 10**8, 10**10, 10**25, 1440, 1441]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 10**9, places=3, allow_nan=False, allow_infinity=False).map(float),
    st.sampled_from(
        [0.005, 1.005, 2.675, -0.004, -0.005, 99_999_999.99, 99_999_999.994, 99_999_999.995, 1e22, 1e-9, 12.0]
    ),
)
_TIMES = st.one_of(
    st.datetimes().map(lambda at: at.isoformat()),
    st.datetimes().map(lambda at: at.isoformat(" ") + "Z"),
    st.sampled_from(
        [
            "2026-11-02T12:00:00Z",
            "2026-11-02",
            "2026-02-30T00:00:00Z",
            "2026-11-02T24:00:00",
            "2026-11-02 12:00",
            "2026-11-02T12:00:00+02:00",
            "2026-11-02T12:00:00.1234567Z",
            "1969-12-31T23:59:59.9999Z",
            "0001-01-01T00:00:00Z",
            "12026-01-01",
            "tomorrow",
            "",
            "2026/11/02 1:2:3",
            "20261102",
            "infinity",
        ]
    ),
)
_TEXTS = st.one_of(
    st.text(max_size=40).filter(lambda text: not any(0xD800 <= ord(char) <= 0xDFFF for char in text)),
    st.sampled_from(
        ["", "Delivered", "Cancelled", " Placed", "ä" * 18, "ä" * 19, "x" * 36, "x" * 37, "😀", "\x00", "null"]
    ),
)
_WRONG = st.one_of(
    st.none(),
    st.booleans(),
    _NUMBERS,
    _TEXTS,
    _TIMES,
    st.just([]),
    st.just({}),
    st.just([1]),
    st.just({"a": {"b": [None]}}),
)
_OWN = {"OrderID": st.sampled_from(["o-1", "o-2", "o-3", "ü", "o-4"]), "OrderDate": _TIMES, "OrderStatus": _TEXTS}


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """Draw a record: mostly good, with a few of its fields changed, sometimes no event at all."""
    event = {**GOOD, "OrderID": draw(_OWN["OrderID"])}
    for name in draw(st.lists(st.sampled_from(list(GOOD)), max_size=3, unique=True)):
        change = draw(st.sampled_from(["own", "own", "wrong", "missing"]))
        if change == "missing":
            del event[name]
        else:
            event[name] = draw(_OWN.get(name, _NUMBERS) if change == "own" else _WRONG)
    text = json.dumps(event, ensure_ascii=draw(st.booleans()))
    form = draw(st.integers(0, 19))
    if form == 0:
        return text[: draw(st.integers(0, len(text)))].encode()
    if form == 1:
        return draw(st.binary(max_size=30))
    if form == 2:
        return f" {text} \n".encode()
    if form == 3:
        return json.dumps([event]).encode()
    if form == 4:
        # Of members with one name the first one counts.
        return (text[:-1] + ', "CustomerID": "again"}').encode()
    return text.encode()


_ITEMS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"sku": _TEXTS, "qty": st.integers(0, 9)}, optional={"note": _WRONG}),
        st.fixed_dictionaries({}, optional={"sku": st.none(), "qty": _WRONG}),
        _WRONG,
    ),
    max_size=3,
)
_GOOD_ITEMS = st.lists(st.fixed_dictionaries({"sku": _TEXTS, "qty": st.integers(0, 9)}), min_size=1, max_size=3)


@st.composite
def nested_events(draw: st.DrawFn) -> bytes:
    """Draw an event of `specs.nested_spec`: half of them good, the others with some members that are not."""
    good = draw(st.booleans())
    names = st.text('abc/~ .*[]$"', max_size=4)
    event = draw(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from([f"e-{number}" for number in range(40)]),
                "seen": st.sampled_from(["2026-11-02T13:00:00Z", "2026-11-02T14:30:00.125Z", "2026-11-01T00:00:00Z"]),
                "items": _GOOD_ITEMS if good else st.one_of(_ITEMS, _WRONG),
            },
            optional={
                "place": st.fixed_dictionaries({}, optional={"lat": st.floats(-90, 90), "lon": st.integers(-180, 180)})
                if good
                else _WRONG,
                "tags": st.dictionaries(names, st.integers(-5, 5) if good else _WRONG, max_size=3),
                "levels": st.dictionaries(
                    names, st.lists(st.integers(-9, 9) if good else _WRONG, max_size=3), max_size=2
                ),
                "raw": _WRONG,
                "ok": st.booleans() if good else _WRONG,
                "share": st.floats(0, 1) if good else _WRONG,
            },
        )
    )
    return json.dumps(event, ensure_ascii=draw(st.booleans())).encode()


def _time_of(number: int) -> str:
    day, hour = 2 + number // 24_000, number // 1000 % 24
    return f"2026-11-{day:02d}T{hour:02d}:{number // 17 % 60:02d}:{number % 60:02d}.{number % 1000:03d}Z"


def orders(count: int, *, seed: int, first: int = 0) -> list[bytes]:
    """Make orders as the simulator's: some sent twice, some broken, some late; an hour of event time a thousand."""
    chance = random.Random(seed)
    made: list[bytes] = []
    for number in range(first, first + count):
        order = {
            **GOOD,
            "OrderID": f"order-{number:08d}",
            "CustomerID": chance.randint(1, 3000),
            "OrderValue": round(chance.uniform(6, 90), 2),
            "OrderDate": _time_of(number),
        }
        fate = chance.random()
        if fate < 0.02:
            order["CustomerID"] = chance.choice([None, "x", -1, 2**40, 1.5])
        elif fate < 0.04 and number > 6000:
            order["OrderDate"] = "2026-11-01T00:00:00.000Z"
        elif fate < 0.05:
            order["OrderStatus"] = "Zugestellt ✓"
        made.append(json.dumps(order, ensure_ascii=False).encode())
        if chance.random() < 0.02:
            made.append(made[chance.randrange(max(0, len(made) - 300), len(made))])
    return made
