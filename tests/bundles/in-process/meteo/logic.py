from agents.meteo.drivers.sky import Sky

from src.domain.agent import BaseAgent


class Agent(BaseAgent):
    def setup(self):
        # Skills are mapped by super().setup(): what they need is there before.
        self.sky = Sky()
        self.units = {"temperature": "C"}
        super().setup()
        self.register_command("units", self.handle_units)
        self.register_command("where", lambda payload: {"city": self.config.city, "asked": payload.get("args")})

    def handle_units(self, payload):
        self.units.update({name: value for name, value in payload.items() if name in self.units})
        return self.units

    async def forecast(self, day="today"):
        weather = await self.sky.of(self.config.city, day)
        return f"{weather['sky']}, {weather['degrees']} {self.units['temperature']}"
