"""A lifecycle as a table of transitions with a diagram of its states, and its deadlines."""

from collections.abc import Iterator, Sequence

from engine.language import types
from engine.program import nodes as program
from engine.program import say
from engine.program.say import Voice, voice_of
from engine.program.words import listed, sentence, type_words, words
from engine.verbs.pages.markdown import heading, paragraph, plain, table


def lifecycle(of: program.Lifecycle) -> Iterator[str]:
    voice = voice_of((of.parameter,), "event")
    yield from heading(2, f"The life of {plain(_article(words(of.name)))}")
    yield from _states(of)
    yield from _diagram(of)
    yield from _events(of)
    yield from _transitions(of, voice)
    yield from _deadlines(of, voice)


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def _states(of: program.Lifecycle) -> Iterator[str]:
    yield from heading(3, "States")
    yield from table(
        ("State", "", "Meaning"),
        ((f"**{plain(each.wire)}**", _mark(each), plain(each.note or "")) for each in of.states),
    )


def _mark(state: program.State) -> str:
    marks = (("first", state.initial), ("last", state.final))
    return listed(word for word, given in marks if given)


def _diagram(of: program.Lifecycle) -> Iterator[str]:
    """Mermaid; the transitions from one state to another on several events are one arrow."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in of.states:
        if state.wire != state.name:
            yield f'    state "{state.wire}" as {state.name}'
        if state.initial:
            yield f"    [*] --> {state.name}"
    arrows: dict[tuple[str, str], list[str]] = {}
    for each in of.transitions:
        for source in each.sources:
            _add(arrows, source, each.target, words(each.event))
    for deadline in of.deadlines:
        if deadline.go is not None:
            for source in deadline.states:
                _add(arrows, source, deadline.go, f"{words(deadline.name)} (time)")
    for (source, target), labels in arrows.items():
        yield f"    {source} --> {target}: {', '.join(labels)}"
    for state in of.states:
        if state.final:
            yield f"    {state.name} --> [*]"
    yield "```"
    yield ""


def wires_of(of: program.Lifecycle) -> dict[str, str]:
    """How each state is called outside."""
    return {state.name: state.wire for state in of.states}


def _add(arrows: dict[tuple[str, str], list[str]], source: str, target: str, label: str) -> None:
    labels = arrows.setdefault((source, target), [])
    if label not in labels:
        labels.append(label)


def _events(of: program.Lifecycle) -> Iterator[str]:
    yield from heading(3, "What can happen")
    yield from table(
        ("Event", "Brings", "Meaning"),
        (
            (plain(words(each.name)), plain(listed(_payload(each))), plain(each.note or ""))
            for each in of.events
        ),
    )


def _payload(event: program.Event) -> Iterator[str]:
    for field in event.payload.fields:
        yield f"{words(field.name)} ({type_words(field.type)})"


def _transitions(of: program.Lifecycle, voice: Voice) -> Iterator[str]:
    yield from heading(3, "Transitions")
    yield from paragraph("What does not stand here is refused.")
    yield from table(
        ("From", "On", "To", "When", "Then", "Because"),
        (_transition(of, each, voice) for each in of.transitions),
    )
    if any(each.guard for each in of.transitions):
        yield from paragraph(
            "A transition marked † protects: it happens, too, when it is not known whether its "
            "condition holds."
        )


def _transition(of: program.Lifecycle, each: program.Transition, voice: Voice) -> Sequence[str]:
    wires = wires_of(of)
    told = (
        listed((wires[source] for source in each.sources), "or"),
        words(each.event),
        f"{wires[each.target]} †" if each.guard else wires[each.target],
        "" if each.condition is None else say.condition(each.condition, voice),
        _sets(of, each.sets, voice),
        _reason(each.because, voice),
    )
    return [plain(cell) for cell in told]


def _sets(of: program.Lifecycle, sets: Sequence[program.Set], voice: Voice) -> str:
    record = of.parameter.type
    if not isinstance(record, types.Record):
        return ""
    return "; ".join(
        f"{words(record.fields[each.place].name)} becomes {say.value(each.value, voice)}"
        for each in sets
    )


def _reason(because: program.Template | None, voice: Voice) -> str:
    return "" if because is None else say.template(because.pieces, voice).strip()


def _deadlines(of: program.Lifecycle, voice: Voice) -> Iterator[str]:
    if not of.deadlines:
        return
    yield from heading(3, "Deadlines")
    yield from paragraph(
        "A deadline happens once, at its instant, however late the clock is looked at."
    )
    yield from table(
        ("Deadline", "While in", "At", "When", "Then", "Because"),
        (_deadline(of, each, voice) for each in of.deadlines),
    )


def _deadline(of: program.Lifecycle, each: program.Deadline, voice: Voice) -> Sequence[str]:
    wires = wires_of(of)
    goes = [f"it goes to {wires[each.go]}"] if each.go else []
    then = "; ".join([*goes, *filter(None, [_sets(of, each.sets, voice)])])
    told = (
        sentence(words(each.name)).rstrip("."),
        listed((wires[state] for state in each.states), "or"),
        say.value(each.at, voice),
        "" if each.condition is None else say.condition(each.condition, voice),
        then,
        _reason(each.because, voice),
    )
    return [plain(cell) for cell in told]
