"""The world that agents live in."""
