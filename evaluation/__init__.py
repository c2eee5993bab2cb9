"""How agents are measured."""
