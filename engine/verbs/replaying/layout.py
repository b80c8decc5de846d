"""What one row of a history holds to the row itself: its case, what was decided, and what else was
recorded.

Facts stand as `decide --cases` takes them, or as `export --facts` writes them: the case under
`input`. What was decided may stand beside them: `outcome` as an object or as JSON, or its fields as
`outcome.action`; `basis`; `determining`, or `rule`; `as_of`; and, as an export has them, `policy`,
`version`, `hash` and `decision`. A column that is a fact of the policy is that fact.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.language import types
from engine.language.plain_json import JsonError, read_json
from engine.program.cases import is_whole_case
from engine.program.nodes import Parameter, Program
from engine.verbs.decide import parameters_of
from engine.verbs.replaying.models import By, Row, Said
from engine.verbs.replaying.unsaid import NOT_KEPT
from engine.verbs.rows import Column, case_of, columns_of, instant

NO_FACTS = "its facts are not in the file"
NO_INSTANT = "its `as_of` is no instant"
WRITE_INSTANT = "write it as 2026-01-15T14:32:00Z"
NO_CASE = "its `input` is no case"
IDS = ("decision_id", "id")
OUTCOME = "outcome"


@dataclass(frozen=True)
class Asked:
    """What is to be replayed. `id` is the column that names a case, `keep` are columns that the
    rows keep."""

    old: Program
    new: Program
    decision: str
    id: str | None = None
    keep: tuple[str, ...] = ()


class Layout:
    """Which columns are facts, and which tell what was decided. Of JSON lines, which have no
    columns, each object says for itself. `seen` are those that are no facts."""

    def __init__(self, asked: Asked, columns: Sequence[str] | None) -> None:
        self.asked = asked
        self.seen: set[str] = set()
        sides = [parameters_of(each, asked.decision) for each in (asked.old, asked.new)]
        self.facts = {*_names(sides[0]), *_names(sides[1])}
        self._has_columns = columns is not None
        self.old, self.new = (columns_of(columns or (), each) for each in sides)
        given = {each.name for each in self.old}
        self.old += [each for each in self.new if each.name not in given]
        self._alike = all(
            each == next((one for one in self.old if one.name == each.name), None)
            for each in self.new
        )
        self._result = _result(asked.old, asked.decision)
        self.parts = self._parts(columns or ())

    def row(self, raw: Mapping[str, Any], place: str) -> Row | None:
        """None where it is of another decision. What a column does not hold in this row is None, or
        is not there."""
        told = {
            name: each for name, each in raw.items() if name not in self.facts and each is not None
        }
        self.seen.update(told)
        by = _by(told)
        if by is not None and self._is_of_another(told):
            return None
        more = {each: plain(told[each]) for each in self.asked.keep if each in told}
        now = instant(told.get("as_of"))
        gone, mentioned = _gone(told), None
        if gone is not None and gone.startswith(NOT_KEPT) and "input" in told:
            gone, mentioned = None, _json(told.get("mentioned")) or {}
        case, other = (None, None) if gone is not None else self.cases(raw)
        if gone is None and not isinstance(case, Mapping):
            gone = NO_CASE if "input" in told else NO_FACTS
        if gone is None and now is None and told.get("as_of") is not None:
            gone = NO_INSTANT
        name, said = self._name(raw, place), self._said(told)
        return Row(name, case, now, said, by, gone, other, more, mentioned)

    def cases(self, raw: Mapping[str, Any]) -> tuple[Any, Any]:
        """As both versions read it; the second is None where that is the same."""
        if raw.get("input") is not None and "input" not in self.facts:
            return _json(raw["input"]), None
        if not self._has_columns:
            given = {name: raw[name] for name in raw if name in self.facts}
            return given or None, None
        if not self.old:
            return None, None
        return _case(raw, self.old), None if self._alike else _case(raw, self.new)

    def _parts(self, columns: Sequence[str]) -> list[tuple[str, Column]]:
        """The columns that hold a field of an outcome."""
        if OUTCOME in self.facts:
            return []
        named = [each for each in columns if each.startswith(f"{OUTCOME}.")]
        paths = {each: each.partition(".")[2] for each in named}
        found = {each.name: each for each in columns_of([*paths.values()], self._result)}
        return [(each, found[path]) for each, path in paths.items() if path in found]

    def _is_of_another(self, told: Mapping[str, Any]) -> bool:
        policy = told.get("policy")
        named = policy.get("name") if isinstance(policy, Mapping) else policy
        of = (named or self.asked.old.name, told.get("decision") or self.asked.decision)
        return of != (self.asked.old.name, self.asked.decision)

    def _name(self, raw: Mapping[str, Any], place: str) -> str:
        for column in IDS if self.asked.id is None else (self.asked.id,):
            if raw.get(column) is not None:
                return str(raw[column])
        return place

    def _said(self, told: Mapping[str, Any]) -> Said | None:
        outcome = self._outcome(told)
        if outcome is None:
            return None
        basis = told.get("basis")
        by = told.get("determining", told.get("rule"))
        return Said(outcome, basis if isinstance(basis, str) else None, _determining(by))

    def _outcome(self, told: Mapping[str, Any]) -> Any:
        if OUTCOME in told:
            found = _json(told[OUTCOME])
            is_text = isinstance(self._result[0].type, types.Text | types.Enum | types.Code)
            return told[OUTCOME] if is_text and not isinstance(found, str) else found
        if not any(name in told for name, _ in self.parts):
            return None
        made = case_of(
            {column.name: told.get(name) for name, column in self.parts},
            [column for _, column in self.parts],
        )
        return {**{c.steps[0]: None for _, c in self.parts if len(c.steps) == 1}, **made}


def plain(value: Any) -> Any:
    """What a column holds, as JSON would."""
    if value is None or isinstance(value, str | int | float):
        return value
    return case_of({"value": value}, [_ALONE])["value"]


_ALONE = Column("value", ("value",), None)


def _case(raw: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    return case_of(raw, [each for each in columns if raw.get(each.name) is not None])


def _names(parameters: Sequence[Parameter]) -> Collection[str]:
    """What may stand at the top of a case."""
    type_ = parameters[0].type
    if is_whole_case(parameters) and isinstance(type_, types.Record):
        return [each.wire for each in type_.fields]
    return [each.name for each in parameters]


def _result(policy: Program, decision: str) -> tuple[Parameter, ...]:
    if decision in policy.decisions:
        return (Parameter(OUTCOME, policy.decisions[decision].result),)
    return (Parameter(OUTCOME, types.Record(OUTCOME, ())),)


def _by(told: Mapping[str, Any]) -> By | None:
    """The version that decided, where it is told."""
    policy = told.get("policy")
    of = policy if isinstance(policy, Mapping) else told
    hash, version = of.get("hash"), of.get("version")
    found = [each if isinstance(each, str) else None for each in (version, hash)]
    return By(*found) if any(found) else None


def _gone(told: Mapping[str, Any]) -> str | None:
    if str(told.get("hypothetical")).lower() == "true":
        return Row.HYPOTHETICAL
    facts = told.get("facts")
    return facts if isinstance(facts, str) and facts != "kept" else None


def _determining(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        read = _json(value)
        value = read if isinstance(read, list) else [each.strip() for each in value.split(",")]
    if isinstance(value, list):
        return tuple(str(each) for each in value if each != "")
    return None


def _json(value: Any) -> Any:
    """A text as the JSON that it is, or as it stands."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except JsonError:
        return value
