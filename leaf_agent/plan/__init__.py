"""The plan language: what a Planner writes and an engine walks."""
