"""`new` writes a policy that checks clean, is laid out, and decides."""

import pytest

from engine import Source, check, decide, load, new, render, tidy


@pytest.mark.parametrize("name", ["refunds", "première_réponse", "policy", "answer", "x1"])
def test_a_new_policy_checks_clean(name: str) -> None:
    checked = check(Source(name, new(name)))
    assert [render(finding) for finding in checked.findings] == []
    assert checked.program is not None
    assert (checked.program.name, checked.program.version) == (name, "1.0.0")
    assert tidy(Source(name, new(name))).text == new(name)
    assert len(checked.program.examples) > 2
    assert all(guarantee.also_refused for guarantee in checked.program.guarantees)


@pytest.mark.parametrize("name", ["", "1st", "two words", "a-b", "../etc", 'a"', "a\n"])
def test_what_cannot_name_a_policy_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a policy"):
        new(name)


def test_a_new_policy_decides() -> None:
    program = load(Source("refunds", new("refunds")))
    sure = {"message": "When do you open?", "topic": "opening_hours", "confidence": 0.9}
    assert decide(program, sure).outcome == {"action": "reply", "reply": "t_opening_hours"}
    legal = {**sure, "message": "I will sue you"}
    assert decide(program, legal).determining == ("legal_words",)
    assert decide(program, {"message": "Hello"}).basis == "refused"
