"""What whoever waits is told where a handler ended without an answer (BUS.md, Excuses). They are the system's words and
not the agent's: its history and its language model never see them."""

import re

from ..agent_host import Outgoing
from ..message import Message
from ..system_words import system_words

#: Said while an answer is being made.
ON_THE_WAY = frozenset(("agent.speaking", "narrative.chunk"))
#: Ids of questions that somebody waits for (rule 13).
ASK = re.compile(r"[0-9]+\.ask-", re.ASCII)
LONGEST_WHY = 500


def owes_answer(message: Message, agent: str, name: str) -> bool:
    """Whether its sender waits for one. Answers, signals and what is said to all do not."""
    from ..narrator.attention import is_asked  # an agent that answers by itself needs none of it

    sender = message.sender.agent_id
    if sender in (agent, "orchestrator"):
        return False
    if is_asked(message, agent, name):
        return True
    if message.recipient.target == "broadcast" or message.metadata.correlation_id:
        return False
    return message.type == "expert.command" or sender == "user" or bool(ASK.match(message.id))


def is_answer(outgoing: Outgoing, message: Message) -> bool:
    """Whether this is the answer to that."""
    is_to_sender = outgoing.correlation_id == message.id and outgoing.target == message.sender.agent_id
    return is_to_sender and outgoing.type not in ON_THE_WAY


def excuse_for(message: Message, why: str, agent: str, name: str) -> Outgoing:
    """`why` in the agent's own words, without secrets."""
    short = f"{why[:LONGEST_WHY]}…" if len(why) > LONGEST_WHY else why
    text = f"{name} could not answer: {short}. `./hairem logs {agent}` says more."
    is_command = message.type == "expert.command"
    kind = "expert.response" if is_command else "narrative.text"
    payload = {"status": "error", "result": None, "error": text} if is_command else system_words(text)
    return Outgoing(message.sender.agent_id, kind, payload, message.id, "normal", message.recipient.room)
