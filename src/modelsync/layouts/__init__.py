"""Layouts: where a team's file keeps its models and their facts. Data, not code: the engine knows none by name."""
