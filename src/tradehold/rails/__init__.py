"""Speaks with the world of payments: one adapter a file, bank files in, orders out."""
