"""Who runs which message: one pure state machine, events in, actions out, no socket and no clock."""
