"""What a replay found to plain text, to Markdown, or to JSON."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from engine.language import types
from engine.language.values import write_instant
from engine.program.differing import Change, Decided, Label
from engine.program.nodes import Program
from engine.verbs.comparing.render import as_markdown, as_text, label_record, region_record
from engine.verbs.replaying.explained import case_type, withheld
from engine.verbs.replaying.models import Beside, Changed, Cohort, Differing, Replay, Sample
from engine.verbs.replaying.sheet import change_words, sheet


def replay_text(
    of: Replay, source: str, old: Program, beside: Beside | str | None, *, facts: bool = False
) -> str:
    return "\n".join(as_text(sheet(of, source, case_type(old, of.decision), beside, facts=facts)))


def replay_markdown(
    of: Replay, source: str, old: Program, beside: Beside | str | None, *, facts: bool = False
) -> str:
    return (
        "\n".join(as_markdown(sheet(of, source, case_type(old, of.decision), beside, facts=facts)))
        + "\n"
    )


def replay_json(
    of: Replay, source: str, old: Program, beside: Beside | str | None, *, facts: bool = False
) -> str:
    made = {"source": source, **replay_record(of, old, beside, facts=facts)}
    return json.dumps(made, indent=2, ensure_ascii=False)


def replay_record(
    of: Replay, old: Program, beside: Beside | str | None, *, facts: bool = False
) -> dict[str, Any]:
    """What changes is told only where the history holds. `old` is the version that was there;
    `facts` shows sensitive facts of sample cases too."""
    case = case_type(old, of.decision)
    changed = of.changed if of.reproduced else ()
    outcomes, rules = Counter[tuple[Change, ...]](), Counter[tuple[Label, Label]]()
    for each in changed:
        outcomes[each.kind.changes] += each.cases
        rules[each.kind.old, each.kind.new] += each.cases
    return {
        "old": asdict(of.old),
        "new": asdict(of.new),
        "decision": of.decision,
        "decided_by": of.by,
        "aside": of.aside,
        "gaps": list(of.gaps),
        "recorded": of.recorded,
        "replayed": of.replayed,
        "others": of.others,
        "unsaid": of.unsaid,
        "left_out": [{"cause": cause, "cases": count} for cause, count in of.left_out.items()],
        "refused": of.refused,
        "check": {
            "checked": of.checked,
            "differing": of.differing,
            "rows": [_differing(each) for each in of.differences],
        },
        "same": of.same if of.reproduced else None,
        "alike": of.alike if of.reproduced else None,
        "otherwise": of.otherwise if of.reproduced else None,
        "outcomes": [
            {
                "outcome": change_words(changes, of.fields),
                "changes": [asdict(each) for each in changes],
                "cases": count,
            }
            for changes, count in outcomes.most_common()
        ],
        "rules": [
            {"old": label_record(old), "new": label_record(new), "cases": count}
            for (old, new), count in rules.most_common()
        ],
        "kinds": [_kind(each, of, case, facts=facts) for each in changed],
        "cohorts": [_cohort(each, of) for each in of.cohorts] if of.reproduced else [],
        "compared": _beside(beside, of),
    }


def _kind(of: Changed, replay: Replay, case: types.Type, *, facts: bool) -> dict[str, Any]:
    kind = of.kind
    return {
        "direction": of.direction,
        "old": label_record(kind.old),
        "new": label_record(kind.new),
        "lost": list(kind.lost),
        "gained": list(kind.gained),
        "outcome": change_words(kind.changes, replay.fields),
        "cases": of.cases,
        "samples": [_sample(each, case, facts=facts) for each in of.samples],
    }


def _sample(of: Sample, type_: types.Type, *, facts: bool) -> dict[str, Any]:
    case, hidden = (of.case, ()) if facts else withheld(of.case, type_)
    return {
        "row": of.name,
        "as_of": None if of.now is None else write_instant(of.now),
        "case": case,
        "withheld": list(hidden),
        "old": {**_decided(of.old), "said": of.said and of.said[0]},
        "new": {**_decided(of.new), "said": of.said and of.said[1]},
    }


def _decided(of: Decided) -> dict[str, Any]:
    return {"basis": of.basis, "determining": list(of.determining), "outcome": of.outcome}


def _differing(of: Differing) -> dict[str, Any]:
    said = of.recorded
    return {
        "row": of.name,
        "as_of": of.as_of,
        "version": of.version,
        "recorded": {
            "basis": said.basis,
            "determining": None if said.determining is None else list(said.determining),
            "outcome": said.outcome,
        },
        "decided": _decided(of.decided),
    }


def _cohort(of: Cohort, replay: Replay) -> dict[str, Any]:
    return {
        "column": of.column,
        "values": [
            {
                "value": each.value,
                "cases": each.cases,
                "otherwise": each.otherwise,
                "outcomes": [
                    {"outcome": change_words(changes, replay.fields), "cases": count}
                    for changes, count in each.outcomes.items()
                ],
            }
            for each in of.parts
        ],
        "rest": of.rest,
    }


def _beside(of: Beside | str | None, replay: Replay) -> dict[str, Any] | None:
    if of is None or not replay.reproduced:
        return None
    if isinstance(of, str):
        return {"not_compared": of}
    found = next(each for each in of.changes.decisions if each.name == replay.decision)
    return {
        "complete": of.complete,
        "unlisted": of.unlisted,
        "regions": [
            {"cases": each.cases, **region_record(each.region, found, of.changes)}
            for each in of.regions
        ],
    }
