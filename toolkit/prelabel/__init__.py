"""Prelabels: predictions that annotators begin from, made by rules, an earlier round, a function or an endpoint."""
