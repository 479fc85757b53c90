"""The commands that operators use: `flask serve`, `user …`, `keys …`, `delivery …`, `prune`, `settings`, `journey`."""
