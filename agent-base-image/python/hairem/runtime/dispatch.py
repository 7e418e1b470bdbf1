"""From one accepted message to the code that answers it. A failing handler is a log line and never ends the agent."""

from typing import Any

from ..agent_host import AgentHost, CommandHandler
from ..base_agent import BaseAgent
from ..message import Message, is_fields
from .aside import Aside
from .log import message_of

#: What a handler may raise; sys.exit() in one ends only the handler.
FAILURES = (Exception, SystemExit)


async def dispatch(agent: BaseAgent, host: AgentHost, aside: Aside, message: Message) -> None:
    """Returns when the handler has settled; raises only when it is cancelled."""
    name = str(message.payload.get("command"))
    command = host.commands.get(name) if message.type == "expert.command" else None
    try:
        if command:
            await _answer_command(agent, aside, command, message)
        else:
            await aside.call(agent.on_message, message)
    except FAILURES as error:
        sender = message.sender.agent_id
        host.log.error("a handler failed", of=message.type, id=message.id, **{"from": sender}, error=error)


async def _answer_command(agent: BaseAgent, aside: Aside, handler: CommandHandler, message: Message) -> None:
    args = message.payload.get("args")
    response: dict[str, Any]
    try:
        result = await aside.call(handler, args if is_fields(args) else {}, message)
        response = {"status": "success", "result": result, "error": None}
    except FAILURES as error:
        agent.log.warn("a command failed", command=message.payload["command"], id=message.id, error=error)
        response = {"status": "error", "result": None, "error": message_of(error)}
    await agent.reply(message, response)
