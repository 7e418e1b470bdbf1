"""Everything around the rules: the connection, the agent's code, handlers, tasks, what is said and heard."""
