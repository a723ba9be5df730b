"""Reads the JSON of an event as the embedded engine's parser does: yyjson, with DuckDB's flags.

RFC 8259, and beyond it: trailing commas, and NaN and Infinity as numbers. Of members with the same name the first one counts. A lone
surrogate is an error. The common case is left to Python's own parser in C; what it would read in another way is read here.
"""

from __future__ import annotations

import json
import re
from json import scanner
from typing import Any, cast

NOT_JSON = object()
"""What is given for text that is not JSON."""

_scan = scanner.make_scanner(cast("Any", json.JSONDecoder()))
_SPACE = re.compile(r"[ \t\n\r]*")
_SPACE_BEFORE_COLON = re.compile(r"[ \t\n\r]:")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"-?(?:infinity|inf|nan)", re.IGNORECASE)
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_LITERALS = {"true": True, "false": False, "null": None}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX4 = re.compile(r"[0-9a-fA-F]{4}")


def read_json(text: str) -> Any:
    """Parse the text: dict, list, str, int, float, bool, None, or `NOT_JSON`."""
    if text.startswith("{") and "\\" not in text:
        try:
            value, end = _scan(text, 0)
        except (ValueError, StopIteration, RecursionError):
            return _read_slowly(text)
        # As many names as members: none was given twice, and no object is inside another.
        if end == len(text) and text.count('":') == len(value) and not _SPACE_BEFORE_COLON.search(text):
            return value
    return _read_slowly(text)


class _MalformedError(Exception):
    """The text is not JSON."""


def _read_slowly(text: str) -> Any:
    try:
        return _Parser(text).document()
    except _MalformedError:
        return NOT_JSON


class _Parser:
    """Without recursion, so that no depth of nesting is too much."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> Any:
        # Of each container that is open: itself, and the name of the member whose value comes next.
        open_containers: list[tuple[Any, str | None]] = []
        while True:
            value = self._value_or_open(open_containers)
            # A value is complete: it goes into the container around it, and may complete that one.
            while True:
                if not open_containers:
                    self._skip_space()
                    if self.at != len(self.text):
                        raise _MalformedError
                    return value
                container, name = open_containers[-1]
                if isinstance(container, dict):
                    container.setdefault(name, value)
                else:
                    container.append(value)
                if self._more(container, open_containers):
                    break
                value = open_containers.pop()[0]

    def _value_or_open(self, open_containers: list[tuple[Any, str | None]]) -> Any:
        """Read a value; what stands at the beginning of a container with entries only opens it."""
        while True:
            self._skip_space()
            char = self._peek()
            if char == "{":
                self.at += 1
                self._skip_space()
                if self._peek() == "}":
                    self.at += 1
                    return {}
                open_containers.append(({}, self._member_name()))
            elif char == "[":
                self.at += 1
                self._skip_space()
                if self._peek() == "]":
                    self.at += 1
                    return []
                open_containers.append(([], None))
            else:
                return self._scalar(char)

    def _more(self, container: Any, open_containers: list[tuple[Any, str | None]]) -> bool:
        """Whether another entry follows; else the end of the container is passed."""
        is_object = isinstance(container, dict)
        end = "}" if is_object else "]"
        self._skip_space()
        char = self._take()
        if char == ",":
            self._skip_space()
            if self._peek() != end:
                if is_object:
                    open_containers[-1] = (container, self._member_name())
                return True
            char = self._take()
        if char != end:
            raise _MalformedError
        return False

    def _member_name(self) -> str:
        if self._take() != '"':
            raise _MalformedError
        name = self._string()
        self._skip_space()
        if self._take() != ":":
            raise _MalformedError
        return name

    def _scalar(self, char: str) -> Any:
        if char == '"':
            self.at += 1
            return self._string()
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            if self._peek(or_nothing=True) in ".eE" and self.at < len(self.text):
                raise _MalformedError
            return _number(number)
        not_finite = _NOT_FINITE.match(self.text, self.at)
        if not_finite:
            self.at = not_finite.end()
            return float(not_finite.group())
        for literal, value in _LITERALS.items():
            if self.text.startswith(literal, self.at):
                self.at += len(literal)
                return value
        raise _MalformedError

    def _string(self) -> str:
        parts = []
        while True:
            plain = _PLAIN.match(self.text, self.at)
            if plain is None:
                raise AssertionError("the pattern matches nothing, too")
            parts.append(plain.group())
            self.at = plain.end()
            char = self._take()
            if char == '"':
                return "".join(parts)
            if char != "\\":
                raise _MalformedError
            parts.append(self._escaped())

    def _escaped(self) -> str:
        char = self._take()
        if char != "u":
            if char not in _ESCAPES:
                raise _MalformedError
            return _ESCAPES[char]
        unit = self._hex4()
        if 0xDC00 <= unit <= 0xDFFF:
            raise _MalformedError
        if 0xD800 <= unit <= 0xDBFF:
            if self._take() != "\\" or self._take() != "u":
                raise _MalformedError
            low = self._hex4()
            if not 0xDC00 <= low <= 0xDFFF:
                raise _MalformedError
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        return chr(unit)

    def _hex4(self) -> int:
        digits = _HEX4.match(self.text, self.at)
        if digits is None:
            raise _MalformedError
        self.at += 4
        return int(digits.group(), 16)

    def _skip_space(self) -> None:
        space = _SPACE.match(self.text, self.at)
        if space:
            self.at = space.end()

    def _peek(self, *, or_nothing: bool = False) -> str:
        if self.at < len(self.text):
            return self.text[self.at]
        if or_nothing:
            return ""
        raise _MalformedError

    def _take(self) -> str:
        char = self._peek()
        self.at += 1
        return char


def _number(match: re.Match[str]) -> int | float:
    fraction, exponent = match.groups()
    if fraction is None and exponent is None:
        try:
            return int(match.group())
        except ValueError:
            # More digits than Python converts: beyond every type that a field can have.
            return float(match.group())
    return float(match.group())
