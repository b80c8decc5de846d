"""What can be wrong with facts that may be missing, and with facts that must not be shown."""

from dataclasses import dataclass

from engine.diagnostics.base import Diagnostic


@dataclass(frozen=True, kw_only=True)
class MayBeMissing(Diagnostic):
    """A value that may be unknown where a known one is needed. `fact` is what may be missing, `why`
    another cause, `whole` the value itself, as the author would write it."""

    fact: str | None
    where: str
    why: str | None = None
    whole: str | None = None

    def message(self) -> str:
        what = (
            f"`{self.fact}` may be missing"
            if self.fact
            else f"this may be unknown{f' ({self.why})' if self.why else ''}"
        )
        return f"{what}, and {self.where} needs a known value"

    def help(self) -> str | None:
        if self.whole:
            whole = self.whole
            return f"say what holds then, as `{whole} else …`, or ask `{whole} is known` first"
        return "say what holds then: `… else …`"


@dataclass(frozen=True, kw_only=True)
class SensitiveText(Diagnostic):
    """A sensitive fact on its way into a sentence or an outcome."""

    fact: str
    where: str

    def message(self) -> str:
        return f"`{self.fact}` is sensitive, and {self.where} would show it"

    def help(self) -> str | None:
        return "leave it out; a condition may read it, and `{matched}` shows the policy's own words"
