"""`compare` against exhaustive search: small policies with few cases, edited, all of which are
decided by both versions.

`python -m tests.prover.compare 10000` tries so many pairs, from the seed after `--seed`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import engine
from engine.language.values import to_wire
from engine.program import nodes as program
from engine.program.differing import Decided, Kind, kind
from engine.program.merged import case_type, merged
from engine.verbs.compare import bump_of, compare
from engine.verbs.comparing.models import DecisionChanges
from engine.verbs.decide import evaluator
from tests.prover.every import every

MOST_CASES = 3000
_HITS = ("first", "first", "first", "unique", "collect", "sum", "strictest by action")


@dataclass(frozen=True)
class Rule:
    word: str
    name: str
    when: str
    unknown: str
    then: str


@dataclass(frozen=True)
class Draft:
    """A policy in parts."""

    hit: str
    facts: tuple[str, ...]
    most: int
    cells: tuple[str, ...]
    defined: str
    rules: tuple[Rule, ...]
    otherwise: str
    version: str = "1.0.0"
    members: tuple[str, ...] = ("a", "b", "c")
    always: str = field(default="")

    def text(self) -> str:
        result = {"collect": "list of Outcome up to 9", "sum": "number"}.get(self.hit, "Outcome")
        lines = [
            f"bylaw 1\n\npolicy drawn {self.version}",
            "enum Action: stop, wait, go from strict to loose",
            f"enum Kind: {', '.join(self.members)}",
            "record Case",
            *(f"  {each}" for each in self.facts),
            "record Outcome\n  action: Action\n  sure: bool default false",
            "  points: integer optional",
            f"threshold most: integer = {self.most}",
            "table look(kind: Kind): integer\n  | kind | points |",
            *(
                f"  | {member} | {cell} |"
                for member, cell in zip(self.members, self.cells, strict=True)
            ),
            f"define ready(case: Case) = {self.defined}",
            f"decision drawn(case: Case): {result}",
            *(self._rule(each) for each in self.rules if each.word == "guard"),
            f"  {self.hit}",
            *(self._rule(each) for each in self.rules if each.word == "rule"),
        ]
        if self.hit not in ("collect", "sum"):
            lines.append(f"  otherwise\n    then {self.otherwise}")
            if self.always:
                lines.append(f"  always\n    points: {self.always}")
        refused = {"collect": "[]", "sum": "0"}.get(self.hit, "action: stop")
        return "\n".join([*lines, f"  refused\n    then {refused}"]) + "\n"

    def _rule(self, of: Rule) -> str:
        unknown = f"\n    when unknown: {of.unknown}" if of.unknown else ""
        then = of.then
        if self.hit == "collect" and of.word == "guard":
            then = f"[{{ {then} }}]"
        return f"  {of.word} {of.name}\n    when {of.when}{unknown}\n    then {then}"


_FACTS = (
    "flag: bool",
    "kind: Kind optional",
    "size: integer 0 .. 4",
    "ready: bool optional",
    'calm: bool default true because "it is"',
    "kinds: list of Kind up to 2",
    "share: integer 1 .. 3 optional",
    "mood: Kind",
)


def drafts(chance: Random) -> Draft:
    hit = chance.choice(_HITS)
    facts = tuple(sorted(chance.sample(_FACTS, 4)))
    conditions = _conditions(facts)
    rules = []
    actions = sorted((chance.choice(("stop", "wait", "go")) for _ in range(3)), key=_LOOSE.index)
    for at in range(chance.randint(0, 2)):
        rules.append(_rule(chance, "guard", f"g{at}", conditions, hit, chance.choice(_LOOSE)))
    for at in range(chance.randint(1, 3)):
        rules.append(_rule(chance, "rule", f"r{at}", conditions, hit, actions[at]))
    cells = tuple(str(chance.randint(0, 3)) for _ in range(3))
    defined = chance.choice(_simple(facts))
    always = (
        chance.choice(("", "", "look(case.kind)", "most")) if "kind: Kind optional" in facts else ""
    )
    return Draft(
        hit,
        facts,
        chance.randint(0, 4),
        cells,
        defined,
        tuple(rules),
        "action: stop",
        always=always,
    )


_LOOSE = ("go", "wait", "stop")


def _simple(facts: Sequence[str]) -> list[str]:
    names = {each.partition(":")[0] for each in facts}
    found = {
        "flag": ["case.flag", "not case.flag"],
        "kind": ["case.kind is a", "case.kind is not b", "case.kind in [a, c]",
                 "look(case.kind) >= 2"],
        "size": ["case.size >= most", "case.size < 3", "case.size is 2"],
        "ready": ["case.ready", "case.ready is missing", "(case.ready else false)"],
        "calm": ["case.calm", "not case.calm"],
        "kinds": ["any k in case.kinds where k is b", "a in case.kinds", "count(case.kinds) > 1",
                  "all k in case.kinds satisfy k is not c"],
        "mood": ["case.mood is a", "case.mood is b", "case.mood in [b, c]", "case.mood is c"],
        "share": ["case.share >= most", "case.share is known", "case.share < 3"],
    }  # fmt: skip
    return [each for name in sorted(names) for each in found.get(name, ())]


def _conditions(facts: Sequence[str]) -> list[str]:
    return [*_simple(facts), "ready(case)"]


def _rule(
    chance: Random, word: str, name: str, conditions: Sequence[str], hit: str, action: str
) -> Rule:
    when = chance.choice(conditions)
    if chance.random() < 0.5:
        when = f"{when} {chance.choice(('and', 'or'))} {chance.choice(conditions)}"
    if hit == "sum":
        then, unknown = str(chance.randint(-2, 3)), str(chance.randint(0, 2))
        if word == "guard":
            unknown = ""
        return Rule(word, name, when, unknown, then)
    then = f"action: {action}"
    if chance.random() < 0.4:
        then += ", sure: true"
    if chance.random() < 0.3:
        then += f", points: {chance.choice(('1', '2', 'most'))}"
    return Rule(word, name, when, chance.choice(("", "", "apply", "skip")), then)


def edited(chance: Random, of: Draft) -> Draft:
    """One to three edits."""
    for _ in range(chance.randint(1, 3)):
        of = _edit(chance, of)
    return replace(of, version="1.1.0")


def _edit(chance: Random, of: Draft) -> Draft:
    conditions = _conditions(of.facts)
    at = chance.randrange(len(of.rules))
    rule = of.rules[at]

    def with_rule(new: Rule) -> Draft:
        return replace(of, rules=(*of.rules[:at], new, *of.rules[at + 1 :]))

    match chance.randrange(12):
        case 0:
            return replace(of, most=chance.randint(0, 4))
        case 1:
            place = chance.randrange(3)
            cells = (*of.cells[:place], str(chance.randint(0, 3)), *of.cells[place + 1 :])
            return replace(of, cells=cells)
        case 2:
            return replace(of, defined=chance.choice(_simple(of.facts)))
        case 3 | 4:
            return with_rule(replace(rule, when=chance.choice(conditions)))
        case 5:
            again = _rule(chance, rule.word, rule.name, conditions, of.hit, chance.choice(_LOOSE))
            return with_rule(replace(rule, then=again.then, unknown=again.unknown))
        case 6 if len(of.rules) > 1:
            return replace(of, rules=(*of.rules[:at], *of.rules[at + 1 :]))
        case 7:
            new = _rule(
                chance, chance.choice(("rule", "guard")), "added", conditions, of.hit, "stop"
            )
            kept = [each for each in of.rules if each.name != "added"]
            kept.insert(chance.randint(0, len(kept)), new)
            return replace(of, rules=tuple(kept))
        case 8 if rule.name != "renamed" and all(each.name != "renamed" for each in of.rules):
            return with_rule(replace(rule, name="renamed"))
        case 9:
            rules = list(of.rules)
            chance.shuffle(rules)
            return replace(of, rules=tuple(rules))
        case 10 if 'calm: bool default true because "it is"' in of.facts:
            facts = tuple(
                'calm: bool default false because "it is not"' if each.startswith("calm") else each
                for each in of.facts
            )
            return replace(of, facts=facts)
        case 11:
            more = chance.choice(("later: bool optional", "size: integer 0 .. 3", "kind: Kind"))
            name = more.partition(":")[0]
            kept_facts = [each for each in of.facts if not each.startswith(f"{name}:")]
            return replace(of, facts=tuple(sorted([*kept_facts, more])))
    return of


@dataclass(frozen=True)
class Trial:
    old: program.Program
    new: program.Program
    texts: tuple[str, str]


def trials(seed: int) -> Iterator[Trial]:
    """Without end, always the same ones."""
    chance = Random(seed)
    while True:
        draft = drafts(chance)
        texts = draft.text(), edited(chance, draft).text()
        made = [engine.check(engine.Source("drawn.bylaw", each)).program for each in texts]
        if made[0] is not None and made[1] is not None:
            yield Trial(made[0], made[1], texts)


def wrong(trial: Trial, answers: Counter[str] | None = None) -> str | None:
    """What is said and what is so, where that is not the same."""
    changes = compare(trial.old, trial.new)
    (told,) = changes.decisions
    if answers is not None:
        answers[f"{len(told.regions)} kinds"] += 1
    if not told.complete:
        return f"not complete: {told.rough}"
    really = _really(trial, told)
    said = {each.kind for each in told.regions}
    if said != really:
        return f"said and not so {said - really}, so and not said {really - said}"
    if any(each.witness is None or each.where is None for each in told.regions):
        return "a kind without a witness, or without the facts that matter"
    least = bump_of(changes).level
    if not changes.contract and least != ("minor" if really else "patch"):
        return f"a {least} number is said to be enough"
    left = {each.kind.old for each in told.regions}
    return None if not left & set(told.unchanged) else "what changed is said to be unchanged"


def _really(trial: Trial, told: DecisionChanges) -> set[Kind]:
    """By deciding every case."""
    old, new = trial.old.decisions["drawn"], trial.new.decisions["drawn"]
    both = merged(case_type(old), case_type(new))
    assert both is not None
    found = set()
    for values in every(both):
        case: Any = to_wire(values, both)
        before = evaluator(trial.old).decide(case, "drawn", 0)
        after = evaluator(trial.new).decide(case, "drawn", 0)
        assert "refused" not in (before.basis, after.basis)
        one, other = (
            Decided(each.basis, each.determining, each.outcome) for each in (before, after)
        )
        its = kind(old, new, told.fields, one, other)
        if its is not None:
            found.add(its)
    return found


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("count", type=int)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    answers: Counter[str] = Counter()
    failed = 0
    for number, trial in zip(range(asked.count), trials(asked.seed), strict=False):
        said = wrong(trial, answers)
        if said is not None:
            failed += 1
            print(f"--- {number}: {said}", *trial.texts, sep="\n")
            if failed > 5:
                break
    print(f"{sum(answers.values())} pairs, {failed} wrong; {dict(sorted(answers.items()))}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
