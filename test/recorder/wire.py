"""Reads a recorded request by the service models of botocore: which operation it is, and what its input holds."""

import base64
import datetime
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import RpcV2CBORParser

from constraints import CBOR, JSON, TEXT, check

# Headers of the protocols themselves, and of how SDKs sign, retry and check what is sent.
PROTOCOL_HEADERS = re.compile(
    r"x-amz-(target|date|content-sha256|user-agent|security-token|decoded-content-length|trailer"
    r"|sdk-checksum-algorithm|checksum-\w+)$"
)


# Most services are named as they sign. Of the others these are searched before all that there are.
OFTEN_CALLED = ("emr", "cloudwatch", "sso", "sso-oidc", "signin", "sts")


class Unknown(Exception):
    """A request that no model has an operation for."""


class Models:
    """The service models, found by what a request says of its service."""

    def __init__(self):
        self.loader = Loader()
        self.names = self.loader.list_available_services("service-2")
        self.models = {}
        self.by_scope = {}

    def of(self, name):
        if name not in self.models:
            self.models[name] = ServiceModel(self.loader.load_service_model(name, "service-2"), name)
        return self.models[name]

    def find(self, scope, host):
        """The service with this name in the scope of its signatures; of an unsigned request, with this host."""
        key = (scope, host if scope is None else None)
        if key not in self.by_scope:
            self.by_scope[key] = self.search(scope, host)
        return self.by_scope[key]

    def search(self, scope, host):
        for name in sorted(self.names, key=lambda name: (name != scope, name not in OFTEN_CALLED, name)):
            model = self.of(name)
            if model.signing_name == scope if scope else host.startswith(f"{model.endpoint_prefix}."):
                return model
        raise Unknown(f"no service signs its requests as {scope}" if scope else f"no service is at {host}")


def read(models, request, say):
    """The model of the operation that a request is for. What its input has and may not have is reported to `say`."""
    headers = request["headers"]
    model = models.find(request.get("scope"), headers.get("x-meant-for") or headers.get("host", ""))
    body = base64.b64decode(request.get("body", ""))
    protocol = model.metadata["protocol"]
    if request["path"].startswith("/service/") or "x-amz-target" in headers:
        operation, value, form = read_rpc(model, request, body)
    elif protocol == "query":
        operation, value, form = read_query(model, body, say)
    else:
        return read_rest(model, request, body, say)
    shape = operation.input_shape
    if shape is not None:
        check(shape, value, form, "", say)
    elif value:
        say(f"{', '.join(sorted(value))} is sent, and the operation has no input")
    return operation


def operation_of(model, name):
    if name not in model.operation_names:
        raise Unknown(f"{model.service_name} has no operation {name}")
    return model.operation_model(name)


def read_rpc(model, request, body):
    """JSON by a header, or Smithy's RPC v2 by a path."""
    headers, prefix = request["headers"], model.metadata.get("targetPrefix")
    target = headers.get("x-amz-target", "")
    named = re.fullmatch(r"/service/(\w+)/operation/(\w+)", request["path"]) or re.fullmatch(r"(\w+)\.(\w+)", target)
    if not named or named[1] != prefix:
        raise Unknown(f"{model.service_name} is asked for as {target or request['path']}, and its name is {prefix}")
    operation = operation_of(model, named[2])
    expected, form = (f"application/x-amz-json-{model.metadata.get('jsonVersion')}", JSON)
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        expected, form = "application/cbor", CBOR
    elif headers.get("content-type", "").startswith("application/x-amz-cbor"):
        expected, form = "application/x-amz-cbor-1.1", CBOR
    if body and headers.get("content-type") != expected:
        raise Unknown(f"{operation.name} is sent as {headers.get('content-type')}; its service takes {expected}")
    if not body:
        return operation, {}, form
    return operation, json.loads(body) if form == JSON else from_cbor(body), form


class CborReader(RpcV2CBORParser):
    """botocore reads answers; a request is of the same encoding."""

    def __init__(self):
        super().__init__(timestamp_parser=lambda value: datetime.datetime.fromtimestamp(value, datetime.timezone.utc))


def from_cbor(body):
    reader = CborReader()
    return reader.parse_data_item(reader.get_peekable_stream_from_bytes(body))


def read_query(model, body, say):
    """A form: `Action`, `Version`, and members by names with dots."""
    fields = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    operation = operation_of(model, fields.pop("Action", ""))
    version = fields.pop("Version", "")
    if version != model.api_version:
        say(f"the version {version} is asked for, and the model is of {model.api_version}")
    tree = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    shape = operation.input_shape
    return operation, (from_form(shape, tree, say) if shape is not None else tree), TEXT


def from_form(shape, node, say):
    if not isinstance(node, dict):
        return [] if shape.type_name == "list" and node == "" else node
    if shape.type_name == "structure":
        members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        return {
            members.get(key, (key,))[0]: from_form(members[key][1], value, say) if key in members else value
            for key, value in node.items()
        }
    if shape.type_name == "list":
        entries = node if shape.serialization.get("flattened") else node.get(member_name(shape), {})
        if sorted(entries) != sorted(str(number) for number in range(1, len(entries) + 1)):
            say(f"a list of {shape.name} is numbered {', '.join(entries) or 'not at all'}")
        return [from_form(shape.member, entries[key], say) for key in sorted(entries, key=lambda key: (len(key), key))]
    if shape.type_name == "map":
        entries = node if shape.serialization.get("flattened") else node.get("entry", {})
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        return {entry[key_name]: from_form(shape.value, entry[value_name], say) for entry in entries.values()}
    return node


def member_name(shape):
    return shape.member.serialization.get("name", "member")


def read_rest(model, request, body, say):
    """A path, a query and headers of the operation's own; of the body its payload, or the members without a place."""
    headers = request["headers"]
    query = urllib.parse.parse_qs(request["query"], keep_blank_values=True)
    named = query.pop("x-id", [None])[0]
    operation, value, literals = route(model, request["method"], request["path"], query, headers)
    if named not in (None, operation.name):
        say(f"it names itself {named} in its query")
    shape = operation.input_shape
    places = {name: member.serialization for name, member in shape.members.items()} if shape is not None else {}
    known = literals | {place["name"] for place in places.values() if place.get("location") == "querystring"}
    for name in sorted(set(query) - known):
        say(f"the parameter {name} of its query is no member of its input")
    for name in sorted(headers):
        if name.startswith("x-amz-") and not PROTOCOL_HEADERS.match(name) and not is_member_header(name, places):
            say(f"the header {name} is no member of its input")
    if shape is not None:
        sent, form = read_body(operation, shape, body, places)
        for name in shape.required_members:
            if name not in value and name not in sent:
                say(f"{name} is required and missing")
        for members, written in ((value, TEXT), (sent, form)):
            for name, entry in members.items():
                if name not in shape.members:
                    say(f"{name} is no member of {shape.name}")
                elif entry is not BYTES:
                    check(shape.members[name], entry, written, name, say)
    check_checksum(operation, headers, say)
    return operation


# The payload of an operation that sends bytes as they are: the content of objects, which is not recorded.
BYTES = object()


def route(model, method, path, query, headers):
    """The operation whose method, path and fixed parameters these are, and which finds the most of its members."""
    best = None
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri, _, fixed = operation.http["requestUri"].partition("?")
        matched = re.fullmatch(pattern_of(uri), path) if operation.http["method"] == method else None
        literals = dict(urllib.parse.parse_qsl(fixed, keep_blank_values=True))
        if not matched or not all(query.get(key) == [value] for key, value in literals.items()):
            continue
        value = {key: urllib.parse.unquote(part) for key, part in matched.groupdict().items()}
        shape = operation.input_shape
        found = placed(shape, query, headers) if shape is not None else {}
        if shape is not None and any(
            member not in found and shape.members[member].serialization.get("location") in ("header", "querystring")
            for member in shape.required_members
        ):
            continue
        rank = (len(literals), len(value), len(found), operation.deprecated is False)
        if best is None or rank > best[0]:
            best = (rank, operation, {**value, **found}, set(literals))
    if best is None:
        raise Unknown(f"{model.service_name} has no operation {method} /{'/'.join('…' for _ in path.split('/')[1:])}")
    return best[1:]


def pattern_of(uri):
    """`/{Bucket}/{Key+}` as a pattern; a slash may end it."""
    named = lambda part: f"(?P<{part[1]}>{'.+' if part[2] else '[^/]+'})"
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", named, re.escape(uri))
    return f"{pattern.rstrip('/')}/?"


def placed(shape, query, headers):
    """The members that stand in headers and in the query."""
    found = {}
    for name, member in shape.members.items():
        place = member.serialization
        if place.get("location") == "querystring" and place["name"] in query:
            values = query[place["name"]]
            found[name] = values if member.type_name == "list" else values[0]
        elif place.get("location") == "header" and place["name"].lower() in headers:
            text = headers[place["name"].lower()]
            found[name] = re.split(r", *", text) if member.type_name == "list" else text
        elif place.get("location") == "headers":
            prefix = place["name"].lower()
            entries = {key[len(prefix) :]: text for key, text in headers.items() if key.startswith(prefix)}
            if entries:
                found[name] = entries
    return found


def is_member_header(header, places):
    return any(
        header == place["name"].lower()
        if place.get("location") == "header"
        else place.get("location") == "headers" and header.startswith(place["name"].lower())
        for place in places.values()
    )


def read_body(operation, shape, body, places):
    """The members that the body has, and in which form they are written."""
    payload = shape.serialization.get("payload")
    form = TEXT if operation.service_model.metadata["protocol"] == "rest-xml" else JSON
    if payload is not None and shape.members[payload].type_name != "structure":
        return {payload: BYTES}, form
    if not body:
        return {}, form
    if form == JSON:
        names = {place.get("name", name): name for name, place in places.items() if "location" not in place}
        sent = json.loads(body)
        return ({payload: sent} if payload else {names.get(key, key): value for key, value in sent.items()}), form
    root = ElementTree.fromstring(body)
    if payload is None:
        return from_xml(shape, root), form
    wanted = shape.members[payload].serialization.get("name", payload)
    if local(root.tag) != wanted:
        raise Unknown(f"{operation.name} is sent with <{local(root.tag)}>, and takes <{wanted}>")
    return {payload: from_xml(shape.members[payload], root)}, form


def local(tag):
    return tag.rpartition("}")[2]


def from_xml(shape, element):
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        value = {}
        for child in element:
            name, member = names.get(local(child.tag), (local(child.tag), None))
            if member is None:
                value[name] = child.text or ""
            elif member.type_name == "list" and member.serialization.get("flattened"):
                value.setdefault(name, []).append(from_xml(member.member, child))
            else:
                value[name] = from_xml(member, child)
        for name, member in shape.members.items():
            if member.serialization.get("xmlAttribute"):
                value.update({name: text for key, text in element.attrib.items() if local(key) == "type"})
        return value
    if shape.type_name == "list":
        return [from_xml(shape.member, child) for child in element]
    return element.text or ""


def check_checksum(operation, headers, say):
    """S3 refuses some operations that are sent without a checksum of their body."""
    required = (operation.http_checksum or {}).get("requestChecksumRequired")
    has = any(re.match(r"content-md5$|x-amz-checksum-\w+$|x-amz-trailer$", name) for name in headers)
    if required and not has:
        say("it must have a checksum of its body, and has none")
