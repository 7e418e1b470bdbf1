"""The agent of the SDK's own runtime tests, as probe/logic.ts: it shows on the bus what its runtime does to it."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from hairem import BaseAgent, Message, SendError


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(1, levels):
        value = [value]
    return value


async def released(path: Path) -> None:
    """With a file a test lets a handler go on; with another it is told that it does."""
    while not path.exists():  # noqa: ASYNC110, ASYNC240 - a file is all that a test can set from outside
        await asyncio.sleep(0.005)
    path.with_suffix(".seen").touch()


class Agent(BaseAgent):
    async def setup(self) -> None:
        if self.config.get("fail_in") == "setup":
            raise ValueError("setup says no")
        early = await self.early()
        self.on_command("early", lambda _args, _message: early)
        self.on_command("secret", lambda *_: [self.secrets["TOKEN"], os.environ["TOKEN"], os.environ["PROBE_TOKEN"]])
        self.on_command("environment", lambda *_: os.environ.get("HAIREM_REDIS_PASSWORD"))
        self.on_command("odd", lambda *_: {1, 2})
        self.on_command("deep", lambda args, _: nested(args["levels"]))
        self.on_command("fail", self.fail)
        self.on_command("left-behind", self.leave_behind)
        self.on_command("ask", self.ask_peer)
        self.on_command("remember", self.remember)
        self.on_command("recall", lambda args, _: self.memory.recall(args["query"], limit=args["limit"]))
        self.on_command("query", lambda args, _: self.memory.query(args["surql"], args.get("vars")))
        self.on_command("number", self.number)
        self.on_command("crew", self.crew)
        if self.config.get("remember_in_setup"):
            await self.memory.remember(self.config["remember_in_setup"])
        self.on_command("block", self.block)
        self.on_command("put", self.put)
        self.on_command("spoil", self.spoil)
        self.on_command("get", lambda args, _message: self.ctx.state.get(args["key"]))
        self.on_command("context", self.show_context)
        self.ctx.state["written in setup"] = self.profile["name"]
        self.runs = 0
        self.spawn_task(self.tick, name="ticker")
        if self.config.get("deaf"):
            self.spawn_task(self.be_deaf, name="deaf")
        if self.config.get("fragile"):
            self.spawn_task(self.break_down, name="once")
            self.spawn_task(self.break_down, name="again", restart="on-failure")
        if self.config.get("run_once"):
            self.spawn_task(asyncio.sleep(3600), name="run once")

    def put(self, args: dict[str, Any], _message: Message) -> int:
        self.ctx.state[args["key"]] = args["value"]
        return len(self.ctx.state)

    def spoil(self, args: dict[str, Any], _message: Message) -> int:
        """Past what ctx.state can see when it is set."""
        inside: list[Any] = self.ctx.state.setdefault(args["key"], [])
        inside.append(args["value"] or object())
        return len(inside)

    def show_context(self, _args: dict[str, Any], _message: Message) -> dict[str, Any]:
        history = [[entry.role, entry.text, entry.who] for entry in self.ctx.history]
        return {"state": dict(self.ctx.state), "user": self.ctx.user, "history": history}

    async def break_down(self) -> None:
        raise ValueError("a task that fails")

    async def early(self) -> str:
        try:
            return await self.send("user", "narrative.text", {})
        except SendError as error:
            return error.code

    def fail(self, _args: dict[str, Any], _message: Message) -> None:
        raise ValueError("as asked")

    async def leave_behind(self, _args: dict[str, Any], _message: Message) -> str:
        async def reject() -> None:
            raise ValueError("nor this")

        def throw() -> None:
            raise ValueError("nobody awaits this")

        loop = asyncio.get_running_loop()
        loop.call_later(0.001, throw)
        loop.create_task(reject())  # noqa: RUF006 - nobody keeps it either
        return "left"

    async def ask_peer(self, args: dict[str, Any], _message: Message) -> Any:
        command = {"command": args["command"], "args": {}}
        answer = await self.ask(args["target"], "expert.command", command, timeout=5)
        return answer.payload["result"]

    async def number(self, args: dict[str, Any], _message: Message) -> str:
        [got] = await self.memory.query("RETURN $n", {"n": int(args["digits"])})
        return str(got)

    async def remember(self, args: dict[str, Any], _message: Message) -> list[str]:
        numbers = range(args["from"], args["to"])
        stored = await asyncio.gather(*(self.memory.remember(f"number {n} of many", tags=["n"]) for n in numbers))
        return [memory["id"] for memory in stored]

    async def crew(self, _args: dict[str, Any], _message: Message) -> list[str]:
        return [record["id"] for record in await self.registry.list()]

    async def block(self, args: dict[str, Any], _message: Message) -> str:
        time.sleep(args["ms"] / 1000)  # noqa: ASYNC251 - that is what it is for
        return "blocked"

    async def tick(self) -> None:
        self.runs += 1
        run, n = self.runs, 0
        while True:
            n += 1
            await self.send("peer", "system.log", {"tick": n, "by": self.profile["name"], "run": run})
            await asyncio.sleep(0.02)

    async def be_deaf(self) -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    def self_test(self) -> None:
        if self.config.get("fail_in") == "self_test":
            raise ValueError("the self-test says no")

    async def on_message(self, message: Message) -> None:
        if message.type == "expert.command":
            await super().on_message(message)
            return
        key, state = f"from {message.sender.agent_id}", self.ctx.state
        if message.payload.get("count"):
            state[key] = state.get(key, 0) + 1
        await asyncio.sleep(message.payload.get("ms", 0) / 1000)
        if message.payload.get("until"):
            await released(Path(message.payload["until"]))
        metadata = message.metadata
        answer = {"of": message.id, "by": self.profile["name"], "echo": message.payload.get("echo")}
        if message.payload.get("count"):
            answer["counted"] = state[key]
        await self.reply(message, {**answer, "redelivered": metadata.redelivered, "chain": list(metadata.chain)})

    def on_config(self) -> None:
        if self.config.get("refuse"):
            raise ValueError("not this config")

    async def teardown(self) -> None:
        self.log.info("torn down")
