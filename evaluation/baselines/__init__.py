"""Agents that LEAF is compared with."""
