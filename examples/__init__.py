"""Worked examples, each with the shape of its output beside it."""
