"""What the parts of `check_deep` share: the policy, its evaluators, the budget, what was found."""

from dataclasses import dataclass, field
from functools import cached_property

from engine.backends.proof.session import Found
from engine.backends.proof.solve import Budget
from engine.backends.python.matcher import Matcher
from engine.backends.python.trace import Tracer
from engine.diagnostics.deep import DeepFinding, NotSettled
from engine.program import nodes as program
from engine.program.reads import Reads
from engine.source import Span
from engine.verbs.deep.shown import Shown
from engine.verbs.explain import tracer


@dataclass
class Looking:
    """`little` is the budget of what may be found out otherwise too."""

    policy: program.Program
    budget: Budget
    little: Budget
    found: list[DeepFinding] = field(default_factory=list)

    @cached_property
    def reads(self) -> Reads:
        return Reads(self.policy)

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self.policy.triggers)

    @property
    def tracer(self) -> Tracer:
        return tracer(self.policy)

    @cached_property
    def shown(self) -> Shown:
        return Shown(self.policy, self.tracer)

    def tell(self, finding: DeepFinding) -> None:
        self.found.append(finding)

    def unsettled(
        self,
        found: Found,
        span: Span,
        subject: tuple[str, ...],
        question: str,
        rough: list[str],
        called: tuple[str, ...] = (),
    ) -> None:
        """Says that the prover could not tell, and why."""
        cause = "the budget ran out"
        if found.kind == "perhaps":
            what = ", ".join(rough[:2]) or "texts that nobody could write"
            cause = f"it hangs on what is known roughly ({what})"
        self.tell(
            NotSettled(span=span, subject=subject, called=called, question=question, cause=cause)
        )

    def written(self, node: program.Expression) -> str:
        """As it stands in the file, on one line."""
        text = self.policy.source.text[node.span.start : node.span.end]
        return " ".join(text.split())
