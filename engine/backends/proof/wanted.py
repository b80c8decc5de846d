"""An outcome, and what is wanted of it, to whether it is so."""

from collections.abc import Iterable
from typing import Any

from engine.backends.proof.bits import Bit, both, every, no
from engine.backends.proof.encode import Encoder
from engine.backends.proof.symbols import Sym
from engine.language import types


def wanted(encoder: Encoder, outcome: Sym, of: Iterable[tuple[int | None, types.Type, Any]]) -> Bit:
    """Each is the place of a field (None: the whole outcome), its type, and its value (None:
    missing)."""
    return both(outcome.known, every(_is(encoder, outcome, *each) for each in of))


def _is(encoder: Encoder, outcome: Sym, place: int | None, type_: types.Type, value: Any) -> Bit:
    found = outcome if place is None else outcome.value.field(place)
    if value is None:
        return no(found.known)
    if found.known is False:
        return False
    if isinstance(type_, types.ListOf):
        encoder.lists.use(found.value)
        return both(found.known, no(found.value.filled))
    other = encoder.constant(value, type_).value
    return both(found.known, encoder.equal(found.value, other, type_))
