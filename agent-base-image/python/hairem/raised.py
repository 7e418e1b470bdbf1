"""What anything that was raised says to people."""

LONGEST_MESSAGE = 2_000
#: Of a group's errors, and causes of causes.
_MOST_TOGETHER = 4
_DEEPEST = 8


def reason_of(error: BaseException) -> str:
    """What an error says to people; some say only what was not found, some nothing at all, and some fail at that."""
    words = _said(error, ())
    return f"{words[:LONGEST_MESSAGE]}…" if len(words) > LONGEST_MESSAGE else words


def _said(error: BaseException, within: tuple[BaseException, ...]) -> str:
    name = type(error).__name__
    if len(within) > _DEEPEST or any(one is error for one in within):
        return name
    try:
        text = error.message if isinstance(error, BaseExceptionGroup) else str(error)[: LONGEST_MESSAGE + 1].strip()
    except BaseException:
        return f"{name}, which cannot be shown"
    if isinstance(error, BaseExceptionGroup):
        return f"{text}: {_together(error.exceptions, (*within, error))}"
    if not text:
        return name if error.__cause__ is None else f"{name}: {_said(error.__cause__, (*within, error))}"
    is_bare = isinstance(error, KeyError) or not isinstance(error, Exception)
    return f"{name}: {text}" if is_bare else text


def _together(errors: tuple[BaseException, ...], within: tuple[BaseException, ...]) -> str:
    words = list(dict.fromkeys(_said(one, within) for one in errors[:_LOOKED_AT]))
    more = [f"and {len(words) - _MOST_TOGETHER} more"] if len(words) > _MOST_TOGETHER else []
    return "; ".join(words[:_MOST_TOGETHER] + more)


_LOOKED_AT = 100
