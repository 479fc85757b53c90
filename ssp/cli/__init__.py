"""The commands that operators use: `flask serve`, `flask user …`, `flask prune`, `flask settings`, `flask journey`."""
