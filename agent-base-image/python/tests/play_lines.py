"""Plays histories line by line, for tests that compare the two SDKs: reads `{inst, event}`, writes the actions, both as
JSON. `{inst}` alone begins a new instance of that number."""

import json
import sys

from play_case import new_follower, play

from hairem.follower.state import FollowerState


def main() -> None:
    followers: dict[int, FollowerState] = {}
    for line in sys.stdin:
        told = json.loads(line)
        if "event" in told:
            sys.stdout.write(json.dumps(play(followers[told["inst"]], told["event"])) + "\n")
        else:
            followers[told["inst"]] = new_follower(told["inst"], told.get("limits"))
    sys.stdout.flush()


main()
