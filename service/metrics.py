"""What Prometheus reads: decisions, the journal, the loading of policies, and the shadow."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from engine import Decision, Program

_FINE = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1)
_COARSE = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)


class Metrics:
    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._decisions = Counter(
            "bylaw_decisions",
            "Decisions made",
            ("policy", "version", "outcome", "basis"),
            registry=registry,
        )
        self._deciding = Histogram(
            "bylaw_decision_seconds",
            "What the engine took for a decision",
            ("policy",),
            buckets=_FINE,
            registry=registry,
        )
        self._requests = Counter(
            "bylaw_requests", "Requests answered", ("status",), registry=registry
        )
        self._answering = Histogram(
            "bylaw_request_seconds",
            "What an answer took, from the request's first byte",
            buckets=_COARSE,
            registry=registry,
        )
        self.journal_lag = Gauge(
            "bylaw_journal_lag_seconds",
            "How long the oldest decision waits that is being written",
            registry=registry,
        )
        self.journal_commit = Histogram(
            "bylaw_journal_commit_seconds",
            "What a group of decisions took to be on disk",
            buckets=_COARSE,
            registry=registry,
        )
        self.journal_group = Histogram(
            "bylaw_journal_group",
            "How many requests shared a sync to disk",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            registry=registry,
        )
        self.journal_dropped = Counter(
            "bylaw_journal_dropped",
            "Decisions that were served and could not be recorded",
            registry=registry,
        )
        self.journal_failed = Counter(
            "bylaw_journal_failed", "Decisions that the journal did not take", registry=registry
        )
        self.loads = Counter(
            "bylaw_policy_loads", "Policy files read", ("result",), registry=registry
        )
        self.shadow = Counter(
            "bylaw_shadow", "Cases decided in shadow", ("policy", "result"), registry=registry
        )
        self._counted: dict[tuple[str, str, str], Counter] = {}
        self._timed: dict[str, Histogram] = {}
        self._answered: dict[int, Counter] = {}
        self._words: dict[tuple[str, str], str | None] = {}

    def decided(self, program: Program, decided: Decision, seconds: float) -> str:
        """Gives the word by which its outcome is counted."""
        word = self._word(program, decided)
        key = program.content_hash, word, decided.basis
        counted = self._counted.get(key)
        if counted is None:
            labels = (program.name, program.version, word, decided.basis)
            counted = self._counted[key] = self._decisions.labels(*labels)
        counted.inc()
        timed = self._timed.get(program.name)
        if timed is None:
            timed = self._timed[program.name] = self._deciding.labels(program.name)
        timed.observe(seconds)
        return word

    def answered(self, status: int, seconds: float) -> None:
        counted = self._answered.get(status)
        if counted is None:
            counted = self._answered[status] = self._requests.labels(str(status))
        counted.inc()
        self._answering.observe(seconds)

    def committed(self, entries: int, seconds: float) -> None:
        self.journal_group.observe(entries)
        self.journal_commit.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _word(self, program: Program, decided: Decision) -> str:
        """The first field of an outcome that is of an enum says most of it."""
        outcome, key = decided.outcome, (program.content_hash, decided.decision)
        if key not in self._words:
            self._words[key] = _first_enum(program, decided.decision)
        field = self._words[key]
        if field is None:
            return ""
        return str(outcome if field == "" else outcome[field])


def _first_enum(program: Program, decision: str) -> str | None:
    """Its name; empty where the outcome itself is of an enum, None where nothing is."""
    node = program.decisions.get(decision)
    if node is None:
        return None
    if hasattr(node.result, "members"):
        return ""
    fields = getattr(node.result, "fields", ())
    return next((each.wire for each in fields if hasattr(each.type, "members")), None)
