"""The clients that an agent was given."""
