"""Texts and calls: what is said, who carries it, and what came of it."""
