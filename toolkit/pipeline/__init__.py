"""Work that crosses nouns: the verbs, recipes and their runner, status, lineage, and the demo."""
