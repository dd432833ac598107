"""Agreement between people: published measures over plain rows, each with its uncertainty. Pure arithmetic."""
