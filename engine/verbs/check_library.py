"""The policies of a library, checked one by one and against each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.diagnostics.base import Diagnostic, Finding
from engine.diagnostics.library import ChangedRelease, EnumsDiffer, MisplacedPolicy
from engine.language.types import Enum
from engine.program.nodes import Program
from engine.source import Source, Span
from engine.verbs.check import Checked, check


@dataclass(frozen=True)
class File:
    """`place` is the name and version under which it stands in its library, None where in none."""

    source: Source
    place: tuple[str, str] | None = None


def check_library(
    files: Sequence[File], live: Mapping[str, str], released: Mapping[str, str]
) -> list[Checked]:
    """`live` has the version of each policy, `released` the content hash of each `name@version`."""
    checked = [check(file.source) for file in files]
    enums = _enums(
        [each.program for each in checked if each.program and _is_live(each.program, live)]
    )
    return [
        replace(each, findings=(*each.findings, *_between(file, each.program, released, enums)))
        if each.program
        else each
        for file, each in zip(files, checked, strict=True)
    ]


_Enums = Mapping[str, Sequence[tuple[Program, Enum]]]


def _enums(programs: Sequence[Program]) -> _Enums:
    """Who declares an enum of a name."""
    found: dict[str, list[tuple[Program, Enum]]] = {}
    for program in programs:
        for enum in program.enums.values():
            found.setdefault(enum.name, []).append((program, enum))
    return found


def _between(
    file: File, program: Program, released: Mapping[str, str], enums: _Enums
) -> Iterator[Finding]:
    said = (
        _misplaced(file, program),
        _changed(program, released),
        *(_differing(program, others) for others in enums.values()),
    )
    return (Finding(file.source, diagnostic) for diagnostic in said if diagnostic)


def _misplaced(file: File, program: Program) -> Diagnostic | None:
    if file.place is None or file.place == (program.name, program.version):
        return None
    return MisplacedPolicy(
        span=_declared(file.source, f"policy {program.name} {program.version}"),
        name=program.name,
        version=program.version,
        place=f"{file.place[0]}/{file.place[1]}.bylaw",
    )


def _changed(program: Program, released: Mapping[str, str]) -> Diagnostic | None:
    content = released.get(f"{program.name}@{program.version}")
    if content is None or content == program.content_hash:
        return None
    return ChangedRelease(
        span=_declared(program.source, f"policy {program.name} {program.version}"),
        name=program.name,
        version=program.version,
        released=content,
        now=program.content_hash,
    )


def _differing(program: Program, declared: Sequence[tuple[Program, Enum]]) -> Diagnostic | None:
    """An enum that shares a member with its namesake in another policy, and yet differs from it."""
    own = next((enum for declarer, enum in declared if declarer is program), None)
    for other, enum in declared if own else ():
        if (
            own
            and other is not program
            and _is_same_idea(own, enum)
            and _wires(own) != _wires(enum)
        ):
            return EnumsDiffer(
                span=_declared(program.source, f"enum {own.name}"),
                enum=own.name,
                members=_wires(own),
                other=f"{other.name}@{other.version}",
                other_members=_wires(enum),
            )
    return None


def _is_same_idea(one: Enum, other: Enum) -> bool:
    return not {_plain(wire) for wire in _wires(one)}.isdisjoint(map(_plain, _wires(other)))


def _wires(enum: Enum) -> tuple[str, ...]:
    return tuple(member.wire for member in enum.members)


def _plain(wire: str) -> str:
    return re.sub(r"[\W_]", "", wire).casefold()


def _is_live(program: Program, live: Mapping[str, str]) -> bool:
    return live.get(program.name) == program.version


def _declared(source: Source, words: str) -> Span:
    """Where a declaration begins, found by its first words."""
    pattern = r"^[ \t]*(" + r"\s+".join(map(re.escape, words.split(" "))) + r")(?!\w)"
    found = re.search(pattern, source.text, re.MULTILINE)
    return Span(*found.span(1)) if found else Span(0, 0)
