"""The 20 tools of the maintenance shop."""
