"""How the documentation is built: MyST pages, Furo, and the tables of the language read from the language itself."""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

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
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]


class Operations(SphinxDirective):
    """`{operations} operators`: a section for each row of a table of the language."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        tables = {"operators": _operations(OPERATORS), "functions": _operations(FUNCTIONS)}
        lines = tables.get(self.arguments[0]) or _aggregates()
        node = nodes.section()
        node.document = self.state.document
        self.state.nested_parse(StringList(lines, "the tables of the language"), self.content_offset, node)
        return node.children


def _operations(table: dict[str, Operation]) -> list[str]:
    lines = ["| sign | takes and gives | means | examples |", "|---|---|---|---|"]
    for row in table.values():
        kinds = (f"{', '.join(each.operands)} → {each.result}" for each in row.signatures)
        examples = (f"`{left}` gives `{right}`" for left, right in row.examples)
        cells = (f"`{row.symbol}`", "<br>".join(dict.fromkeys(kinds)), row.doc, "<br>".join(examples))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _aggregates() -> list[str]:
    lines = ["| name | of nothing | means | example |", "|---|---|---|---|"]
    for row in AGGREGATES.values():
        left, right = row.example
        lines.append(f"| `{row.name}` | {row.of_nothing} | {row.doc} | `{left}` gives `{right}` |")
    return lines


def setup(app: Sphinx) -> None:
    app.add_directive("operations", Operations)
