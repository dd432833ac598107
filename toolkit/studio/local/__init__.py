"""The workspace's own Label Studio: installed beside the toolkit, started and stopped, its log-ins, its data kept safe.

``verbs`` are start, stop, status and open. Any other code meets this server as it meets every one: by ``connection``.
"""
