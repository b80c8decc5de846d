"""What a command asks for by name, or the plain words for why it cannot be had."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.screen import FOUND, Wrong, has_colour, say
from engine.library import Library, LibraryError, policies_in

if TYPE_CHECKING:
    from engine.diagnostics.base import Finding
    from engine.program.nodes import Program


def paths_of(library: Library, references: Sequence[str]) -> list[Path]:
    """The files meant, each once; all of the library where none is named."""
    if references:
        found = [path for reference in references for path in library.paths(reference)]
        return list(dict.fromkeys(found))
    if not library.folder.is_dir():
        cure = "`bylaw new NAME` begins one; `--policies` names another"
        raise LibraryError(f"there is no folder `{library.folder}`", cure)
    return policies_in(library.folder)


def program_of(library: Library, reference: str) -> "Program":
    """Ends the command with the findings where there are errors."""
    from engine.verbs.check import PolicyError, load

    try:
        return load(library.source(reference))
    except PolicyError as wrong:
        say(findings_shown(wrong.findings, error=True), error=True)
        sys.exit(FOUND)


def findings_shown(findings: Sequence["Finding"], *, error: bool = False) -> str:
    from engine.diagnostics.render import render

    colour = has_colour(sys.stderr if error else sys.stdout)
    return "\n\n".join(render(finding, colour) for finding in findings)


def decision_named(program: "Program", name: str | None) -> str:
    from engine.verbs import decide

    try:
        return decide.named(program, name)
    except decide.UnknownDecisionError as unknown:
        if unknown.nearest:
            raise Wrong(str(unknown), f"did you mean `{unknown.nearest}`?") from unknown
        known = ", ".join(f"`{each}`" for each in unknown.known) or "none"
        raise Wrong(str(unknown), f"name one with `--decision`; there is {known}") from unknown
