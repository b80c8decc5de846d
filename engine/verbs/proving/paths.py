"""A promise about the paths of a lifecycle to whether it holds: which moves are ever made is asked
of the solver, and a path that breaks it is shown with a case for each step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.backends.proof.facts import SOME_INSTANT
from engine.backends.proof.paths import Move, Moving, moves, moving
from engine.backends.proof.solve import Answer, Budget, ask
from engine.language.values import write_instant
from engine.program import nodes as program
from engine.verbs.decide import evaluator
from engine.verbs.explain import tracer
from engine.verbs.proving.found import Found, unknown
from engine.verbs.proving.models import PathAgainst, Step
from engine.verbs.samples import shortest


def prove_path(policy: program.Program, promise: program.PathPromise, budget: Budget) -> Found:
    asking = _Asking(policy, policy.lifecycles[promise.lifecycle], budget)
    around = [
        each for each in moves(asking.of) if promise.through not in (each.source, each.target)
    ]
    path = asking.path(promise.source, promise.target, around)
    if path is not None:
        return Found("refuted", asking.shown(promise.source, path))
    unsure = [each for each in around if each in asking.unsure or asking.made.get(each)]
    if _path(promise.source, promise.target, unsure) is not None:
        return unknown(list(asking.unsure.values()))
    return Found("proved", vacuous=asking.never(promise.source, promise.target))


@dataclass
class _Asking:
    """`made` has a case of each move that is made, and None for those that never are; `unsure` what
    was answered of those of which nobody knows."""

    policy: program.Program
    of: program.Lifecycle
    budget: Budget
    made: dict[Move, Step | None] = field(default_factory=dict)
    unsure: dict[Move, Answer] = field(default_factory=dict)

    def path(self, source: str, target: str, within: Sequence[Move]) -> list[Move] | None:
        """A path of moves that are made."""
        while True:
            possible = [
                each
                for each in within
                if each not in self.unsure and self.made.get(each, True) is not None
            ]
            path = _path(source, target, possible)
            if path is None or all(self._is_made(each) for each in path):
                return path

    def never(self, source: str, target: str) -> bool:
        """Whether no path leads there at all."""
        every = moves(self.of)
        if self.path(source, target, every) is not None:
            return False
        possible = [each for each in every if self.made.get(each, True) is not None]
        return _path(source, target, possible) is None

    def _is_made(self, move: Move) -> bool:
        if move not in self.made and move not in self.unsure:
            self._ask(move)
        return self.made.get(move) is not None

    def _ask(self, move: Move) -> None:
        found: list[Step] = []

        def is_one(case: Moving) -> bool:
            plainly = case if move.timed else replace(case, now=SOME_INSTANT)
            step = self._confirmed(move, plainly) or self._confirmed(move, case)
            if step is not None:
                found.append(step)
            return step is not None

        answer = ask(
            self.policy, lambda encoder: moving(encoder, self.of, move), is_one, self.budget
        )
        if found or answer.kind == "no":
            self.made[move] = found[0] if found else None
        else:
            self.unsure[move] = answer

    def _confirmed(self, move: Move, moved: Moving) -> Step | None:
        """The case, where both evaluators make the move."""
        case = self._case(move, moved)
        decided = evaluator(self.policy).decide(case, self.of.name, moved.now)
        traced = tracer(self.policy).traced(case, self.of.name, moved.now).decision
        wires = {each.name: each.wire for each in self.of.states}
        basis, by = ("deadline", (move.by,)) if move.timed else ("transition", decided.determining)
        moves_so = decided.outcome["state"] == wires[move.target]
        if decided != traced or not moves_so or decided.basis != basis or decided.determining != by:
            return None
        return Step(
            source=move.source,
            by=move.by,
            target=move.target,
            case=case,
            as_of=write_instant(moved.now),
        )

    def _case(self, move: Move, moved: Moving) -> dict[str, Any]:
        wires = {each.name: each.wire for each in self.of.states}
        parameter = self.of.parameter
        case = {
            parameter.name: shortest(moved.facts, parameter.type),
            "state": wires[move.source],
        }
        if move.timed:
            return {**case, "entered": write_instant(moved.entered)}
        payload = next(each.payload for each in self.of.events if each.name == move.by)
        return {**case, "event": {"name": move.by, **shortest(moved.payload, payload)}}

    def shown(self, source: str, path: Sequence[Move]) -> PathAgainst:
        steps = [step for each in path if (step := self.made[each]) is not None]
        return PathAgainst(
            lifecycle=self.of.name,
            states=[source, *(each.target for each in path)],
            steps=steps,
        )


def _path(source: str, target: str, within: Iterable[Move]) -> list[Move] | None:
    """A shortest one, of at least one move."""
    leaving: dict[str, list[Move]] = {}
    for each in within:
        leaving.setdefault(each.source, []).append(each)
    paths: list[list[Move]] = [[each] for each in leaving.get(source, ())]
    seen: set[str] = set()
    while paths:
        path, *paths = paths
        at = path[-1].target
        if at == target:
            return path
        if at not in seen:
            seen.add(at)
            paths += [[*path, each] for each in leaving.get(at, ())]
    return None
