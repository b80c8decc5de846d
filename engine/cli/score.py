"""`bylaw score`: the triggers of policies against messages that people have labelled."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from engine.cli import options
from engine.cli.programs import program_of
from engine.cli.screen import Wrong, say
from engine.library import Library

if TYPE_CHECKING:
    from engine.program.nodes import Program
    from engine.verbs.score import Counts, Message, Score

_MOST_LABELS = 12


@click.command(
    epilog="""\b
Examples:
  bylaw score handoff@1.0.0 handoff@1.1.0 --messages messages.csv --wanted fraud,dispute
  bylaw score handoff --messages messages.csv --label category --wanted legal --triggers legal
"""
)
@options.policy("policy", several=True)
@click.option(
    "--messages",
    "path",
    type=click.Path(dir_okay=False),
    required=True,
    help="A file of labelled messages: .csv with a heading, or JSON lines; - reads the input.",
)
@click.option("--text", default="text", show_default=True, help="The column of the message.")
@click.option("--label", default="label", show_default=True, help="The column of its label.")
@click.option("--wanted", required=True, help="The labels that should be found, with commas.")
@click.option("--triggers", help="The triggers that should find them, with commas; else all.")
@options.formats("text", "json")
@options.policies
def score(
    *,
    policy: tuple[str, ...],
    path: str,
    text: str,
    label: str,
    wanted: str,
    triggers: str | None,
    format: str,
    library: Library,
) -> None:
    """Say how often triggers find the messages that they should, and where they are wrong.

    A message is found when it mentions any of the triggers. POLICY is a file, a name@version, or a
    name for its newest version; several are put side by side.
    """
    from engine.verbs.score import score

    if not policy:
        raise Wrong("no policy is named", "name one or several, as in `bylaw score handoff@1.0.0`")
    programs = [program_of(library, reference) for reference in policy]
    chosen = None if triggers is None else _names(triggers)
    _look_for(chosen or (), programs)
    messages = list(_messages(path, text, label))
    labels = Counter(each for _, each in messages)
    for each in _names(wanted):
        if each not in labels:
            raise Wrong(f"no message has the label `{each}`", _nearest(each, labels))
    scores = [score(program, messages, _names(wanted), chosen) for program in programs]
    say(_json(scores) if format == "json" else _text(scores, labels, _names(wanted)))


def _names(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _look_for(names: Sequence[str], programs: Sequence["Program"]) -> None:
    """A trigger may be new in one of the versions, but one of them must have it."""
    known = {each.name: None for program in programs for each in program.triggers}
    for name in names:
        if name not in known:
            raise Wrong(f"there is no trigger `{name}`", _nearest(name, known))


def _nearest(name: str, known: Mapping[str, object]) -> str | None:
    from engine.language.nearest import nearest

    near = nearest(name, known)
    return near and f"did you mean `{near}`?"


def _messages(path: str, text: str, label: str) -> Iterator["Message"]:
    from engine.cli.cases import opened, read_rows

    with opened(path) as file:
        for number, row in enumerate(read_rows(file, path), start=1):
            for column in (text, label):
                if not isinstance(row.get(column), str):
                    cure = "`--text` and `--label` say which columns hold them"
                    raise Wrong(f"message {number} of `{path}` has no `{column}`", cure)
            yield row[text], row[label]


def _json(scores: Sequence["Score"]) -> str:
    return json.dumps([_record(each) for each in scores], indent=2, ensure_ascii=False)


def _record(score: "Score") -> dict[str, Any]:
    return {
        "policy": score.policy,
        "version": score.version,
        **_counted(score.together),
        "triggers": {name: _counted(each) for name, each in score.by_trigger.items()},
        "wrongly": score.wrongly,
    }


def _counted(counts: "Counts") -> dict[str, Any]:
    return {"precision": counts.precision, "recall": counts.recall, **asdict(counts)}


def _text(scores: Sequence["Score"], labels: Mapping[str, int], wanted: Sequence[str]) -> str:
    names = [f"{each.policy} {each.version}" for each in scores]
    rows: list[tuple[str, ...]] = [("", "precision", "recall", "right", "wrong", "missed")]
    for name, each in zip(names, scores, strict=True):
        rows.append((name, *_cells(each.together)))
        rows += [(f"  {trigger}", *_cells(one)) for trigger, one in each.by_trigger.items()]
    total = sum(labels.values())
    head = f"{total:,} messages, {sum(labels[each] for each in wanted):,} of them wanted"
    return "\n".join([head, "", *_aligned(rows), "", *_wrong(scores, names, labels)])


def _wrong(
    scores: Sequence["Score"], names: Sequence[str], labels: Mapping[str, int]
) -> Iterator[str]:
    """The labels under which most was found wrongly."""
    wrongly = {label: max(each.wrongly.get(label, 0) for each in scores) for label in labels}
    most = sorted((each for each in labels if wrongly[each]), key=lambda each: -wrongly[each])
    rows: list[tuple[str, ...]] = [("found wrongly", "of", *names)]
    for label in most[:_MOST_LABELS]:
        found = (f"{each.wrongly.get(label, 0):,}" for each in scores)
        rows.append((f"  {label}", f"{labels[label]:,}", *found))
    yield from _aligned(rows) if most else ["nothing was found wrongly"]
    if len(most) > _MOST_LABELS:
        yield f"  and {len(most) - _MOST_LABELS} more labels"


def _cells(counts: "Counts") -> tuple[str, ...]:
    shares = ("-" if each is None else f"{each:.2f}" for each in (counts.precision, counts.recall))
    return (*shares, *(f"{each:,}" for each in (counts.right, counts.wrong, counts.missed)))


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()
