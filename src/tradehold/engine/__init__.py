"""Makes it happen: gathers commands into lists, has them decided, writes them in one go, and answers."""
