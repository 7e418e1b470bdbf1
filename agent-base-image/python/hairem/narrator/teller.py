"""From the pieces of one round of an answer to speech, behind what was said in the rounds before (narrator.py)."""

from ..llm import LlmPiece, missing
from .speech import Speech

#: Between what it says in two rounds.
BREAK = "\n\n"


class Teller:
    """Tells one round of an answer, behind what was said in the rounds before."""

    def __init__(self, speech: Speech, said: str) -> None:
        self._speech = speech
        self._said_before = said
        self._lead = BREAK if said else ""
        self._said = ""

    def hear(self, piece: LlmPiece) -> None:
        if piece.restart:
            self._speech.restart()
            self._said = ""
            self._lead = f"{self._said_before}{BREAK}" if self._said_before else ""
        if piece.text:
            self._speech.say(f"{self._lead}{piece.text}")
            self._said += piece.text
            self._lead = ""

    def complete(self, whole: str) -> None:
        for piece in missing(self._said, whole):
            self.hear(piece)
