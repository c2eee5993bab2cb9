"""The decision engine: a finite-state machine without a model inside."""
