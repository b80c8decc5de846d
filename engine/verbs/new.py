"""A name to a first policy under that name: it checks clean, and its comments say what to edit."""

import re

_NAME = re.compile(r"[^\W\d]\w*")


def new(name: str) -> str:
    """Raises ValueError for what cannot be a policy's name."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"`{name}` cannot name a policy: take letters, digits and `_`, a letter first"
        )
    return _FIRST.replace("@name@", name).replace("@title@", name.replace("_", " ").capitalize())


_FIRST = """\
bylaw 1

# Everything after # is a comment. This is a whole policy: edit it, then run `bylaw check`.

policy @name@ 1.0.0
  title "@title@"
  owner "Support Operations"

# First the facts of a case. `from strict to loose` says which outcome is the safer one.

enum Action:
  ask_a_person   "a person answers",
  reply          "the reply is sent at once"
  from strict to loose

record Ticket
  message:    text sensitive   "never printed, for it may hold anything"
  topic:      text
  confidence: number 0 .. 1 optional   "how sure the classifier is of the topic"
  vip:        bool default false because "A missing flag would stop every automatic reply"

# Then the outcome: what the decision gives back.

record Outcome
  action: Action
  reply:  text optional   "which reply to send"

# Numbers and words that change more often than the rules. A reason says why a number is what it is.

threshold sure_enough: number 0 .. 1 = 0.80
  because "Below this the classifier was wrong too often"

trigger legal mentions "lawyer", "attorney", "sue", "legal"

table reply_for(topic: text): text
  | topic           | reply             |
  | "opening_hours" | "t_opening_hours" |
  | "return_policy" | "t_return_policy" |
  | -               | "t_received"      |

# The decision. Guards come first, and apply also when a fact is missing that they ask for; a rule
# applies only when its condition is surely true. `first`: the first rule that applies decides.

decision answer(ticket: Ticket): Outcome
  guard legal_words
    when ticket.message mentions legal
    then action: ask_a_person
    because "the message mentions {matched}"

  guard vip
    when ticket.vip
    then action: ask_a_person
    because "a high-profile customer is answered by a person"

  first
  rule sure_topic
    when ticket.confidence >= sure_enough
    then action: reply, reply: reply_for(ticket.topic)
    because "the topic is {ticket.topic}, and the classifier is sure enough"

  otherwise
    then action: ask_a_person
    because "When unsure, a person answers"

  # What holds when the facts cannot be read at all: it must be safe.
  refused
    then action: ask_a_person

# What must hold for every case, whatever anybody changes above.

guarantee legal_words_are_never_answered
  also when refused
  for answer(ticket) = outcome
  when ticket.message mentions legal
  then outcome.action is ask_a_person

# Cases with a known answer, run by `bylaw check`. Try changing one.

example "A clear question is answered"
  answer(ticket: { message: "When do you open?", topic: "opening_hours", confidence: 0.93 })
  gives { action: reply, reply: "t_opening_hours" } by sure_topic

example "Exactly sure enough is sure enough"
  answer(ticket: { message: "Can I return this?", topic: "return_policy", confidence: 0.80 })
  gives { action: reply, reply: "t_return_policy" } by sure_topic

example "A topic that nobody vouches for goes to a person"
  answer(ticket: { message: "When do you open?", topic: "opening_hours" })
  gives { action: ask_a_person, reply: missing } by otherwise, not sure_topic

example "A lawyer is mentioned"
  answer(ticket: { message: "My lawyer will call", topic: "opening_hours", confidence: 0.99 })
  gives { action: ask_a_person, reply: missing } by legal_words, not sure_topic
"""
