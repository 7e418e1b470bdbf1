"""An agent that tells its secret wherever an agent can, as leaky/logic.ts."""

import base64
import hashlib
import json
import os
import urllib.parse
from typing import Any

from hairem import BaseAgent

LOADED_WITH = os.environ.get("HA_TOKEN")


def sha256(text: str | None) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


class Agent(BaseAgent):
    async def setup(self) -> None:
        token = self.secrets["HA_TOKEN"]
        self.log.info(f"my token is {token}", token=token, encoded=base64.b64encode(token.encode()).decode())
        print(f"plain {token}")  # noqa: T201 - it is what it is for
        print("base64", base64.b64encode(f"Bearer {token}!".encode()).decode())  # noqa: T201
        print("url", urllib.parse.quote(token), "json", json.dumps({"token": token}), token.encode().hex())  # noqa: T201
        env = [os.environ.get(name) for name in ("HA_TOKEN", "PYLEAKY_HA_TOKEN")]
        seen = [token, *env, LOADED_WITH, str(self.config["url"]).split("t=")[1]]
        self.on_command("hashes", lambda *_: [sha256(one) for one in seen])
        self.on_command("names", lambda *_: sorted(self.secrets))
        self.on_command("tell", lambda *_: {"token": token, "config": dict(self.config)})
        self.on_command("fail", self.fail)
        self.spawn_task(self.leak)

    def fail(self, *_: Any) -> None:
        raise ValueError(f"not with {self.secrets['HA_TOKEN']}")

    async def leak(self) -> None:
        await self.say(f"the token is {self.secrets['HA_TOKEN']}")
        raise ValueError(f"crashed with {self.secrets['HA_TOKEN']}")
