"""The face for people: pages that work without JavaScript and become live with it."""
