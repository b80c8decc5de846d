"""A lifecycle to what the service tells of it: its facts, states, events and what leads where."""

from typing import Any

import engine
from engine import Program


def lifecycle(program: Program, name: str) -> dict[str, Any]:
    """States by their names on the wire; what an event brings stands among the facts."""
    made = program.lifecycles[name]
    wires = {each.name: each.wire for each in made.states}
    return {
        "facts": engine.schema(program, name),
        "states": [
            {"name": each.wire, "initial": each.initial, "final": each.final, "note": each.note}
            for each in made.states
        ],
        "events": [{"name": each.name, "note": each.note} for each in made.events],
        "transitions": [
            {
                "name": each.name,
                "from": [wires[state] for state in each.sources],
                "to": wires[each.target],
                "event": each.event,
                "guard": each.guard,
            }
            for each in made.transitions
        ],
        "deadlines": [
            {
                "name": each.name,
                "in": [wires[state] for state in each.states],
                "go": None if each.go is None else wires[each.go],
            }
            for each in made.deadlines
        ],
    }
