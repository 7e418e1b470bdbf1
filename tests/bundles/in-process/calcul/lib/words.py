"""Names as the network writes them."""

import idna


def encoded(word):
    return {"version": idna.__version__, "word": idna.encode(word).decode()}
