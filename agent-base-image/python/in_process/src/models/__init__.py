"""Its messages and its configuration, as pydantic models."""
