"""How the experts learn."""
