"""What may be kept of a case: which triggers its sensitive texts mention, and all else of it."""

import json
from concurrent.futures import ThreadPoolExecutor

import engine
from engine import Source

POLICY = """bylaw 1

policy posts 1.0.0
  title "Posts"
  owner "Support Operations"

enum Action: ask, reply from strict to loose

record Remark
  text: text sensitive
  by:   text optional

record Post
  remarks: list of Remark up to 3
  title:   text sensitive optional
  score:   number 0 .. 1 default 0.5 because "Nobody knows"

record Answer
  action: Action

trigger law mentions "lawyer", "sue"
trigger fraud mentions "fraud"

decision answer(post: Post, note: text): Answer
  guard law_is_mentioned
    when any r in post.remarks where r.text mentions law
    then action: ask
    because "The law is mentioned"

  guard fraud_is_mentioned
    when post.title mentions fraud
    then action: ask
    because "Fraud is mentioned"

  otherwise
    then action: reply
    because "Nothing is said against it"

  refused
    then action: ask
"""
CASE = {
    "post": {"remarks": [{"text": "Hello"}, {"text": "I sue you, fraud!"}], "title": "My lawyer"},
    "note": "fraud",
}


def test_each_sensitive_text_is_kept_with_the_triggers_that_it_mentions() -> None:
    program = engine.load(Source("posts", POLICY))
    assert engine.decide(program, CASE).outcome == {"action": "ask"}
    assert engine.mentioned(program, CASE) == {
        "/post/remarks/1/text": ["law", "fraud"],
        "/post/title": ["law"],
    }
    assert engine.mentioned(program, {"post": {"remarks": []}, "note": "fraud"}) == {}


def test_withheld_is_what_is_sensitive_and_nothing_else() -> None:
    program = engine.load(Source("posts", POLICY))
    kept = engine.withheld(program, {**CASE, "colour": "red"}, None, b"key")
    assert (kept["note"], kept["post"]["score"]) == ("fraud", 0.5)
    texts = [each["text"] for each in kept["post"]["remarks"]]
    assert all(each["withheld"] and len(each["hmac"]) == len("sha256:") + 64 for each in texts)
    assert not any(word in json.dumps(kept) for word in ("Hello", "lawyer", "red"))
    assert kept == engine.withheld(program, CASE, None, b"key")
    assert kept != engine.withheld(program, CASE, None, b"another key")
    assert engine.withheld(program, {"note": 3}, None, b"key") is None


def test_several_threads_may_compile_at_once() -> None:
    """Python's own parser of trees cannot."""
    programs = [
        engine.load(Source("posts", POLICY.replace("1.0.0", f"1.0.{number}")))
        for number in range(60)
    ]
    with ThreadPoolExecutor(4) as pool:
        decided = list(pool.map(lambda each: engine.decide(each, CASE).outcome, programs))
    assert decided == [{"action": "ask"}] * 60
