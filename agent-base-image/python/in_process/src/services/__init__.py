"""What the core did for agents, as far as it is here."""
