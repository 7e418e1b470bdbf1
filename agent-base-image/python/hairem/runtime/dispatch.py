"""From one accepted message to the code that answers it. A failing handler is a log line and never ends the agent."""

import asyncio
from typing import Any

from ..agent_host import AgentHost, CommandHandler
from ..base_agent import BaseAgent
from ..message import Message, is_fields
from ..raised import reason_of
from ..send_error import SendError
from .aside import Aside

#: What cannot be sent as it is, but can be told.
UNSENDABLE = ("refused", "too_large")


async def dispatch(agent: BaseAgent, host: AgentHost, aside: Aside, message: Message) -> str | None:
    """Returns when the handler has settled, with why whoever asked may be without an answer, or None where it has ended
    well; raises only when it is cancelled."""
    name = str(message.payload.get("command")) if message.type == "expert.command" else None
    command = None if name is None else host.commands.get(name)
    try:
        if command:
            await _answer_command(agent, aside, command, message)
            return None
        await aside.call(agent.on_message, message)
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # sys.exit() in a handler ends only the handler
        sender = message.sender.agent_id
        host.log.error("a handler failed", of=message.type, id=message.id, **{"from": sender}, error=error)
        return f"its code failed ({reason_of(error)})"
    known = ", ".join(host.commands) or "none"
    return None if name is None else f"nothing in it answers the command {name} (known: {known})"


async def _answer_command(agent: BaseAgent, aside: Aside, handler: CommandHandler, message: Message) -> None:
    args = message.payload.get("args")
    response: dict[str, Any]
    try:
        result = await aside.call(handler, args if is_fields(args) else {}, message)
        response = {"status": "success", "result": result, "error": None}
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        agent.log.warn("a command failed", command=message.payload["command"], id=message.id, error=error)
        response = {"status": "error", "result": None, "error": reason_of(error)}
    try:
        await agent.reply(message, response)
    except SendError as error:
        if error.code not in UNSENDABLE:
            raise
        said = f"the result of {message.payload['command']} cannot be sent: {error}"
        await agent.reply(message, {"status": "error", "result": None, "error": said})
