"""What was found to what is left of it where a policy waives some, and the waivers that waive
nothing."""

from collections.abc import Iterator, Sequence

from engine.diagnostics.base import Diagnostic
from engine.diagnostics.deep import DeepFinding, IdleWaiver, NotSettled
from engine.language.nearest import nearest
from engine.program import nodes as program


def waived(policy: program.Program, found: Sequence[DeepFinding]) -> Iterator[Diagnostic]:
    used = set[int]()
    for finding in found:
        by = [place for place, each in enumerate(policy.waivers) if _waives(each, finding)]
        used.update(by)
        if not by:
            yield finding
    for place, each in enumerate(policy.waivers):
        if place not in used and not _may_waive(each, found):
            yield _idle(each)


def _waives(waiver: program.Waiver, finding: DeepFinding) -> bool:
    return waiver.finding == finding.code() and finding.is_about(waiver.subject)


def _may_waive(waiver: program.Waiver, found: Sequence[DeepFinding]) -> bool:
    """Where the prover could not tell, nobody knows."""
    return any(isinstance(each, NotSettled) and each.is_about(waiver.subject) for each in found)


def _idle(waiver: program.Waiver) -> IdleWaiver:
    codes = [each.code() for each in DeepFinding.__subclasses__()]
    return IdleWaiver(
        span=waiver.span,
        finding=waiver.finding,
        subject=waiver.subject,
        is_deep=waiver.finding in codes,
        nearest=nearest(waiver.finding, codes),
    )
