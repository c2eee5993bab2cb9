"""The only door to a plant."""
