"""What a test imports of a bundle is gone behind it: each bundle has a module named logic."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imports_restored() -> Iterator[None]:
    path, modules = list(sys.path), dict(sys.modules)
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.clear()
        sys.modules.update(modules)
