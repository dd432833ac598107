"""Readers: one module a format, from bytes to blocks. `reading` chooses among them."""
