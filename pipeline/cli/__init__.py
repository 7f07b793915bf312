"""The command: what each subcommand does, its exit code, and what it prints."""
