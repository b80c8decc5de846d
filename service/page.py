"""The OpenAPI document to one HTML page that a person reads: it loads nothing and runs nothing."""

import json
import re
import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

Json = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --link: #0b63c5; }
@media (prefers-color-scheme: dark) { :root { --link: #7ab7ff; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { margin-bottom: 0; }
h2 { border-bottom: 2px solid var(--line); margin-top: 3rem; }
h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
h4 { margin: 1rem 0 .25rem; font-size: .95rem; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: 1rem; }
code, pre { font: .875em/1.45 ui-monospace, monospace; }
pre { background: var(--soft); border-radius: .4rem; margin: .4rem 0; padding: .6rem .8rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .15rem 0; }
details details, details > table, details > pre, details > p, details > div { margin-left: 1rem; }
table { border-collapse: collapse; width: calc(100% - 1rem); margin: .25rem 0; }
.wide { overflow-x: auto; }
td, th { border-top: 1px solid var(--line); padding: .3rem .6rem .3rem 0; text-align: left;
  vertical-align: top; font-size: .92rem; }
th { font-weight: 600; border-top: 0; }
td:first-child { white-space: nowrap; }
.method { border-radius: .3rem; background: var(--soft); font-weight: 600; padding: .1rem .4rem; }
.path { font-weight: 600; overflow-wrap: anywhere; }
.soft { opacity: .75; }
nav ul { columns: 2 22rem; list-style: none; padding: 0; margin: .25rem 0; }
nav li { break-inside: avoid; padding: .1rem 0; overflow-wrap: anywhere; }
nav h4 { margin-top: .75rem; }
""".strip()


_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""What a browser may do with the page: show it."""


def page(document: Json, address: str = "http://127.0.0.1:8000") -> str:
    """`address` is where the curl lines ask."""
    info = document["info"]
    title = f"{info['title']} {info['version']}"
    groups = [(tag, list(_of_tag(document, tag["name"]))) for tag in document["tags"]]
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
            f"<h1>{escape(title)}</h1>{_prose(info['description'])}",
            '<p>The same for programs: <a href="/schema/openapi.json">openapi.json</a>, ',
            f"OpenAPI {escape(document['openapi'])}.</p>",
            f"<nav>{''.join(_contents(tag, of) for tag, of in groups)}</nav>",
            *(_group(document, tag, of, address) for tag, of in groups),
            f'<h2 id="schemas">Schemas</h2>{_schemas(document)}</main></body></html>\n',
        )
    )


_Placed = tuple[str, str, Json]
"""A path, a method, and the operation there."""


def _of_tag(document: Json, tag: str) -> Iterator[_Placed]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if tag in operation["tags"]:
                yield path, method, operation


def _contents(tag: Json, operations: Sequence[_Placed]) -> str:
    rows = "".join(
        f'<li><a href="#{escape(operation["operationId"])}">{escape(operation["summary"])}</a> '
        f'<span class="soft"><code>{escape(path)}</code></span></li>'
        for path, _, operation in operations
    )
    return f"<h4>{escape(tag['name'])}</h4><ul>{rows}</ul>" if rows else ""


def _group(document: Json, tag: Json, operations: Sequence[_Placed], address: str) -> str:
    if not operations:
        return ""
    told = "".join(_operation(document, each, address) for each in operations)
    return f"<h2>{escape(tag['name'])}</h2><p>{_inline(tag['description'])}</p>{told}"


def _operation(document: Json, placed: _Placed, address: str) -> str:
    path, method, operation = placed
    return "".join(
        (
            f'<article id="{escape(operation["operationId"])}">',
            f"<h3>{escape(operation['summary'])}</h3>",
            f'<p><span class="method">{escape(method.upper())}</span> ',
            f'<code class="path">{escape(path)}</code></p>',
            f"<p>{_inline(operation['description'])}</p>",
            _parameters(document, operation),
            _body(document, operation),
            _examples(document, placed, address),
            _answers(document, operation),
            "</article>",
        )
    )


def _parameters(document: Json, operation: Json) -> str:
    found = [_resolved(document, each) for each in operation["parameters"]]
    rows = [
        (
            f"<code>{escape(each['name'])}</code>",
            escape(each["in"] + (", required" if each["required"] else "")),
            f"{_inline(each['description'])} {_soft(_type(each['schema']))}",
        )
        for each in found
    ]
    if not rows:
        return ""
    table = _table(("parameter", "in", ""), rows)
    return f"<details><summary>Parameters: {_names(found)}</summary>{table}</details>"


def _names(parameters: Sequence[Json]) -> str:
    return ", ".join(f"<code>{escape(each['name'])}</code>" for each in parameters)


def _body(document: Json, operation: Json) -> str:
    body = operation.get("requestBody")
    if body is None:
        return ""
    (media, of), *_ = body["content"].items()
    fields = _fields(document, of["schema"])
    whole = f"<details><summary>Body, <code>{escape(media)}</code></summary>{fields}</details>"
    return whole + _narrowed(document, of["schema"])


def _narrowed(document: Json, schema: Json) -> str:
    """The fields that are of this operation's own form."""
    return "".join(
        f"<details><summary>Its <code>{escape(name)}</code></summary>"
        f"{_fields(document, of)}</details>"
        for part in schema.get("allOf", ())
        if "$ref" not in part
        for name, of in part["properties"].items()
    )


def _answers(document: Json, operation: Json) -> str:
    told = "".join(
        _answer(document, status, _resolved(document, each))
        for status, each in operation["responses"].items()
    )
    return f"<h4>Answers</h4>{told}"


def _answer(document: Json, status: str, answer: Json) -> str:
    said = "; ".join(_inline(line) for line in answer["description"].splitlines())
    headers = ", ".join(f"<code>{escape(name)}</code>" for name in answer["headers"])
    inside = f"<p>Headers: {headers}</p>"
    for media, of in answer.get("content", {}).items():
        known = media == "application/problem+json"
        form = f": {_type(of['schema'])}" if known else _fields(document, of["schema"])
        form += _narrowed(document, of["schema"])
        inside += f"<div><code>{escape(media)}</code>{form}</div>"
    return f"<details><summary><b>{escape(status)}</b> {said}</summary>{inside}</details>"


def _examples(document: Json, placed: _Placed, address: str) -> str:
    """A request to paste into a shell for each example, and what it is answered."""
    _, _, operation = placed
    values = _example_bodies(document, operation)
    answered = _example_answers(operation)
    if not values:
        return f"<h4>Try it</h4>{_curl(document, placed, address, None)}"
    told = "".join(
        f"<details{' open' if place == 0 and not name else ''}>"
        f"<summary>{escape(name) or 'For example'}</summary>"
        f"{_curl(document, placed, address, value)}"
        f"{_pretty(answered[name]) if name in answered else ''}</details>"
        for place, (name, value) in enumerate(values.items())
    )
    return f"<h4>{'Examples of the policy' if answered else 'Try it'}</h4>{told}"


def _example_bodies(document: Json, operation: Json) -> dict[str, Any]:
    body = operation.get("requestBody")
    if body is None:
        return {}
    content = body["content"]["application/json"]
    if "examples" in content:
        return {name: each["value"] for name, each in content["examples"].items()}
    found = _resolved(document, content["schema"]).get("examples", [])
    return {"": found[0]} if found else {}


def _example_answers(operation: Json) -> dict[str, Any]:
    content = operation["responses"].get("200", {}).get("content", {})
    found = content.get("application/json", {}).get("examples", {})
    return {name: each["value"] for name, each in found.items()}


def _curl(document: Json, placed: _Placed, address: str, body: object) -> str:
    path, _, operation = placed
    for each in (_resolved(document, of) for of in operation["parameters"]):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(each.get("example", each["name"])))
    words = ["curl", "-s", shlex.quote(f"{address}{path}")]
    if operation["security"]:
        words += ["-H", '"Authorization: Bearer $BYLAW_KEY"']
    if body is not None:
        written = shlex.quote(json.dumps(body, ensure_ascii=False))
        words += ["-H", "'Content-Type: application/json'", "-d", written]
    return f"<pre>{escape(' '.join(words), quote=False)}</pre>"


def _pretty(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False), quote=False)}</pre>"


def _schemas(document: Json) -> str:
    """The link of a schema leads into its fold, which opens it."""
    return "".join(
        f"<details><summary><code>{escape(name)}</code></summary>"
        f'<p id="schema.{escape(name)}">{_inline(of.get("description", ""))}</p>'
        f"{_fields(document, of)}</details>"
        for name, of in sorted(document["components"]["schemas"].items())
    )


def _fields(document: Json, schema: Json) -> str:
    """An object's fields as a table; of anything else its type."""
    fields, required = _object(document, schema)
    if not fields:
        return f"<p>{_type(schema)}</p>"
    rows = [
        (
            f"<code>{escape(name)}</code>",
            "required" if name in required else "",
            f"{_type(of)}{_default(of)} {_soft(_inline(_said(of)))}",
        )
        for name, of in fields.items()
    ]
    return _table(("field", "", ""), rows)


def _default(schema: Json) -> str:
    if "default" not in schema:
        return ""
    return f", <code>{escape(json.dumps(schema['default'], ensure_ascii=False))}</code> if left out"


def _object(document: Json, schema: Json) -> tuple[dict[str, Any], set[str]]:
    """The fields of an object; a later part of `allOf` narrows an earlier one."""
    schema = _resolved(document, schema)
    fields, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        inside, needed = _object(document, part)
        fields |= inside
        required |= needed
    return fields, required


def _said(schema: Json) -> str:
    """What is said of a field, also where it may be null."""
    inside = (each.get("description", "") for each in schema.get("anyOf", ()))
    said: str = schema.get("description", "") or next(filter(None, inside), "")
    return said


def _type(schema: Json) -> str:
    """In words."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            return f'<a href="#schema.{escape(name)}">{escape(name)}</a>'
        case {"allOf": [first, *_]}:
            return _type(first)
        case {"anyOf": forms}:
            return " or ".join(_type(each) for each in forms)
        case {"enum": values}:
            return " | ".join(f"<code>{escape(str(each))}</code>" for each in values)
        case {"const": value}:
            return f"<code>{escape(json.dumps(value))}</code>"
        case {"type": "array", "items": items}:
            most = f", up to {schema['maxItems']:,}" if "maxItems" in schema else ""
            return f"list of {_type(items)}{most}"
        case {"type": "object", "additionalProperties": dict(values)} if values:
            return f"object of {_type(values)}"
        case {"type": "object", "properties": dict(fields)}:
            return f"object of {', '.join(f'<code>{escape(name)}</code>' for name in fields)}"
        case {"type": str(kind)}:
            return f"{_KINDS.get(kind, kind)}{_ends(schema)}"
        case _:
            return "anything"


_KINDS = {"string": "text", "boolean": "true or false"}


def _ends(schema: Json) -> str:
    said = [
        f"{word} {schema[name]:,}"
        for name, word in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if name in schema and abs(schema[name]) < _ENDLESS
    ]
    if "pattern" in schema and "description" not in schema:
        said.append(f"as <code>{escape(schema['pattern'])}</code>")
    if "format" in schema:
        said.append(f"({escape(schema['format'])})")
    return f" {' '.join(said)}" if said else ""


_ENDLESS = 1e15
"""So far a number may go where the policy says nothing."""


def _resolved(document: Json, schema: Json) -> Json:
    while "$ref" in schema:
        found: Any = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _soft(text: str) -> str:
    return f'<span class="soft">{text}</span>' if text else ""


def _prose(text: str) -> str:
    return "".join(f"<p>{_inline(each)}</p>" for each in text.strip().split("\n\n"))


def _inline(text: str) -> str:
    """Words between backticks are code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
