"""The commands that operators use: `flask serve`, `user …`, `delivery …`, `prune`, `settings` and `journey`."""
