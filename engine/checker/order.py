"""Law 9: under `first` a rule that may be unknown must not stand before a looser one.

Looser is greater in some ordered field of the outcome and less in none. Fields that cannot be told
apart beforehand count as looser, unless both rules give the same expression.
"""

from engine.checker import presence
from engine.checker.names import Say
from engine.diagnostics.outcomes import UnsafeOrder
from engine.language import types
from engine.program import nodes as program
from engine.source import Span


def look_at_order(decision: program.Decision, always: frozenset[str], tell: Say) -> None:
    """Complains once of each rule that stands before a looser one."""
    otherwise = None if decision.otherwise is None else decision.otherwise.outcome
    later: list[tuple[str, program.Expression, Span]] = [
        (rule.name, rule.outcome, rule.span) for rule in decision.rules
    ]
    if decision.otherwise is not None:
        later.append(("otherwise", decision.otherwise.outcome, decision.otherwise.span))
    for place, rule in enumerate(decision.rules):
        if rule.condition is None or not rule.condition.unknown or rule.unknown_outcome is not None:
            continue
        for name, outcome, span in later[place + 1 :]:
            if is_looser(outcome, rule.outcome, decision.result, always):
                missing = presence.first_missing(rule.condition)
                tell(
                    UnsafeOrder(
                        span=rule.condition.span,
                        rule=rule.name,
                        looser=name,
                        looser_at=span,
                        missing=missing,
                        opens=otherwise is not None
                        and is_looser(rule.outcome, otherwise, decision.result, always),
                    )
                )
                break


def is_looser(
    one: program.Expression,
    other: program.Expression,
    type_: types.Type,
    left_out: frozenset[str] = frozenset(),
) -> bool:
    """Whether `one` is looser than `other`, or cannot be compared with it."""
    greater = less = False
    for left, right, enum in _ordered(one, other, type_, left_out):
        if left == right:
            continue
        if not isinstance(left, program.Constant) or not isinstance(right, program.Constant):
            return True
        ranks = enum.ranks.get(str(left.value)), enum.ranks.get(str(right.value))
        if ranks[0] is None or ranks[1] is None:
            return True
        greater = greater or ranks[0] > ranks[1]
        less = less or ranks[0] < ranks[1]
    return greater


def _ordered(
    one: program.Expression, other: program.Expression, type_: types.Type, left_out: frozenset[str]
) -> list[tuple[program.Expression | None, program.Expression | None, types.Enum]]:
    """The pairs of values of the outcome's fields that have an order from strict to loose."""
    if isinstance(type_, types.Enum) and type_.order == "strict to loose":
        return [(one, other, type_)]
    if not isinstance(type_, types.Record):
        return []
    found: list[tuple[program.Expression | None, program.Expression | None, types.Enum]] = []
    for place, field in enumerate(type_.fields):
        if (
            isinstance(field.type, types.Enum)
            and field.type.order == "strict to loose"
            and field.name not in left_out
        ):
            found.append((_at(one, place), _at(other, place), field.type))
    return found


def _at(outcome: program.Expression, place: int) -> program.Expression | None:
    return outcome.values[place] if isinstance(outcome, program.MakeRecord) else outcome
