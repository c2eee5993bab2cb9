"""The 20 tools of the production line."""
