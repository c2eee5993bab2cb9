"""Planner, Executor, Interactor: prompts in, structured answers out."""
