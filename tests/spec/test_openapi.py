"""The merged description of the API: is it valid, complete, and true to itself?

The bundle is what `cargo xtask codegen` merges from `api/*.yaml`.
"""

import csv
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "crates/bimpe-sandbox/src/openapi.json"
BODY = ("requestBody", "content", "application/json")

if not BUNDLE.exists():
    pytest.fail(f"{BUNDLE.relative_to(ROOT)} is missing: run `cargo xtask codegen`", pytrace=False)

SPEC = json.loads(BUNDLE.read_text(encoding="utf-8"))
SCHEMAS = SPEC["components"]["schemas"]
with (ROOT / "tests/operations.tsv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def resolve(node):
    """The node itself, or what its `$ref` names."""
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    return SPEC["components"][kind][name]


def dig(node, *keys):
    """The value below some keys, following every `$ref`; None if there is none."""
    for key in keys:
        node = resolve(node).get(key)
        if node is None:
            return None
    return resolve(node)


OPERATIONS = {
    operation["operationId"]: {**operation, "method": method.upper(), "path": path}
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
}
BODIES = sorted(name for name, operation in OPERATIONS.items() if dig(operation, *BODY))


def parameters(operation):
    return [resolve(parameter) for parameter in operation.get("parameters", [])]


def closed(node, extended=False):
    """A copy of a schema in which objects refuse fields that they do not name, as input objects do.

    A base that another object extends stays open, under a separate name.
    """
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        suffix = "-open" if extended else ""
        return {**node, "$ref": node["$ref"] + suffix}
    copy = {key: value if key in ("example", "default") else closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict):
        copy["properties"] = {name: closed(field) for name, field in node["properties"].items()}
    if "allOf" in node:
        copy["allOf"] = [closed(part, extended=True) for part in node["allOf"]]
    is_object = "allOf" in node or ("object" in node.get("type", ()) and "additionalProperties" not in node)
    if is_object and not extended:
        copy["unevaluatedProperties"] = False
    return copy


def validator(schema):
    """Judges values that are sent."""
    definitions = {name: closed(node) for name, node in SCHEMAS.items()}
    definitions |= {f"{name}-open": closed(node, extended=True) for name, node in SCHEMAS.items()}
    document = {"components": {"schemas": definitions}, **closed(schema)}
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def complaint(schema, value):
    """Returns the errors of a value, or None."""
    error = best_match(validator(schema).iter_errors(value))
    return error and f"{error.json_path}: {error.message}"


def nodes(node, where=""):
    """Every schema below a node, with its place."""
    if isinstance(node, dict):
        yield where, node
        for name, field in node.get("properties", {}).items():
            yield from nodes(field, f"{where}.{name}")
        for keyword in ("oneOf", "allOf"):
            for part in node.get(keyword, []):
                yield from nodes(part, where)
        yield from nodes(node.get("items"), f"{where}[]")


FIELDS = [(where, node) for name, schema in SCHEMAS.items() for where, node in nodes(schema, name)]


def test_the_bundle_is_valid_openapi():
    problems = [
        f"{'/'.join(map(str, error.path))}: {error.message}" for error in OpenAPIV31SpecValidator(SPEC).iter_errors()
    ]
    assert not problems, "\n".join(problems)


def test_it_has_exactly_the_known_operations():
    expected = {(row["method"], row["path"], row["python"]) for row in ROWS}
    found = {(operation["method"], operation["path"], name) for name, operation in OPERATIONS.items()}
    assert len(expected) == 57, "tests/operations.tsv has lost or gained a row"
    assert found == expected, f"missing: {sorted(expected - found)}\nnot known: {sorted(found - expected)}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["python"])
def test_an_operation_is_what_the_table_says(row):
    operation = OPERATIONS[row["python"]]
    successes = [status for status in operation["responses"] if status.startswith("2")]
    assert successes[0] == row["success"][:3], f"the first success is {successes[0]}, the table says {row['success']}"
    documented = set(re.findall(r"\b4\d\d\b", row["errors"]))
    missing = documented - operation["responses"].keys()
    assert not missing, f"documented errors without a response: {sorted(missing)}"
    paged = "+ meta" in row["success"]
    assert operation.get("x-paginated", False) == paged, f"x-paginated should be {paged}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_complete(name):
    operation = OPERATIONS[name]
    resource = name.rpartition(".")[0]
    assert operation["tags"] == [resource], f"the tag should be {resource}"
    assert resource in {tag["name"] for tag in SPEC["tags"]}, f"openapi.yaml does not describe the tag {resource}"
    assert operation["summary"].endswith("."), "the summary is not a sentence"
    assert operation.get("description", "").endswith("."), "the description is missing or not a sentence"
    placeholders = re.findall(r"{(\w+)}", operation["path"])
    ids = [parameter["name"] for parameter in parameters(operation) if parameter["in"] == "path"]
    assert ids == placeholders, f"path parameters {ids} for {operation['path']}"
    expected = {"401", "429"}
    if "x-stream" not in operation:
        expected |= {"403"} | ({"404"} if ids else set()) | ({"400"} if "requestBody" in operation else set())
    missing = expected - operation["responses"].keys()
    assert not missing, f"no response for {sorted(missing)}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_response_has_the_envelope(name):
    operation = OPERATIONS[name]
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            assert dig(response, "content", "application/json", "schema") is SCHEMAS["Error"], f"{status} is no Error"
        elif "x-stream" in operation:
            assert dig(response, "content", "text/event-stream", "schema"), f"{status} is no stream"
        else:
            schema = dig(response, "content", "application/json", "schema")
            base = resolve(schema["allOf"][0]) if "allOf" in schema else schema
            paged = "x-paginated" in operation
            allowed = [SCHEMAS["PageEnvelope"]] if paged else [SCHEMAS["Envelope"], SCHEMAS["NullEnvelope"]]
            assert any(base is envelope for envelope in allowed), f"{status} has the wrong envelope"


@pytest.mark.parametrize("name", BODIES)
def test_the_example_of_a_body_is_valid(name):
    media = dig(OPERATIONS[name], *BODY)
    assert "example" in media, "the body has no example"
    assert complaint(media["schema"], media["example"]) is None


@pytest.mark.parametrize("name", BODIES)
def test_a_body_with_an_unknown_field_is_invalid(name):
    media = dig(OPERATIONS[name], *BODY)
    assert complaint(media["schema"], {**media["example"], "no_such_field": 1}), "the field was not noticed"


STRIPE = {"type": "stripe", "public_key": "pk", "secret_key": "sk", "currency": "USD"}
TOOL = {"name": "Get order", "http_method": "GET", "url_template": "/orders"}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("agents.create", {"workflow_id": "w" * 51, "name": "Ada", "description": ""}),
        ("agents.create", {"name": "Ada", "description": ""}),
        ("agents.update", {"persona": "grumpy"}),
        ("agents.update", {"escalation_email": "invalid"}),
        ("agents.knowledge_bases.create", {"type": "text", "name": "Hours", "url": "https://example.com"}),
        ("agents.knowledge_bases.create", {"type": "file", "name": "Hours"}),
        ("agents.knowledge_bases.create", {"type": "text", "name": "Hours", "content": "x" * 2501}),
        ("agents.integrations.bimpeai.configure", {"type": "paypal"}),
        ("agents.integrations.bimpeai.configure", {key: STRIPE[key] for key in STRIPE if key != "currency"}),
        ("agents.integrations.bimpeai.configure", {**STRIPE, "type": "bumpa"}),
        ("agents.integrations.custom_api.configure", {"name": "Orders", "auth_type": "bearer"}),
        ("agents.integrations.custom_api.configure", {"name": "Orders", "auth_config": {"token": "t"}}),
        ("agents.integrations.mcp_server.configure", {"name": "Stock"}),
        ("agents.integrations.custom_api.tools.add", {**TOOL, "timeout": 15}),
        ("agents.integrations.custom_api.tools.add", {**TOOL, "http_method": "get"}),
        (
            "agents.integrations.custom_api.tools.add",
            {**TOOL, "url_params": [{"name": "id", "type": "string"}]},
        ),
        (
            "workflows.create",
            {"name": "Shop", "system_prompt": "Help.", "guide": {"youtube_url": "", "steps": []}},
        ),
        ("workflows.update", {"name": ""}),
        ("conversations.send", {"message": "x" * 4097}),
        ("conversations.send", {"message": "Hello", "channel_type": "test_webchat"}),
        ("calls.make", {"destination": "test", "is_test_call": True}),
        ("calls.make", {"destination": "+2348012345678", "is_test_call": "true"}),
        ("phone_numbers.update", {"label": "x" * 129}),
    ],
)
def test_a_wrong_body_is_invalid(name, body):
    assert complaint(dig(OPERATIONS[name], *BODY)["schema"], body), "nothing was noticed"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("agents.integrations.bimpeai.configure", {"type": "google_sheets"}),
        ("agents.integrations.bimpeai.configure", {"type": "bumpa", "token": "t"}),
        ("agents.integrations.custom_api.configure", {"name": "Orders"}),
        ("agents.integrations.custom_api.configure", {"name": "Orders", "auth_type": "none"}),
        (
            "agents.integrations.mcp_server.configure",
            {"name": "Stock", "server_url": "https://stock.example.com"},
        ),
        (
            "agents.integrations.custom_api.tools.add",
            {**TOOL, "auth_type": "custom", "auth_config": {"any": 1}},
        ),
        ("workflows.update", {"setup_steps": ["one", {"two": 2}, []]}),
        ("conversations.send", {"message": "Hello", "conversation_id": "c"}),
        ("phone_numbers.update", {"agent_id": None}),
    ],
)
def test_an_unusual_body_is_valid(name, body):
    assert complaint(dig(OPERATIONS[name], *BODY)["schema"], body) is None


@pytest.mark.parametrize("name", OPERATIONS)
def test_parameters_have_a_valid_example(name):
    for parameter in parameters(OPERATIONS[name]):
        assert parameter.get("description"), f"{parameter['name']} has no description"
        assert "example" in parameter, f"{parameter['name']} has no example"
        problem = complaint(parameter["schema"], parameter["example"])
        assert problem is None, f"the example of {parameter['name']}: {problem}"


def test_fields_are_described():
    bare = [
        f"{name}.{field}"
        for name, schema in SCHEMAS.items()
        for part in [schema, *schema.get("allOf", [])]
        for field, node in part.get("properties", {}).items()
        if not resolve(node).get("description") and "const" not in node
    ]
    assert not bare, f"fields without a description: {bare}"
    assert not [
        name for name, schema in SCHEMAS.items() if not schema.get("description") and not name.endswith("Envelope")
    ]


def test_examples_and_defaults_of_fields_are_valid():
    problems = [
        f"{keyword} of {where}: {problem}"
        for where, node in FIELDS
        for keyword in ("example", "default")
        if keyword in node and (problem := complaint(node, node[keyword]))
    ]
    assert not problems, "\n".join(problems)


def test_examples_of_errors_are_valid():
    problems = {}
    for name, response in SPEC["components"]["responses"].items():
        media = dig(response, "content", "application/json")
        problem = complaint(media["schema"], media["example"])
        code = media["example"]["code"]
        if problem or f"`{code}`" not in SCHEMAS["Error"]["properties"]["code"]["description"]:
            problems[name] = problem or f"the description of Error does not list {code}"
    assert not problems


def test_required_fields_exist():
    missing = [
        f"{where}.{name}"
        for where, node in FIELDS
        if "properties" in node
        for name in node.get("required", [])
        if name not in node["properties"]
    ]
    assert not missing


def test_secrets_are_marked():
    secret = {"token", "secret_key", "password", "api_key", "ticket", "headers_template"}
    free_form = {"auth_config"}
    unmarked = [
        where
        for where, node in FIELDS
        if (name := where.rpartition(".")[2]) in secret or (name in free_form and "$ref" not in node)
        if not node.get("x-secret")
    ]
    assert not unmarked, f"secrets without x-secret: {unmarked}"
    assert sum("x-secret" in node for _, node in FIELDS) >= 10


def test_nothing_is_left_over():
    text = json.dumps(SPEC)
    unused = [
        f"{kind}/{name}"
        for kind in ("schemas", "parameters", "responses")
        for name in SPEC["components"][kind]
        if f'"#/components/{kind}/{name}"' not in text
    ]
    assert not unused, f"nothing refers to {unused}"


def test_scopes_fit_the_method():
    scopes = {
        name: scope
        for name, operation in OPERATIONS.items()
        for requirement in operation.get("security", [])
        for scope in requirement["ApiKey"]
    }
    assert set(scopes.values()) == {
        "agents:read",
        "agents:write",
        "conversations:read",
        "conversations:write",
    }
    wrong = [name for name, scope in scopes.items() if scope.endswith(":read") != (OPERATIONS[name]["method"] == "GET")]
    assert not wrong, f"reading needs :read and writing needs :write, but not so in {wrong}"


def test_the_exceptions_are_the_known_ones():
    def having(extension):
        return {name for name, operation in OPERATIONS.items() if extension in operation}

    assert having("x-python-body") == {
        "agents.integrations.custom_api.tools.add",
        "agents.knowledge_bases.create",
        "calls.make",
    }
    assert having("x-stream") == {"conversations.messages.stream"}
    assert having("x-slow") == {"calls.make", "conversations.messages.send", "conversations.send"}
    assert having("x-costs-money") == {"calls.make"}
    assert having("x-replay-safe") == {
        "agents.integrations.mcp_server.discover",
        "agents.integrations.mcp_server.test",
        "conversations.messages.stream_ticket",
    }
    keyless = {name for name, operation in OPERATIONS.items() if operation.get("security") == []}
    assert keyless == {"conversations.messages.stream"}, "only the stream, which has its ticket, goes without a key"
