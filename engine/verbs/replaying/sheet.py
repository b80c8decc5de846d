"""What a replay found, laid out for whoever is to approve the new version."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from engine.language import types
from engine.program.differing import Change, Compared
from engine.verbs.comparing import phrases
from engine.verbs.comparing.sheet import Block, Heading, Item, Paragraph, Table
from engine.verbs.decide import EVALUATOR
from engine.verbs.replaying.explained import case_words
from engine.verbs.replaying.models import Beside, Changed, Cohort, Differing, Replay, Sample

_MOST_KINDS = 12
_MOST_VALUES = 20
_MOST_LONG = 160
_WAYS = {"looser": "looser", "different": "different", "stricter": "stricter"}
_NUMBERS = frozenset({0, 1})


def sheet(
    of: Replay, source: str, case: types.Type, beside: Beside | str | None, *, facts: bool
) -> list[Block]:
    """`source` names the history and `case` is the type of its cases; where `beside` is a text it
    says why nothing was compared. `facts` shows sensitive facts of sample cases too."""
    return list(_blocks(of, source, case, beside, facts=facts))


def _blocks(
    of: Replay, source: str, case: types.Type, beside: Beside | str | None, *, facts: bool
) -> Iterator[Block]:
    old, new = of.old, of.new
    after = new.version if old.policy == new.policy else f"{new.policy} {new.version}"
    yield Heading(f"{old.policy} {old.version} → {after}, replayed over {source}", 1)
    yield Paragraph(_replayed(of))
    if of.gaps:
        yield Paragraph(f"Columns do not decide {'; '.join(of.gaps)}.")
    if of.checked or of.replayed:
        yield Paragraph(_checked(of))
    if of.reproduced and (of.replayed or of.refused):
        yield Paragraph(_summary(of))
    if of.left_out:
        yield Heading("What was not replayed", 2)
        rows = tuple((number(count), cause) for cause, count in of.left_out.items())
        yield Table(("cases", "why"), rows, frozenset({0}))
    if not of.reproduced:
        yield Heading("What is not decided as it was recorded", 2)
        yield from (_differing(each) for each in of.differences)
        if of.differing > len(of.differences):
            yield Paragraph(f"And {number(of.differing - len(of.differences))} more.")
        return
    if of.changed:
        yield Heading("By outcome", 2)
        yield _by_outcome(of)
        yield Heading("By rule", 2)
        yield _by_rule(of)
    for cohort in of.cohorts:
        yield Heading(f"By `{cohort.column}`", 2)
        yield _by_cohort(cohort, of.fields)
    if of.changed:
        yield Heading("Cases of each kind", 2)
        yield from (_kind(each, of, case, facts=facts) for each in of.changed[:_MOST_KINDS])
        if len(of.changed) > _MOST_KINDS:
            yield Paragraph(f"And {len(of.changed) - _MOST_KINDS} kinds more, of fewer cases.")
    yield from _beside(beside, of)


# at a glance


def _replayed(of: Replay) -> str:
    if not of.recorded:
        return f"No case of `{of.decision}` is recorded there."
    cases = counted(of.recorded, "case")
    told = f"All of the {cases} recorded are replayed."
    if of.recorded == 1 == of.replayed:
        told = "The one case recorded is replayed."
    elif of.left_out:
        told = f"Of {cases} recorded {number(of.replayed)} are replayed."
    told += f" {counted(of.others, 'row')} of other decisions left aside." if of.others else ""
    if of.unsaid:
        texts = f"The texts of {number(of.unsaid)} are not kept"
        told += f" {texts}: what they mentioned is, and that decides."
    if of.by != EVALUATOR:
        told += f" {of.by} decided them"
        told += f", but {number(of.aside)} by {EVALUATOR}." if of.aside else "."
    return told


def _checked(of: Replay) -> str:
    if not of.checked:
        return (
            f"What was decided then is not recorded with the cases: that {of.old.version} decided"
            " them cannot be checked."
        )
    if of.reproduced:
        return (
            f"The history holds: all {number(of.checked)} decisions recorded are decided so again"
            " by the version that decided them."
        )
    return (
        f"The history does not hold: of {number(of.checked)} decisions recorded"
        f" {number(of.differing)} are decided otherwise by the very version that decided them."
        " What the new version changes is not told before that is cleared up."
    )


def _summary(of: Replay) -> str:
    refused = ""
    if of.refused:
        refused = f" {counted(of.refused, 'case')} {of.new.version} does not take at all."
    if not of.changed:
        every = f"{of.new.version} decides every case replayed as {of.old.version} does."
        return f"{every if of.replayed else ''}{refused}".strip()
    ways = Counter[str]()
    for each in of.changed:
        ways[each.direction] += each.cases
    told = ", ".join(f"{number(ways[way])} {_WAYS[way]}" for way in _WAYS if ways[way])
    said = f"{number(of.otherwise)} ({share(of.otherwise, of.replayed)}) are decided otherwise"
    said = f"{said}: {told}." if of.otherwise else "None is decided otherwise."
    if of.alike:
        said += f" {number(of.alike)} more get the same outcome by another rule."
    return f"{said}{refused}"


# the counts


def _by_outcome(of: Replay) -> Table:
    counts = Counter[tuple[Change, ...]]()
    for each in of.changed:
        counts[each.kind.changes] += each.cases
    rows = tuple(
        (number(count), share(count, of.replayed), change_words(changes, of.fields))
        for changes, count in counts.most_common()
    )
    return Table(("cases", "share", "outcome"), rows, _NUMBERS)


def _by_rule(of: Replay) -> Table:
    rows = tuple(
        (number(count), share(count, of.replayed), said) for said, count in by_rule(of.changed)
    )
    return Table(("cases", "share", "decided by"), rows, _NUMBERS)


def by_rule(changed: Sequence[Changed]) -> list[tuple[str, int]]:
    counts = Counter[str]()
    for each in changed:
        counts[phrases.heading(each.kind)] += each.cases
    return counts.most_common()


def _by_cohort(of: Cohort, fields: Sequence[Compared]) -> Table:
    rows = [
        (
            each.value,
            number(each.cases),
            number(each.otherwise),
            share(each.otherwise, each.cases),
            next((change_words(changes, fields) for changes in each.outcomes), ""),
        )
        for each in of.parts[:_MOST_VALUES]
    ]
    rest = sum(each.cases for each in of.parts[_MOST_VALUES:]) + of.rest
    if rest:
        others = sum(each.otherwise for each in of.parts[_MOST_VALUES:])
        known = "" if of.rest else number(others)
        rows.append(("other values", number(rest), known, "", ""))
    head = (of.column, "cases", "otherwise", "share", "most often")
    return Table(head, tuple(rows), frozenset({1, 2, 3}))


# single cases


def _kind(of: Changed, replay: Replay, case: types.Type, *, facts: bool) -> Item:
    way = "same outcome" if of.direction == "alike" else of.direction
    lines = [] if of.direction == "alike" else [change_words(of.kind.changes, replay.fields)]
    for sample in of.samples[:1]:
        lines += _sample(sample, replay, case, facts=facts)
    title = f"{phrases.heading(of.kind)}, {counted(of.cases, 'case')}"
    return Item(f"{way}: {title}", tuple(lines), None, alone=True)


def _sample(of: Sample, replay: Replay, case: types.Type, *, facts: bool) -> Iterator[str]:
    yield f"{of.name}: {_short(case_words(of.case, case, facts=facts))}"
    if of.said is not None:
        yield f"{replay.old.version}: {of.said[0]}"
        yield f"{replay.new.version}: {of.said[1]}"


def _differing(of: Differing) -> Item:
    """Of two outcomes that are objects, the fields that differ."""
    said, made = of.recorded.outcome, of.decided.outcome
    if isinstance(said, dict) and isinstance(made, dict):
        apart = [key for key in said if key not in made or said[key] != made[key]]
        said, made = ({key: each[key] for key in apart if key in each} for each in (said, made))
    by = ", ".join(of.recorded.determining or ()) or of.recorded.basis
    again = ", ".join(of.decided.determining) or of.decided.basis
    lines = [f"recorded: {_outcome(said, by)}", f"decided: {_outcome(made, again)}"]
    at = "" if of.as_of is None else f", as of {of.as_of}"
    return Item(f"{of.name}: {of.version}{at}", tuple(lines), None, alone=True)


def _outcome(outcome: Any, by: str | None) -> str:
    told = "" if outcome == {} else _short(_plain(outcome))
    return f"{told} by {by}".strip() if by else told or "the same"


# beside what is proved


def _beside(beside: Beside | str | None, of: Replay) -> Iterator[Block]:
    if beside is None:
        return
    yield Heading("What is proved of all cases", 2)
    if isinstance(beside, str):
        yield Paragraph(f"It was not looked at: {beside}.")
        return
    found = next(each for each in beside.changes.decisions if each.name == of.decision)
    idle = [each for each in beside.regions if not each.cases]
    kinds = counted(len(beside.regions), "kind")
    if not beside.regions:
        yield Paragraph("Every case that there can be is decided as before.")
    else:
        more = "" if beside.complete else "at least "
        busy = len(beside.regions) - len(idle)
        told = f"{busy or 'none'} of them {'has' if busy == 1 else 'have'} traffic here"
        told = told if idle else "all of them have traffic here"
        yield Paragraph(f"There are {more}{kinds} of cases that are decided otherwise; {told}.")
    if not beside.complete or beside.unlisted:
        few = f"; {counted(beside.unlisted, 'case')} above are of none" if beside.unlisted else ""
        yield Paragraph(f"There may be more kinds: the budget ran out{few}.")
    if idle:
        yield Heading("Without traffic", 3)
    for each in idle:
        region = each.region
        way = "same outcome" if region.direction == "alike" else region.direction
        where = phrases.where(region.where or (), beside.changes.triggers)
        lines = (
            [] if region.direction == "alike" else [change_words(region.kind.changes, of.fields)]
        )
        lines += [f"where {' and '.join(where)}"] if where else []
        shown = None
        if region.witness is not None:
            shown = phrases.case_words(region.witness, found.case)
        yield Item(f"{way}: {phrases.heading(region.kind)}", tuple(lines), shown)


# words


def change_words(changes: Sequence[Change], fields: Sequence[Compared]) -> str:
    types_of = {each.name: each for each in fields}
    told = "; ".join(_change(each, types_of.get(each.field)) for each in changes)
    return told or "the same outcome"


_HOW = {
    "given": "missing → given",
    "dropped": "given → missing",
    "more": "more",
    "less": "less",
    "another": "another",
}


def _change(of: Change, field: Compared | None) -> str:
    name = f"{of.field}: " if of.field else ""
    if of.how != "from to":
        return f"{name or 'the outcome: '}{_HOW[of.how]}"
    if field is None:
        return f"{name}{_plain(of.old)} → {_plain(of.new)}"
    return f"{name}{phrases.value(of.old, field.old)} → {phrases.value(of.new, field.new)}"


def number(of: int) -> str:
    return f"{of:,}"


def counted(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def share(part: int, of: int) -> str:
    """Never rounded to nothing or to all."""
    if not of or not part:
        return "0 %"
    percent = 100 * part / of
    if percent < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if 99.95 <= percent < 100 else f"{percent:.1f} %"


def _plain(of: Any) -> str:
    if isinstance(of, dict):
        return "{ " + ", ".join(f"{key}: {_plain(each)}" for key, each in of.items()) + " }"
    if isinstance(of, list):
        return f"[{', '.join(map(_plain, of))}]"
    if of is None:
        return "missing"
    if isinstance(of, bool):
        return "true" if of else "false"
    return str(of)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_LONG else f"{text[: _MOST_LONG - 1]}…"
