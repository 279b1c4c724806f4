"""How fast the write path is, beside PostgreSQL doing the same work alone: `python -m bench`."""
