"""A checked decision to one function: from known arguments to the outcome with its reasons.

The function evaluates all guards, for those that held are told; then, where no guard decides, the
rules as the hit policy wants them. Its locals are the policy's facts, the fields of the outcome,
and `basis`, `determining`, `reasons`, `unknown` as a `Decision` has them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from engine.backends.python import expressions, made, sentences
from engine.backends.python.births import births, escaped
from engine.backends.python.body import Body, Kit, reads_whole, texts_in_functions
from engine.backends.python.intake import intake
from engine.backends.python.loops import search_here
from engine.backends.python.ruled import Ruled, because, ruled
from engine.backends.python.shapes import Shape, shapes
from engine.backends.python.shapes import opened as opened_lines
from engine.backends.python.wire import record, wire
from engine.decision import Decision, Reason
from engine.language import types
from engine.language.values import settle
from engine.program import nodes as program
from engine.program.nodes import Expression

OTHERWISE = "otherwise"
_AS_THEY_ARE = types.Bool | types.Text | types.Number | types.Enum | types.Code
_NOTHING_APPLIED = "no rule applied"


def decision(kit: Kit, node: program.Decision) -> tuple[str, str]:
    """Adds two functions, `(case, now, as_of) -> Decision`, or None where the case has a fault, and
    `(arguments, now, ignored, as_of) -> Decision`; gives their names."""
    return _Writer(kit, node).functions()


def pointers_of(parameters: Sequence[program.Parameter]) -> dict[str, str]:
    """Where the parameters stand in a case: the only record is the case itself."""
    if len(parameters) == 1 and isinstance(parameters[0].type, types.Record):
        return {parameters[0].name: ""}
    return {each.name: "/" + escaped(each.name) for each in parameters}


def unknown_reason(code: str, words: str, missing: tuple[str, ...]) -> Reason:
    """Why a rule applies of which it could not be told whether it does."""
    places = tuple(dict.fromkeys(missing))
    are = "is" if len(places) == 1 else "are"
    why = f": {', '.join(places)} {are} not known" if places else ""
    return Reason(code, f"could not tell whether `{words}` applies{why}")


@dataclass(frozen=True)
class _Applied:
    """A rule where it applies: what is tested then, and what it gives."""

    rule: Ruled
    test: str
    outcome: Expression
    known: bool


class _Writer:
    """Writes the function line by line."""

    def __init__(self, kit: Kit, node: program.Decision) -> None:
        self.kit, self.node = kit, node
        expand = kit.expander.expand
        self.guards = [self._ruled(each) for each in node.guards]
        self.rules = [self._ruled(each) for each in node.rules]
        self.always = [program.Always(each.place, expand(each.value, {})) for each in node.always]
        self.otherwise = expand(node.otherwise.outcome, {}) if node.otherwise else None
        self.at_once = not self.always and node.hit != "strictest"
        self.shapes: list[Shape] = []
        self.body = self._body()
        self.fields = self._outcome_fields()
        self.pointers = {name: repr(at) for name, at in pointers_of(node.parameters).items()}

    def functions(self) -> tuple[str, str]:
        body, module, node = self.body, self.kit.module, self.node
        body.write(1, "unknown = ()")
        self._write_guards()
        self._write_always()
        self._write_return()
        opened = [line for each in self.shapes for line in opened_lines(each, 1)]
        if self.shapes:
            opened.insert(0, f"    {', '.join(each.name for each in self.shapes)}, = arguments")
        seen = [f"    {body.seen} = {{}}"] if body.seen else []
        lines = [*seen, *body.blanks(1), *body.lines]
        by_case, by_values = module.fresh(f"decide_{node.name}"), module.fresh(f"give_{node.name}")
        taken = intake(module, node.parameters, self.shapes)
        module.add(f"def {by_case}(case, now, as_of):", [*taken, *lines], node.span)
        module.add(
            f"def {by_values}(arguments, now, ignored, as_of):", [*opened, *lines], node.span
        )
        return by_case, by_values

    def _ruled(self, each: program.Rule) -> Ruled:
        outcomes = (each.outcome, each.unknown_outcome)
        return ruled(
            self.kit.expander, each.name, each.condition, outcomes, each.because, each.span
        )

    def _body(self) -> Body:
        fresh = self.kit.module.fresh
        roots = [root for each in (*self.guards, *self.rules) for root in each.roots()]
        roots += [self.otherwise] if self.otherwise else []
        roots += [each.value for each in self.always]
        body = Body(self.kit, {"now": "now", "outcome": fresh("outcome")}, roots)
        for each in (*self.guards, *self.rules):
            for found, variable in each.witnesses.items():
                body.witnesses[found] = body.variables[variable] = body.local("witness")
        self.shapes = shapes(self.node.parameters, roots, body.local)
        for parameter, shape in zip(self.node.parameters, self.shapes, strict=True):
            body.variables[parameter.name] = shape.name
            for place, part in enumerate(shape.parts):
                body.fields[parameter.name, place] = part.name
            for part in shape.inside():
                if part.parts:
                    body.members[part.name] = tuple(inner.name for inner in part.parts)
        if texts_in_functions(roots):
            body.seen = body.local("seen")
        return body

    def _outcome_fields(self) -> list[str] | None:
        """One local for each field of an outcome that is a record."""
        if not isinstance(self.node.result, types.Record):
            return None
        for place, each in enumerate(self.node.result.fields):
            self.body.fields["outcome", place] = self.body.local(each.name)
        places = range(len(self.node.result.fields))
        return [self.body.fields["outcome", place] for place in places]

    # guards

    def _write_guards(self) -> None:
        body = self.body
        held = [self._verdict(1, each) for each in self.guards]
        if not held:
            self._write_rules(1)
            return
        every = list(zip(held, self.guards, strict=True))
        body.write(1, f"if {' or '.join(held)}:")
        self._write_held(2, "guard", [
            _Applied(each, test, each.outcome, known=True) for test, each in every
        ])  # fmt: skip
        unsure = [
            _Applied(each, f"{test} is None", each.unknown_outcome, known=False)
            for test, each in every
            if each.maybe_unknown and each.unknown_outcome is not None
        ]
        if unsure:
            body.write(1, f"elif {' or '.join(each.test for each in unsure)}:")
            self._write_held(2, "unknown_guard", unsure)
        body.write(1, "else:")
        for test, each in every:
            if each.maybe_unknown and each.unknown_outcome is None:
                body.write(2, f"if {test} is None:")
                self._write_missing(3, each)
        self._write_rules(2)

    def _write_held(self, depth: int, basis: str, guards: Sequence[_Applied]) -> None:
        """The first one gives the outcome, and all of them their reasons."""
        body = self.body
        body.write(depth, f"basis = {basis!r}")
        body.write(depth, "reasons = ()")
        for place, each in enumerate(guards):
            with body.perhaps():
                body.write(depth, f"{'elif' if place else 'if'} {each.test}:", each.rule.span)
                body.write(depth + 1, f"determining = {(each.rule.name,)!r}")
                self._write_outcome(depth + 1, each.outcome)
        for each in guards:
            with body.perhaps():
                body.write(depth, f"if {each.test}:", each.rule.span)
                body.write(depth + 1, f"reasons += {self._reasons(depth + 1, each)}")

    # rules

    def _write_rules(self, depth: int) -> None:
        with self.body.perhaps():
            match self.node.hit:
                case "first":
                    self._write_first(depth)
                case "unique" if self.rules:
                    self._write_unique(depth)
                case "collect":
                    outcome = self.body.variables["outcome"]
                    self._write_gathered(depth, "[]", f"{outcome}.append({{}})")
                case "sum":
                    outcome = self.body.variables["outcome"]
                    self._write_gathered(depth, "0", f"{outcome} += {{}}")
                    self.body.write(depth, f"{outcome} = {self.kit.use(settle)}({outcome})")
                case "strictest":
                    self._write_strictest(depth)
                case "unique" | None:
                    self._write_otherwise(depth)
                case _:
                    assert_never(self.node.hit)

    def _write_each(self, depth: int, write: Callable[[int, _Applied], None]) -> None:
        """Rule by rule in file order: what is to be done where it applies, by `write`."""
        body = self.body
        for each in self.rules:
            if each.condition is None:
                write(depth, _Applied(each, "True", each.outcome, known=True))
                continue
            verdict = self._verdict(depth, each)
            with body.perhaps():
                body.write(depth, f"if {verdict}:", each.span)
                write(depth + 1, _Applied(each, verdict, each.outcome, known=True))
            if each.maybe_unknown:
                unsure = f"{verdict} is None"
                with body.perhaps():
                    body.write(depth, f"elif {unsure}:", each.span)
                    if each.unknown_outcome is None:
                        self._write_missing(depth + 1, each)
                    else:
                        write(depth + 1, _Applied(each, unsure, each.unknown_outcome, known=False))

    def _write_first(self, depth: int) -> None:
        def write(depth: int, each: _Applied) -> None:
            self._write_applies(depth, each, "=")
            self._write_outcome(depth, each.outcome)
            self.body.write(depth, "break")

        self.body.write(depth, "basis = 'rule'")
        self.body.write(depth, "while True:")
        self._write_each(depth + 1, write)
        self._write_otherwise(depth + 1)
        self.body.write(depth + 1, "break")

    def _write_unique(self, depth: int) -> None:
        held: list[_Applied] = []

        def write(depth: int, each: _Applied) -> None:
            self._write_applies(depth, each, "+=")
            held.append(each)

        body = self.body
        body.write(depth, "basis, determining, reasons = 'rule', (), ()")
        self._write_each(depth, write)
        body.write(depth, "if len(determining) == 1:")
        for place, each in enumerate(held):
            with body.perhaps():
                body.write(depth + 1, f"{'elif' if place else 'if'} {each.test}:", each.rule.span)
                self._write_outcome(depth + 2, each.outcome)
        body.write(depth, "elif determining:")
        body.write(depth + 1, "basis = 'conflict'")
        with body.perhaps():
            self._write_outcome(depth + 1, self.otherwise)
        body.write(depth, "else:")
        self._write_otherwise(depth + 1)

    def _write_gathered(self, depth: int, nothing: str, add: str) -> None:
        """All that apply, in order, from `nothing` on."""

        def write(depth: int, each: _Applied) -> None:
            self._write_applies(depth, each, "+=")
            self.body.write(depth, add.format(expressions.value(self.body, each.outcome)))

        body = self.body
        body.write(depth, "basis, determining, reasons = 'rule', (), ()")
        body.write(depth, f"{body.variables['outcome']} = {nothing}")
        self._write_each(depth, write)
        body.write(depth, "if not determining:")
        self._write_otherwise_reason(depth + 1)

    def _write_strictest(self, depth: int) -> None:
        record_type, place = self.node.result, self.node.strictest_by
        if not isinstance(record_type, types.Record) or place is None:
            raise TypeError(record_type)
        enum = record_type.fields[place].type
        if not isinstance(enum, types.Enum):
            raise TypeError(enum)
        body, rank = self.body, self.kit.rank(enum)

        def write(depth: int, each: _Applied) -> None:
            body.write(depth, f"made = ({expressions.value(body, each.outcome)})")
            body.write(depth, f"if best is None or {rank}[made[{place}]] < best:")
            body.write(depth + 1, f"best = {rank}[made[{place}]]")
            body.write(depth + 1, f"{', '.join(self.fields or ())}, = made")
            self._write_applies(depth + 1, each, "=")

        body.write(depth, "basis, best = 'rule', None")
        self._write_each(depth, write)
        body.write(depth, "if best is None:")
        self._write_otherwise(depth + 1)

    def _write_otherwise(self, depth: int) -> None:
        with self.body.perhaps():
            self._write_otherwise_reason(depth)
            self._write_outcome(depth, self.otherwise)

    def _write_otherwise_reason(self, depth: int) -> None:
        node = self.node.otherwise
        said = node.because if node else None
        fixed = sentences.fixed_text(said.pieces) if said else _NOTHING_APPLIED
        if fixed is None and said is not None:
            code = expressions.value(self.body, self.kit.expander.expand(said, {}))
            reasons = self._told(depth, OTHERWISE, code)
        else:
            reasons = self._always_told(OTHERWISE, fixed or "")
        self.body.write(depth, f"basis, determining = 'otherwise', {(OTHERWISE,)!r}")
        self.body.write(depth, f"reasons = {reasons}")

    # what they share

    def _verdict(self, depth: int, each: Ruled) -> str:
        """A local that is truthy where the condition is true, and None where it is unknown."""
        if each.condition is None:
            return "True"
        witness = self.body.witnesses.get(id(each.condition))
        if (
            witness is not None
            and isinstance(each.condition, program.Quantified)
            and not each.condition.unknown
            and not self.body.stands_twice(each.condition)
        ):
            search_here(self.body, depth, each.condition, witness)
            return f"{witness} is not None"
        form = expressions.value if each.maybe_unknown else expressions.true
        code = form(self.body, each.condition)
        if code.isidentifier():
            return code
        name = self.body.local(each.name)
        code = self.body.mark(each.condition) + code
        self.body.write(depth, f"{name} = ({code})", each.span)
        return name

    def _write_applies(self, depth: int, each: _Applied, sign: str) -> None:
        reasons = self._reasons(depth, each)
        self.body.write(depth, f"determining {sign} {(each.rule.name,)!r}")
        self.body.write(depth, f"reasons {sign} {reasons}", each.rule.span)

    def _reasons(self, depth: int, each: _Applied) -> str:
        """Code for a tuple of the rule's reason."""
        rule = each.rule
        if each.known:
            fixed = sentences.fixed_text(rule.because.pieces) if rule.because else rule.words
            if fixed is not None:
                return self._always_told(rule.name, fixed)
            return self._told(depth, rule.name, because(self.body, depth, rule))
        self._write_missing(depth, rule)
        code = f"{self.kit.policy.name}.{rule.name}"
        return f"({self.kit.use(unknown_reason)}({code!r}, {rule.words!r}, missing),)"

    def _told(self, depth: int, name: str, text: str) -> str:
        code = f"{self.kit.policy.name}.{name}"
        fresh = self.kit.module.name("open_reason", made.OpenReason)
        self.body.write(depth, f"told = {fresh}()")
        self.body.write(depth, f"told.code, told.text = {code!r}, {text}")
        self.body.write(depth, f"told.__class__ = {self.kit.module.name('Reason', Reason)}")
        return "(told,)"

    def _always_told(self, name: str, text: str) -> str:
        reason = Reason(f"{self.kit.policy.name}.{name}", text)
        return self.kit.module.name("reasons", (reason,))

    def _write_missing(self, depth: int, each: Ruled) -> None:
        """Says which facts were missing for the condition."""
        if each.condition is not None:
            code = births(self.body, each.condition, self.pointers)
            self.body.write(depth, f"missing = ({code})", each.span)
            self.body.write(depth, "unknown += missing")

    def _write_outcome(self, depth: int, outcome: Expression | None) -> None:
        if outcome is None:
            raise TypeError("the checker wants an `otherwise` here")
        body = self.body
        if self.fields is None:
            body.write(depth, f"{body.variables['outcome']} = {expressions.value(body, outcome)}")
            return
        codes = list(self.fields)
        if isinstance(outcome, program.MakeRecord):
            codes = self._write_fields(depth, outcome.values)
        else:
            body.write(depth, f"{', '.join(codes)}, = {expressions.value(body, outcome)}")
        if self.at_once:
            body.write(depth, f"outcome = {self._wire_record(codes)}")

    def _write_fields(self, depth: int, values: Sequence[Expression | None]) -> list[str]:
        """Code for each field's value; in its local where it is read again."""
        later = {each.place for each in self.always}
        codes = list(self.fields or ())
        for place, each in enumerate(values):
            code = "None" if each is None else expressions.value(self.body, each)
            if self.at_once and (each is None or isinstance(each.type, _AS_THEY_ARE)):
                codes[place] = code
            elif place not in later or self._reads_outcome():
                self.body.write(depth, f"{codes[place]} = {code}")
        return codes

    def _wire_record(self, codes: Sequence[str]) -> str:
        if not isinstance(self.node.result, types.Record):
            raise TypeError(self.node.result)
        return record(self.kit.module, self.node.result, codes)

    def _reads_outcome(self) -> bool:
        return any(reads_whole(each.value, "outcome") for each in self.always)

    def _write_always(self) -> None:
        body, fields = self.body, self.fields
        if fields is None:
            return
        for each in self.always:
            if reads_whole(each.value, "outcome"):
                body.write(1, f"{body.variables['outcome']} = ({', '.join(fields)},)")
            code = body.mark(each.value) + expressions.value(body, each.value)
            body.write(1, f"{fields[each.place]} = ({code})")

    def _write_return(self) -> None:
        result, module = self.node.result, self.kit.module
        if self.fields is None:
            outcome = wire(module, result, self.body.variables["outcome"])
        else:
            outcome = "outcome" if self.at_once else self._wire_record(self.fields)
        body, open_decision = self.body, module.name("open_decision", made.OpenDecision)
        body.write(1, "if unknown: unknown = tuple(dict.fromkeys(unknown))")
        body.write(1, f"decided = {open_decision}()")
        parts = {
            "decision": repr(self.node.name),
            "outcome": outcome,
            "faults": "()",
            "allowed": "()",
        }
        for each in made.FIELDS:
            body.write(1, f"decided.{each} = {parts.get(each, each)}")
        body.write(1, f"decided.__class__ = {module.name('Decision', Decision)}")
        body.write(1, "return decided")
