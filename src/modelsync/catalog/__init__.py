"""Text ⇄ entries: read a YAML catalog with the place of every value, and splice edits into its text."""
