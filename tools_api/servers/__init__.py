"""Servers that put tools and variables on the network."""
