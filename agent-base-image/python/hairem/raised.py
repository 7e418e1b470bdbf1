"""What anything that was raised says to people."""

LONGEST_MESSAGE = 2_000


def reason_of(error: BaseException) -> str:
    """What an error says to people; some say only what was not found, some nothing at all, and some fail at that."""
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:
        return f"{name}, which cannot be shown"
    is_bare = isinstance(error, KeyError) or not isinstance(error, Exception)
    return (f"{name}: {text}" if text and is_bare else text or name)[:LONGEST_MESSAGE]
