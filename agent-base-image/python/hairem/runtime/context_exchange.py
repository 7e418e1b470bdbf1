"""How the instances of one agent come to the same context. Each says what it changed, and all hear everything in one
order, their own words too; so the last word on a key wins everywhere, and it is the same everywhere.

  my value ──news()──► said, pending ──my own word comes back──► said, settled

What is pending, or changed and not yet said, comes later in the stream than what is heard now: it stands.
"""

from dataclasses import asdict
from typing import Any, Literal, TypeAlias

from ..agent_host import Log
from ..json_text import DEEPEST_CARRIED, parse_exact, write
from .context import OwnContext
from .words import ContextWord

Role: TypeAlias = Literal["owner", "follower"]


class Exchange:
    def __init__(self, ctx: OwnContext, log: Log) -> None:
        self._ctx = ctx
        self._log = log
        #: The newest text of each key that is in the stream, mine or another's.
        self._said: dict[str, str] = {}
        #: Keys of mine that have not come back yet, with the number of my word.
        self._pending: dict[str, int] = {}
        self._refused: set[str] = set()
        self._said_user: str | None = None
        self._count = 0

    def news(self, *, whole: bool, cut: str | None) -> dict[str, Any] | None:
        """What the others do not know yet, or everything; None where that is nothing."""
        ctx, said = self._ctx, self._said
        texts = ctx.state.texts(self._refuse)
        changed = {key: text for key, text in texts.items() if whole or said.get(key) != text}
        gone = [key for key in said if key not in ctx.state]
        entries = ctx.kept.news()
        is_news = whole or cut is not None or changed or gone or entries or ctx.user != self._said_user
        if not is_news:
            return None
        self._count += 1
        if whole:
            said.clear()
        for key in gone:
            said.pop(key, None)
        said.update(changed)
        self._pending.update(dict.fromkeys([*gone, *changed], self._count))
        self._said_user = ctx.user
        return {
            "type": "context",
            "n": self._count,
            "whole": whole,
            "cut": cut,
            "set": [[key, parse_exact(text, DEEPEST_CARRIED)] for key, text in changed.items()],
            "gone": gone,
            "history": [asdict(entry) for entry in (ctx.history if whole else entries)],
            "user": self._said_user,
        }

    def settle(self, word: ContextWord) -> None:
        """My own word: it stands now where it stands for all."""
        self._pending = {key: mine for key, mine in self._pending.items() if mine > word.n}

    def hear(self, word: ContextWord, role: Role) -> None:
        """Another's word. A follower has no word of its own: what its `setup()` wrote gives way."""
        ctx = self._ctx
        replaces = word.whole and role == "follower"
        known = {key for key, _ in word.set}
        missing = [key for key in self._said if key not in known] if replaces else []
        for key in (*word.gone, *missing):
            if not self._stands(key, role):
                self._said.pop(key, None)
                ctx.state.pop(key, None)
        for key, value in word.set:
            if not self._stands(key, role):
                self._put(key, value)
        if replaces:
            ctx.kept.replace(word.history)
        else:
            for entry in word.history:
                ctx.kept.take(entry)
        if role == "follower" or ctx.user == self._said_user:
            ctx.user = self._said_user = word.user

    def take_over(self) -> None:
        """A follower becomes the owner: what was heard holds, also over what a late `setup()` has overwritten."""
        state = self._ctx.state
        for key, text in self._said.items():
            if state.text_of(key) != text:
                state.take(key, parse_exact(text, DEEPEST_CARRIED))
        self._said.update(state.texts(self._refuse))
        self._pending.clear()
        self._said_user = self._ctx.user

    def _refuse(self, key: str, why: str) -> None:
        if key not in self._refused:
            self._log.warn(f"not handed over: {why}", key=key)
        self._refused.add(key)

    def _stands(self, key: str, role: Role) -> bool:
        is_mine = role == "owner" and self._ctx.state.text_of(key) != self._said.get(key)
        return is_mine or key in self._pending

    def _put(self, key: str, value: object) -> None:
        text = write(value, numbers="exact")
        self._said[key] = text
        if self._ctx.state.text_of(key) != text:
            self._ctx.state.take(key, value)
