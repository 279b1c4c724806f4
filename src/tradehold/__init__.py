"""Tradehold: open, self-hosted trade assurance."""
