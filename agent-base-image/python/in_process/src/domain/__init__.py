"""The agent itself."""
