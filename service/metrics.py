"""What Prometheus reads: decisions, the journal, the loading of policies, and the shadow."""

from bisect import bisect_left
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from engine import Decision, Program

_FINE = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1)
_COARSE = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)


class Metrics:
    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._hot = _Hot()
        registry.register(self._hot)
        self.journal_lag = Gauge(
            "bylaw_journal_lag_seconds",
            "How long the oldest decision has waited for its turn to be written",
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
        self._words: dict[tuple[str, str], str | None] = {}

    def decided(self, program: Program, decided: Decision, seconds: float) -> str:
        """Gives the word by which its outcome is counted."""
        word = self._word(program, decided)
        self._hot.decisions[program.name, program.version, word, decided.basis] += 1
        self._hot.deciding[program.name].observe(seconds)
        return word

    def answered(self, status: int, seconds: float) -> None:
        self._hot.requests[status] += 1
        self._hot.answering.observe(seconds)

    def committed(self, entries: int, seconds: float) -> None:
        self.journal_group.observe(entries)
        self.journal_commit.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _word(self, program: Program, decided: Decision) -> str:
        """The first field of an outcome that is of an enum says most of it."""
        outcome, key = decided.outcome, (program.content_hash, decided.decision)
        try:
            field = self._words[key]
        except KeyError:
            field = self._words[key] = first_enum(program, decided.decision)
        if field is None:
            return ""
        return str(outcome if field == "" else outcome[field])


class _Times:
    """A histogram that only the event's loop adds to."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def told(self) -> tuple[list[tuple[str, float]], float]:
        """How many took no longer than each bound, and all seconds."""
        bounds = [*map(str, self._bounds), "+Inf"]
        return list(zip(bounds, accumulate(self._counts), strict=True)), self._sum


class _Hot(Collector):
    """What changes with every request is counted in plain numbers; the library's own counters take
    a lock each, and longer than a decision."""

    def __init__(self) -> None:
        self.decisions: Tally[tuple[str, str, str, str]] = Tally()
        self.deciding: dict[str, _Times] = defaultdict(lambda: _Times(_FINE))
        self.requests: Tally[int] = Tally()
        self.answering = _Times(_COARSE)

    def collect(self) -> Iterator[Metric]:
        labels = ("policy", "version", "outcome", "basis")
        decisions = CounterMetricFamily("bylaw_decisions", "Decisions made", labels=labels)
        for key, count in list(self.decisions.items()):
            decisions.add_metric(key, count)
        yield decisions
        told = "What the engine took for a decision"
        deciding = HistogramMetricFamily("bylaw_decision_seconds", told, labels=("policy",))
        for policy, times in list(self.deciding.items()):
            deciding.add_metric((policy,), *times.told())
        yield deciding
        requests = CounterMetricFamily("bylaw_requests", "Requests answered", labels=("status",))
        for status, count in list(self.requests.items()):
            requests.add_metric((str(status),), count)
        yield requests
        told = "What an answer took, from the request's head on"
        answering = HistogramMetricFamily("bylaw_request_seconds", told)
        answering.add_metric((), *self.answering.told())
        yield answering


def first_enum(program: Program, decision: str) -> str | None:
    """Its name; empty where the outcome itself is of an enum, None where nothing is."""
    node = program.decisions.get(decision)
    if node is None:
        return None
    if hasattr(node.result, "members"):
        return ""
    fields = getattr(node.result, "fields", ())
    return next((each.wire for each in fields if hasattr(each.type, "members")), None)
