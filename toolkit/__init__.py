"""Raw domain documents to SFT-ready data that a team can defend."""

__version__ = "0.1.0"
