"""What the container runs: main.py, loaded without the garbage collector."""

import gc


def start() -> None:
    """Nothing that is loaded now is ever garbage: looking for some takes a tenth of the start-up, and again of every
    later look."""
    gc.disable()
    import asyncio

    from hairem.main import main

    gc.freeze()
    gc.enable()
    asyncio.run(main())


if __name__ == "__main__":
    start()
