"""Tree to canonical JSON, and to the two hashes by which a version is known.

A node becomes an object: `node` is the name of its class, every other key a field that takes part
in comparison. What is absent is left out: None, the empty list, and a field that holds its default,
so that a form the language learns later does not move the hashes of what was written before. Whole
numbers are written without a fraction, and beyond 2^53 as text; microseconds are always text. The
declarations of a policy may stand in any order, so its meaning has them sorted by kind and name.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache

import rfc8785

from engine.syntax import nodes as syntax

Json = bool | int | float | str | list["Json"] | dict[str, "Json"]

_EXACT = 2**53 - 1

_WORDING: dict[type[syntax.Node], frozenset[str]] = {
    syntax.Header: frozenset({"name", "version", "title", "owner", "source"}),
    syntax.Member: frozenset({"note"}),
    syntax.Default: frozenset({"because"}),
    syntax.Field: frozenset({"note"}),
    syntax.Threshold: frozenset({"because"}),
    syntax.List: frozenset({"word"}),
    syntax.ListItem: frozenset({"note"}),
    syntax.Guard: frozenset({"because"}),
    syntax.Rule: frozenset({"because"}),
    syntax.Guardrail: frozenset({"because"}),
    syntax.Otherwise: frozenset({"because"}),
    syntax.State: frozenset({"note"}),
    syntax.Event: frozenset({"note"}),
    syntax.Transition: frozenset({"because"}),
    syntax.Deadline: frozenset({"because"}),
}

_PROMISES_AND_EXPECTATIONS = (syntax.Guarantee, syntax.Example, syntax.Waiver)


def canonical(tree: syntax.File) -> dict[str, Json]:
    """All that the policy says; layout and comments are not in it."""
    return _node(tree, {})


def content_hash(tree: syntax.File) -> str:
    return _hash(canonical(tree))


def meaning(tree: syntax.File) -> dict[str, Json]:
    """What can move a decision: not the policy's name, reasons and notes, promises and examples."""
    decisive = [
        declaration
        for declaration in tree.declarations
        if not isinstance(declaration, _PROMISES_AND_EXPECTATIONS)
    ]
    decisive.sort(key=lambda declaration: (type(declaration).__name__, declaration.name.text))
    return {
        **_node(replace(tree, declarations=()), _WORDING),
        "declarations": [_node(declaration, _WORDING) for declaration in decisive],
    }


def meaning_hash(tree: syntax.File) -> str:
    return _hash(meaning(tree))


def _hash(form: dict[str, Json]) -> str:
    return "sha256:" + hashlib.sha256(written(form)).hexdigest()


_SMALL = re.compile(r"[:,\[]-?\d(?:\.\d+)?e-")
"""A number below 0.0001, which Python writes in its own way."""


def written(form: dict[str, Json]) -> bytes:
    """As RFC 8785 says. All keys are ASCII, and whole numbers exact, so that the interpreter's own
    writer, which is ten times as fast, says the same of all else."""
    text = json.dumps(form, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return rfc8785.dumps(form) if _SMALL.search(text) else text.encode()


def _node(node: syntax.Node, wording: dict[type[syntax.Node], frozenset[str]]) -> dict[str, Json]:
    form: dict[str, Json] = {"node": type(node).__name__}
    left_out = wording.get(type(node), frozenset())
    for name, value in _said(node):
        if name in left_out:
            continue
        if isinstance(value, syntax.Node):
            form[name] = _node(value, wording)
        elif isinstance(value, tuple):
            form[name] = [_node(item, wording) for item in value]
        elif name == "microseconds":
            form[name] = str(value)
        else:
            form[name] = _plain(value)
    return form


def _said(node: syntax.Node) -> Iterator[tuple[str, object]]:
    for name, default in _compared(type(node)):  # type: ignore[arg-type] # a class has a hash
        value = getattr(node, name)
        if value not in (None, (), default):
            yield name, value


@cache
def _compared(kind: type[syntax.Node]) -> tuple[tuple[str, object], ...]:
    return tuple((each.name, each.default) for each in fields(kind) if each.compare)


def _plain(value: object) -> Json:
    match value:
        case bool() | str():
            return value
        case int() | float() if value == int(value):
            whole = int(value)
            return whole if abs(whole) <= _EXACT else str(whole)
        case float():
            return value
        case _:
            raise TypeError(f"no canonical form for {value!r}")
