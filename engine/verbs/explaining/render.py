"""An explanation to text: a few sentences for an agent, a tree for an auditor.

In the tree ✓ is true, ✗ false, ? unknown, · a value; `:41` is the line in the policy.
"""

from collections.abc import Iterator, Sequence

from engine.program.words import listed, sentence, words
from engine.verbs.explaining.models import (
    AgentExplanation,
    AuditExplanation,
    CodesExplanation,
    Condition,
    Explanation,
    RuleAudit,
)

_MARKS = {"true": "✓", "false": "✗", "unknown": "?", None: "·"}


def render(explanation: Explanation) -> str:
    match explanation:
        case AgentExplanation():
            return sentences(explanation)
        case AuditExplanation():
            return tree(explanation)
        case CodesExplanation():
            return "\n".join(explanation.codes)


def sentences(explanation: AgentExplanation) -> str:
    return "\n".join(_sentences(explanation))


def _sentences(explanation: AgentExplanation) -> Iterator[str]:
    yield explanation.headline
    if explanation.because:
        yield ""
        yield "Because"
        yield from dict.fromkeys(f"- {each.text}" for each in explanation.because)
    if explanation.would_have:
        yield ""
        yield from (each.text for each in explanation.would_have)
    if explanation.to_change:
        yield ""
        yield "For another outcome it would have to be so that"
        yield from (f"- {each}" for each in explanation.to_change)
    unchecked = explanation.not_checked
    if unchecked.facts:
        yield ""
        yield sentence(f"missing: {listed(each.called for each in unchecked.facts)}")
    if unchecked.rules:
        yield ""
        yield sentence(f"not reached: {listed(words(each) for each in unchecked.rules)}")


def tree(explanation: AuditExplanation) -> str:
    return "\n".join(_tree(explanation))


def _tree(explanation: AuditExplanation) -> Iterator[str]:
    policy = explanation.policy
    yield f"{policy.name} {policy.version}, {explanation.decision}: {_determined(explanation)}"
    asked = [*explanation.guards, *explanation.rules]
    if asked:
        yield asked[0].place.rpartition(":")[0]
    for rule in asked:
        last = rule is asked[-1]
        yield f"{'└─' if last else '├─'} {_rule(rule)}"
        if rule.condition is not None:
            yield from _conditions([rule.condition], "   " if last else "│  ")


def _determined(explanation: AuditExplanation) -> str:
    by = listed(explanation.determining)
    told = explanation.basis.replace("_", " ")
    return f"{told} {by}" if by and by != told else told


def _rule(rule: RuleAudit) -> str:
    marks = (("determining", rule.determining), ("not reached", not rule.consulted))
    told = "".join(f", {mark}" for mark, given in marks if given)
    return f"{_MARKS[rule.truth]} {rule.kind} {rule.name}{told}{_line(rule.place)}"


def _conditions(parts: Sequence[Condition], before: str) -> Iterator[str]:
    for part in parts:
        last = part is parts[-1]
        yield f"{before}{'└─' if last else '├─'} {_condition(part)}"
        yield from _conditions(part.parts, f"{before}{'   ' if last else '│  '}")


def _condition(part: Condition) -> str:
    told = f"{_MARKS[part.truth]} {part.text}"
    if part.said is not None:
        told += f": {part.said}"
    if part.unknown and not part.parts:
        told += f" [{', '.join(part.unknown)}]"
    return f"{told}{_line(part.place)}"


def _line(place: str) -> str:
    return f"  :{place.rpartition(':')[2]}"
