"""Two decisions of one case, by two versions, to the kind of difference that they are of."""

from dataclasses import dataclass

from engine.decision import Decision
from engine.language import types
from engine.program import nodes as program
from engine.program.differing import (
    Compared,
    Decided,
    Direction,
    Kind,
    Label,
    changes,
    compared,
    direction,
    kind,
)
from engine.program.merged import case_type, facts_alike, merged
from engine.program.same import Same


@dataclass(frozen=True)
class Judge:
    """`old` and `new` are None where it is a lifecycle that decides."""

    old: program.Decision | None
    new: program.Decision | None
    fields: tuple[Compared, ...]

    def kind(self, before: Decided, after: Decided) -> Kind | None:
        """None where both decide alike."""
        if before == after:
            return None
        if self.old is not None and self.new is not None:
            return kind(self.old, self.new, self.fields, before, after)
        one, other = _label(before), _label(after)
        changed = changes(self.fields, before.outcome, after.outcome)
        return Kind(one, other, changed) if changed or one != other else None

    def direction(self, of: Kind) -> Direction:
        return direction(self.fields, of)


def judge(old: program.Program, new: program.Program, name: str) -> Judge:
    if name in old.decisions and name in new.decisions:
        one, other = old.decisions[name], new.decisions[name]
        both = merged(case_type(one), case_type(other))
        alike = isinstance(both, types.Record) and facts_alike(both, one, other)
        fields = compared(one, other, Same(old, new), facts_alike=alike)
        return Judge(one, other, fields)
    before, after = old.lifecycles[name], new.lifecycles[name]
    state = Compared("state", "state", before.state_type, after.state_type, 0, 0)
    return Judge(None, None, (state, Compared("set", "set", types.Text(), types.Text(), 1, 1)))


def decided(of: Decision) -> Decided:
    return Decided(of.basis, of.determining, of.outcome)


def _label(of: Decided) -> Label:
    return (of.basis, *of.determining[:1])
