"""What a service model says of a value, and where a value that came over the wire does not keep to it."""

import base64
import binascii
import datetime
import functools
import re
import sys
import unicodedata

# The forms that values have on the wire: JSON and CBOR have types, XML, forms, headers and queries have text only.
JSON, CBOR, TEXT = "json", "cbor", "text"

INTEGER_BITS = {"integer": 32, "long": 64, "short": 16, "byte": 8}


def check(shape, value, form, path, say):
    """Calls `say` with a sentence for each thing of `value`, and of what is in it, that `shape` does not allow."""
    kind = shape.type_name
    if value is None:
        say(f"{path} is null; a member that is not set is left out")
    elif kind == "structure":
        check_structure(shape, value, form, path, say)
    elif kind == "list":
        if expect_type(isinstance(value, list), "a list", value, path, say):
            check_bounds(shape, len(value), "entries", path, say)
            for entry in value:
                check(shape.member, entry, form, f"{path}[]", say)
    elif kind == "map":
        if expect_type(isinstance(value, dict), "a map", value, path, say):
            check_bounds(shape, len(value), "entries", path, say)
            for key, entry in value.items():
                check(shape.key, key, form, f"{path} (key)", say)
                check(shape.value, entry, form, f"{path}{{}}", say)
    else:
        check_leaf(shape, kind, value, form, path, say)


def check_structure(shape, value, form, path, say):
    if shape.is_document_type:
        return
    if not expect_type(isinstance(value, dict), "a structure", value, path, say):
        return
    within = f"{path}." if path else ""
    for name in sorted(set(value) - set(shape.members)):
        say(f"{within}{name} is no member of {shape.name}")
    for name in shape.required_members:
        if name not in value:
            say(f"{within}{name} is required and missing")
    if shape.is_tagged_union and len(value) != 1:
        say(f"{path} is a union and has {len(value)} members; it takes one")
    for name, member in shape.members.items():
        if name in value:
            check(member, value[name], form, f"{within}{name}", say)


def check_leaf(shape, kind, value, form, path, say):
    if kind == "string":
        if expect_type(isinstance(value, str), "a string", value, path, say):
            check_string(shape, value, path, say)
    elif kind in INTEGER_BITS:
        number = int(value) if form == TEXT and re.fullmatch(r"-?\d+", value) else value
        if expect_type(isinstance(number, int) and not isinstance(number, bool), "an integer", value, path, say):
            if not -(2 ** (INTEGER_BITS[kind] - 1)) <= number < 2 ** (INTEGER_BITS[kind] - 1):
                say(f"{path} does not fit into {INTEGER_BITS[kind]} bits")
            check_bounds(shape, number, None, path, say)
    elif kind in ("float", "double"):
        is_number = re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value) if form == TEXT else is_real(value)
        if expect_type(is_number, "a number", value, path, say):
            check_bounds(shape, float(value), None, path, say)
    elif kind == "boolean":
        is_boolean = value in ("true", "false") if form == TEXT else isinstance(value, bool)
        expect_type(is_boolean, "a boolean", value, path, say)
    elif kind == "timestamp":
        expect_type(is_timestamp(value, form), "a timestamp", value, path, say)
    elif kind == "blob":
        found = bytes_of(value, form)
        if expect_type(found is not None, "bytes in base64" if form != CBOR else "bytes", value, path, say):
            check_bounds(shape, len(found), "bytes", path, say)
    else:
        say(f"{path} is of the type {kind}, which this check does not know")


def is_real(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_timestamp(value, form):
    if form == JSON:
        return is_real(value)
    if form == CBOR:
        return isinstance(value, datetime.datetime)
    iso = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    http = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
    return re.fullmatch(rf"{iso}|{http}|\d+(\.\d+)?", value) is not None


def bytes_of(value, form):
    if form == CBOR:
        return value if isinstance(value, bytes) else None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return None


def expect_type(holds, wanted, value, path, say):
    if not holds:
        say(f"{path or 'the input'} must be {wanted}, and is {type(value).__name__} {shown(value)}")
    return holds


def check_string(shape, value, path, say):
    check_bounds(shape, len(value), "characters", path, say)
    if shape.enum and value not in shape.enum:
        say(f"{path} is {shown(value)}, which is none of {', '.join(shape.enum)}")
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        say(f"{path} is {shown(value)}, which does not match {pattern}")


def check_bounds(shape, amount, unit, path, say):
    """`unit`: what a length counts; None for a number itself."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    has = f"has {amount} {unit}" if unit else f"is {amount}"
    if least is not None and amount < least:
        say(f"{path} {has}; the least is {least}")
    if most is not None and amount > most:
        say(f"{path} {has}; the most is {most}")


def shown(value):
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


# A character in two halves, one in four digits, a category, anything that is escaped, and a character.
TOKENS = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\p\{\w+\}|\\.|.", re.DOTALL
)


@functools.lru_cache(maxsize=None)
def compiled(pattern):
    """A pattern as services match it: all of the value. Java's classes of characters are written out for Python."""
    inside = False
    parts = []
    for token in TOKENS.findall(pattern):
        if token.startswith("\\u"):
            # Java writes a character above U+FFFF as two halves.
            units = [int(unit, 16) for unit in token.split("\\u")[1:]]
            point = units[0] if len(units) == 1 else 0x10000 + ((units[0] - 0xD800) << 10) + units[1] - 0xDC00
            parts.append(f"\\U{point:08x}")
            continue
        if token.startswith("\\p{"):
            ranges = ranges_of(token[3:-1])
            parts.append(ranges if inside else f"[{ranges}]")
            continue
        # Java reads a bracket inside of a class as a class within; Python reads it as a bracket.
        if token == "[" and inside:
            token = "\\["
        elif token == "[":
            inside = True
        elif token == "]" and inside and parts[-1] not in ("[", "[^"):
            inside = False
        parts.append(token)
    return re.compile("".join(parts))


@functools.lru_cache(maxsize=None)
def ranges_of(name):
    """The characters of a category of Unicode (`L`, `Lu`) as ranges of a class."""
    points = [point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)).startswith(name)]
    if not points:
        raise ValueError(f"Unicode has no characters of the category {name}")
    ranges = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
