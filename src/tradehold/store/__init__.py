"""The only package that knows PostgreSQL: what is kept, how it is read, how a list of commands is written."""
