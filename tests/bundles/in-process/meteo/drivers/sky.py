"""A weather server."""

import os

import aiohttp


class Sky:
    async def of(self, city, day):
        async with aiohttp.ClientSession() as session:
            async with session.get(os.environ["SKY_URL"], params={"city": city, "day": day}) as response:
                return await response.json()
