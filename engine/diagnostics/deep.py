"""What a policy says that no case ever shows: deep findings, which the prover finds and which a
policy may waive with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from engine.diagnostics.base import Diagnostic, Place, Severity
from engine.source import Span


@dataclass(frozen=True)
class Named:
    """A rule, guard or transition that is spoken of."""

    name: str
    span: Span


@dataclass(frozen=True, kw_only=True)
class DeepFinding(Diagnostic):
    """`subject` is the path by which it is waived. Where the last part is a term, which has no name
    of its own, `called` are the names that stand in it."""

    severity: ClassVar[Severity] = "warning"

    subject: tuple[str, ...]
    called: tuple[str, ...] = field(default=(), compare=False)

    def is_about(self, path: tuple[str, ...]) -> bool:
        if not self.called:
            return path == self.subject
        return path[:-1] == self.subject and path[-1] in self.called


@dataclass(frozen=True, kw_only=True)
class NeverHolds(DeepFinding):
    """`kind` is the word it is declared with; `against` are the parts of the condition that cannot
    hold together."""

    kind: str
    name: str
    against: tuple[Span, ...] = ()

    def message(self) -> str:
        if self.kind == "define":
            return f"`{self.name}` is true in no case"
        return f"the {self.kind} `{self.name}` never applies: its condition is true in no case"

    def places(self) -> Sequence[Place]:
        return _apart(self.against)

    def help(self) -> str | None:
        return f"mend the condition, or take the {self.kind} out"


@dataclass(frozen=True, kw_only=True)
class AlwaysHolds(DeepFinding):
    kind: str
    name: str

    def message(self) -> str:
        if self.kind == "define":
            return f"`{self.name}` is true in every case"
        return f"the condition of the {self.kind} `{self.name}` is true in every case"

    def help(self) -> str | None:
        if self.kind == "define":
            return "compare with what may be otherwise, or take it out"
        return "compare with what may be otherwise, or take the condition out"


@dataclass(frozen=True, kw_only=True)
class NeverDecides(DeepFinding):
    """It may hold, and wherever it does, something before it has decided."""

    kind: str
    name: str
    by: tuple[Named, ...]

    def message(self) -> str:
        blocking = _listed([each.name for each in self.by], "or")
        why = f"wherever it holds, {blocking} decides" if self.by else "something else decides"
        return f"the {self.kind} `{self.name}` never decides: {why}"

    def places(self) -> Sequence[Place]:
        return [Place(each.span, f"`{each.name}` takes its cases") for each in self.by]

    def help(self) -> str | None:
        first = f"`{self.by[0].name}`" if self.by else "what takes its cases"
        return f"put it before {first}, make {first} narrower, or take it out"


@dataclass(frozen=True, kw_only=True)
class RulesOverlap(DeepFinding):
    """`state` is where two transitions lead apart."""

    name: str
    other: Named
    witness: str
    state: str | None = None

    def message(self) -> str:
        if self.state is not None:
            both = f"`{self.name}` and `{self.other.name}` can hold together in `{self.state}`"
            return f"{both} and lead apart, so that nothing moves"
        return f"`{self.name}` and `{self.other.name}` can both apply, and only one may"

    def places(self) -> Sequence[Place]:
        return (Place(self.other.span, f"so for {self.witness}"),)

    def help(self) -> str | None:
        return f"make one of them narrower, as with `not` and what `{self.other.name}` asks"


@dataclass(frozen=True, kw_only=True)
class MaskedGuard(DeepFinding):
    name: str
    by: Named
    witness: str

    def message(self) -> str:
        return f"the guard `{self.name}` is masked by the looser `{self.by.name}`"

    def places(self) -> Sequence[Place]:
        return (Place(self.by.span, f"this one decides for {self.witness}"),)

    def help(self) -> str | None:
        return f"put `{self.name}` before `{self.by.name}`"


@dataclass(frozen=True, kw_only=True)
class VacuousGuard(DeepFinding):
    kind: str
    name: str
    against: tuple[Span, ...] = ()

    def message(self) -> str:
        how = "fails in no case" if self.kind == "guardrail" else "holds in no case"
        return f"the {self.kind} `{self.name}` guards nothing: what it asks {how}"

    def places(self) -> Sequence[Place]:
        return _apart(self.against)

    def help(self) -> str | None:
        return f"mend what it asks, or take the {self.kind} out"


@dataclass(frozen=True, kw_only=True)
class VacuousGuarantee(DeepFinding):
    name: str

    def message(self) -> str:
        return f"the guarantee `{self.name}` promises nothing: it speaks of no case that there is"

    def help(self) -> str | None:
        return "mend what stands before `then`, or take it out"


@dataclass(frozen=True, kw_only=True)
class RefutedGuarantee(DeepFinding):
    """`against` tells what breaks it."""

    name: str
    against: str

    def message(self) -> str:
        return f"the guarantee `{self.name}` does not hold"

    def places(self) -> Sequence[Place]:
        return (Place(self.span, self.against),)

    def help(self) -> str | None:
        return "add a guard that keeps it, or promise less"


@dataclass(frozen=True, kw_only=True)
class WrongVersion(DeepFinding):
    """`taken` is how far the number was raised, `wanted` how far it must be."""

    version: str
    before: str
    taken: str
    wanted: str
    why: str

    def message(self) -> str:
        raised = f"`{self.version}` is a {self.taken} step from `{self.before}`"
        return f"{raised}, and what changed is {self.wanted}: {self.why}"

    def help(self) -> str | None:
        return f"raise the {self.wanted} number; `bylaw compare` says all that changed"


@dataclass(frozen=True, kw_only=True)
class NoEffect(DeepFinding):
    """`term` as it is written; `where` names the rule or define it stands in. `always` says what a
    condition comes to wherever it is asked, `decides` that it is a number that shows and never
    decides."""

    term: str
    where: str
    always: bool | None = None
    number: bool = False

    def message(self) -> str:
        if self.number:
            return f"`{self.term}` counts in `{self.where}`, and no condition hangs on it"
        if self.always is not None:
            said = "true" if self.always else "not true"
            return f"`{self.term}` changes nothing in `{self.where}`: there it is always {said}"
        return f"`{self.term}` changes nothing in `{self.where}`: all else decides without it"

    def help(self) -> str | None:
        path = ".".join((*self.subject, *self.called[:1]))
        return f'take it out, or `waive no-effect on {path} because "…"`'


@dataclass(frozen=True, kw_only=True)
class UnreachableState(DeepFinding):
    lifecycle: str
    state: str
    initial: str

    def message(self) -> str:
        return f"no way leads from `{self.initial}` to `{self.state}`"

    def help(self) -> str | None:
        return "add a transition into it whose condition can hold, or take it out"


@dataclass(frozen=True, kw_only=True)
class TrappingState(DeepFinding):
    """`final` says that the lifecycle has final states, and none can be reached."""

    lifecycle: str
    state: str
    final: bool

    def message(self) -> str:
        if self.final:
            return f"no way leads from `{self.state}` to a final state"
        return f"no way leads out of `{self.state}`, which is not final"

    def help(self) -> str | None:
        return "write `final` after the state, or add a way out whose condition can hold"


@dataclass(frozen=True, kw_only=True)
class LooserWithout(DeepFinding):
    """An outcome hangs on a fact that may be missing."""

    decision: str
    fact: str
    witness: str
    strict: str
    loose: str

    def message(self) -> str:
        return f"`{self.decision}` gives something looser without `{self.fact}` than with it"

    def places(self) -> Sequence[Place]:
        told = f"for {self.witness} it gives {self.strict}, and without it {self.loose}"
        return (Place(self.span, told),)

    def help(self) -> str | None:
        return (
            "say with `when unknown:` what is safe then, ask with a guard, or say with `else` or "
            "`is missing` what a missing fact means"
        )


@dataclass(frozen=True, kw_only=True)
class ImpliedPhrase(DeepFinding):
    """`said` is found wherever `by` looks already."""

    trigger: str
    said: str
    by: Named

    def message(self) -> str:
        return f'"{self.said}" adds nothing to `{self.trigger}`: "{self.by.name}" finds it already'

    def places(self) -> Sequence[Place]:
        return (Place(self.by.span, "this is found wherever it is"),)

    def help(self) -> str | None:
        return "take one of them out"


@dataclass(frozen=True, kw_only=True)
class IdleWaiver(Diagnostic):
    """`nearest` where there is no deep finding of the code."""

    severity: ClassVar[Severity] = "warning"

    finding: str
    subject: tuple[str, ...]
    is_deep: bool
    nearest: str | None = None

    def message(self) -> str:
        if not self.is_deep:
            return f"`{self.finding}` is no finding that can be waived"
        return f"there is no `{self.finding}` on `{'.'.join(self.subject)}` to waive"

    def help(self) -> str | None:
        if self.is_deep:
            return "take the waiver out, or correct what it names"
        return f"did you mean `{self.nearest}`?" if self.nearest else "take the waiver out"


@dataclass(frozen=True, kw_only=True)
class NotSettled(DeepFinding):
    """`unknown`: the prover could not tell. `question` and `cause` are in the author's words."""

    question: str
    cause: str

    def message(self) -> str:
        return f"unknown: {self.question}, for {self.cause}"

    def help(self) -> str | None:
        path = ".".join((*self.subject, *self.called[:1]))
        return f'look at it by hand; then `waive not-settled on {path} because "…"`'


def _apart(spans: Sequence[Span]) -> Sequence[Place]:
    """Parts that cannot hold together."""
    if len(spans) < 2:
        return ()
    first, *others = spans
    return (Place(first, "this"), *(Place(each, "and this cannot both hold") for each in others))


def _listed(names: Sequence[str], word: str) -> str:
    told = [f"`{name}`" for name in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} {word} {told[-1]}"
