"""What carries a bundle that was written for the in-process hAIrem: the `src` that it imports lies in ../../in_process,
and this package connects it with the native BaseAgent. Nothing of it is loaded for any other bundle."""
