"""What bundles written for the in-process hAIrem import, under the names that it had there. On top of `hairem`."""
