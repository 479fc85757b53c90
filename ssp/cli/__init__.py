"""The commands for operators: `flask serve`, `user`, `keys`, `delivery`, `events`, `prune`, `settings`, `journey`."""
