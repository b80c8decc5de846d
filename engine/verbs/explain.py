"""A case to the reasons of its decision: for an agent, for an auditor, or codes alone.

The case is decided again, and what was asked on the way is found by interpreting the program. So
the reasons hang on no optimisation, and can be had years later from the policy and the case. For an
audit the decision itself is interpreted too.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from engine.backends.python.trace import Tracer
from engine.backends.python.validate import decode
from engine.program.nodes import Program
from engine.verbs.compiled import Compiled
from engine.verbs.decide import decide, named
from engine.version import __version__

if TYPE_CHECKING:
    from engine.verbs.explaining.models import Explanation

Audience = Literal["agent", "audit", "codes"]
Case = Mapping[str, Any] | str | bytes


def explain(
    program: Program,
    case: Case,
    decision: str | None = None,
    now: int | None = None,
    audience: Audience = "agent",
    *,
    key: bytes | None = None,
) -> "Explanation":
    """`decision` and `now` as `decide` takes them. `key` is for the audit: sensitive facts are
    shown as their HMAC by it, and withheld without it."""
    from engine.verbs.explaining import agent, audit, life
    from engine.verbs.explaining.models import CodesExplanation

    name = named(program, decision)
    match audience:
        case "agent" if name in program.lifecycles:
            given = _object(case)
            lived = tracer(program).trace_lifecycle(case, name, now)
            event = _object(given.get("event") or {}).get("name")
            return life.life_agent(program, lived, given.get("state"), event)
        case "agent":
            decided = decide(program, case, name, now)
            return agent.agent(program, tracer(program).trace_decided(case, decided, now))
        case "audit":
            trace = tracer(program).traced(case, name, now)
            return audit.audit(program, trace, _object(case), __version__, key)
        case "codes":
            decided = decide(program, case, name, now)
            return CodesExplanation(
                decision=decided.decision,
                basis=decided.basis,
                determining=list(decided.determining),
                codes=[reason.code for reason in decided.reasons],
                unknown=list(decided.unknown),
            )


_tracers = Compiled(Tracer)
tracer = _tracers.of


def _object(case: Case) -> Mapping[str, Any]:
    read = decode(case) if isinstance(case, str | bytes) else case
    return read if isinstance(read, Mapping) else {}
