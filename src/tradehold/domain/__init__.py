"""The rules, and nothing else: no I/O, no clock, no chance. Times, ids and facts arrive in the command."""
