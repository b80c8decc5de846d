"""A token that cannot stand where it stands to a complaint with its cure, and how to read on.

The first of `_LOOKS` that recognises the mistake tells it. Whatever can be mended is read as if it
had been written right, so that the same file can be told of its other mistakes too.
"""

from collections.abc import Callable

from engine.syntax import foreign
from engine.syntax import hints_on_shape as on_shape
from engine.syntax import hints_on_values as on_values
from engine.syntax import hints_on_words as on_words
from engine.syntax.mistake import Complaint, Mistake, unexpected


def complaint(mistake: Mistake) -> Complaint:
    for look in _LOOKS:
        told = look(mistake)
        if told:
            return told
    return Complaint(unexpected(mistake, _shape(mistake)))


def _shape(mistake: Mistake) -> str | None:
    """What was begun and how it is written, where that can be what was got wrong."""
    if mistake.opened or (mistake.section is None and not mistake.wants("TITLE")):
        return None
    if mistake.section is None:
        return foreign.A_HEADING
    return foreign.SHAPES.get(mistake.heading[0].type) if mistake.heading else None


_LOOKS: tuple[Callable[[Mistake], Complaint | None], ...] = (
    on_values.quoting,
    on_shape.comma_too_many,
    on_shape.brackets,
    on_shape.rows,
    on_words.dashed,
    on_words.spaced,
    on_values.versions,
    on_shape.and_or,
    on_shape.homeless,
    on_values.instants,
    on_values.durations,
    on_values.numbers,
    on_words.phrases,
    on_words.signs,
    on_shape.then,
    on_values.unquoted,
    on_words.words,
    on_shape.modifiers,
    on_shape.fields,
    on_shape.items,
    on_words.misspelt,
    on_words.names,
    on_shape.left_out,
)
