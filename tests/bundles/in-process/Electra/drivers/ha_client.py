"""Talks to Home Assistant."""

import logging
import os

import httpx

logger = logging.getLogger(__name__)


class HaClient:
    def __init__(self):
        self.base_url = os.getenv("HA_URL", "http://homeassistant.local:8123/api").rstrip("/")
        self.token = os.getenv("HA_TOKEN")
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self._client = None

    @property
    def client(self):
        if self._client is None or self._client.is_closed:
            self._client = httpx.AsyncClient(headers=self.headers, timeout=5.0)
        return self._client

    async def close(self):
        if self._client and not self._client.is_closed:
            await self._client.aclose()

    async def fetch_all_states(self):
        response = await self.client.get(f"{self.base_url}/states")
        response.raise_for_status()
        return response.json()

    async def get_state(self, entity_id):
        response = await self.client.get(f"{self.base_url}/states/{entity_id}")
        return response.json() if response.status_code == 200 else None

    async def call_service(self, domain, service, data):
        response = await self.client.post(f"{self.base_url}/services/{domain}/{service}", json=data)
        return response.status_code == 200
