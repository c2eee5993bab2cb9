"""The leaf command: one small file per verb."""
