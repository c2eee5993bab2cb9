"""What goes wrong below the agent: no base model, an adapter that does not fit, a request that cannot be served."""

from __future__ import annotations


class BackendError(RuntimeError):
    """A backend cannot be built or cannot answer. The message gives the value, the rule and the remedy."""


class BaseModelError(BackendError):
    """The base model is absent, incomplete, damaged or could not be fetched."""


class AdapterError(BackendError):
    """An adapter folder is absent, unreadable or was trained for another base, prompt or tool catalogue."""
