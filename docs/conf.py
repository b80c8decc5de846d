"""How the documentation is built: MyST pages, Furo, and what is read from the language itself."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from pygments import token
from pygments.lexer import RegexLexer, words
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import engine
from engine import diagnostics
from engine.diagnostics import deep
from engine.diagnostics.base import Diagnostic
from engine.language.functions import AGGREGATES, FUNCTIONS
from engine.language.operators import OPERATORS, Operation

project = "Bylaw"
author = "the Bylaw authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Bylaw"
html_copy_source = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["wrap.css"]
pygments_style = "default"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

DOCS = Path(__file__).parent
GRAMMAR = Path(engine.__file__).parent / "syntax" / "grammar.lark"
KEYWORDS = re.findall(r'^[A-Z_]+(?:\.\d)?: "([a-z]+)"$', GRAMMAR.read_text("utf-8"), re.M)


class Operations(SphinxDirective):
    """`{operations} operators`: a table of the language."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        tables = {"operators": _operations(OPERATORS), "functions": _operations(FUNCTIONS)}
        return _parsed(self, tables.get(self.arguments[0]) or _aggregates())


class Findings(SphinxDirective):
    """`{findings} error`: the pages of everything of that severity, or of what is `deep`, each with
    its first line."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        severities = {each.code(): _kind(each) for each in _diagnostics()}
        pages = (
            page
            for page in sorted(DOCS.glob("errors/*.md"))
            if severities.get(page.stem) == self.arguments[0]
        )
        rows = (f"| [{page.stem}]({page.name}) | {_first_paragraph(page)} |" for page in pages)
        return _parsed(self, ["| code | says |", "|---|---|", *rows])


class BylawLexer(RegexLexer):
    """Colours: the keywords are those of the grammar, wherever they stand."""

    name = "Bylaw"
    aliases = ("bylaw",)
    tokens: ClassVar = {
        "root": [
            (r"#.*", token.Comment),
            (r'"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"', token.String),
            (r"\w+(?=\s*:)", token.Name),
            (words(KEYWORDS, prefix=r"\b", suffix=r"\b"), token.Keyword),
            (r"\d[\w.:-]*", token.Number),
            (r"\w+", token.Name),
            (r"[^\w\s]", token.Operator),
            (r"\s+", token.Whitespace),
        ]
    }


def name_files(_app: Sphinx, _page: str, source: list[str]) -> None:
    """A block that is a file has the file's name above it."""
    block = r'^```(\w+) \{file="([^"]+)"\}$'
    source[0] = re.sub(block, r"```{code-block} \1\n:caption: `\2`\n", source[0], flags=re.M)


def _operations(table: dict[str, Operation]) -> list[str]:
    lines = ["| sign | takes and gives | means | examples |", "|---|---|---|---|"]
    for row in table.values():
        kinds = (f"{', '.join(each.operands)} → {each.result}" for each in row.signatures)
        examples = (f"`{left}` gives `{right}`" for left, right in row.examples)
        cells = (
            f"`{row.symbol}`",
            "<br>".join(dict.fromkeys(kinds)),
            row.doc,
            "<br>".join(examples),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _aggregates() -> list[str]:
    lines = ["| name | of nothing | means | example |", "|---|---|---|---|"]
    for row in AGGREGATES.values():
        left, right = row.example
        lines.append(f"| `{row.name}` | {row.of_nothing} | {row.doc} | `{left}` gives `{right}` |")
    return lines


def _diagnostics(of: type[Diagnostic] = Diagnostic) -> list[type[Diagnostic]]:
    for module in iter_modules(diagnostics.__path__):
        import_module(f"{diagnostics.__name__}.{module.name}")
    return [each for kind in of.__subclasses__() for each in (kind, *_diagnostics(kind))]


def _kind(of: type[Diagnostic]) -> str:
    return "deep" if of.__module__ == deep.__name__ else of.severity


def _first_paragraph(page: Path) -> str:
    return " ".join(page.read_text("utf-8").split("\n\n")[1].split("\n"))


def _parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    node = nodes.section()
    node.document = directive.state.document
    source = "what the language says of itself"
    directive.state.nested_parse(StringList(lines, source), directive.content_offset, node)
    return node.children


def setup(app: Sphinx) -> None:
    app.add_directive("operations", Operations)
    app.add_directive("findings", Findings)
    app.add_lexer("bylaw", BylawLexer)
    app.add_lexer("mermaid", TextLexer)
    app.connect("source-read", name_files)
