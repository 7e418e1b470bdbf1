import json
import logging
import os
from typing import Any, Optional

import aiohttp
from drivers.ha_client import HaClient

from src.domain.agent import BaseAgent
from src.models.hlink import HLinkMessage, MessageType, Payload, Recipient, Sender  # noqa: F401

logger = logging.getLogger(__name__)


class Agent(BaseAgent):
    def setup(self):
        super().setup()
        self.ha = HaClient()
        self.device_inventory = {}
        logger.info("ELECTRA: set up with %s and token %s", self.ha.base_url, self.ha.token)

    async def async_setup(self):
        for state in await self.ha.fetch_all_states():
            eid = state.get("entity_id", "")
            if eid.startswith("light."):
                self.device_inventory[eid] = state.get("attributes", {}).get("friendly_name", eid)

    async def teardown(self):
        if hasattr(self, "ha"):
            await self.ha.close()
            logger.info(f"Agent {self.config.name} resources cleaned up.")

    @property
    def system_prompt(self) -> str:
        prompt = super().system_prompt
        for eid, name in self.device_inventory.items():
            prompt += f"\n- {eid} ({name})"
        return prompt

    async def get_entity_state(self, eid):
        state = await self.ha.get_state(eid)
        return state.get("state") if state else "Unknown"

    async def call_ha_service(self, service, entity_id, **kwargs):
        domain, _, name = service.rpartition(".")
        target = entity_id
        matches = [eid for eid, friendly in self.device_inventory.items() if entity_id.lower() in friendly.lower()]
        if target not in self.device_inventory and len(matches) == 1:
            target = matches[0]
        extra = kwargs.pop("kwargs", None)
        if isinstance(extra, str) and extra.strip():
            kwargs.update(json.loads(extra))
        payload: dict[str, Any] = {"entity_id": target, **kwargs}
        success = await self.ha.call_service(domain or "light", name, payload)
        return "Done" if success else "Failed to call Home Assistant"

    async def run_routine(self, routine_name, **kwargs):
        routines = {"good_night": [("light", "turn_off", "all")]}
        if routine_name not in routines:
            return f"Error: Routine '{routine_name}' not found. Available: {', '.join(routines)}"
        for domain, service, entity_id in routines[routine_name]:
            await self.ha.call_service(domain, service, {"entity_id": entity_id})
        return f"Routine '{routine_name}' executed successfully."

    async def listen(self, callback: Optional[Any] = None):
        """Never called here: a bundle may import what it uses later."""
        async with aiohttp.ClientSession() as session, session.ws_connect(os.environ["HA_WS"]) as ws:
            async for message in ws:
                await callback(message)
