"""LEAF: three experts on one small model, walked by a finite-state engine."""
