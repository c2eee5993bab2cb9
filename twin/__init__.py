"""Clock and plants: SimPy and numpy, no tools, no tasks, no language model."""
