"""Permissions as data: what a role may read and write, and what needs the user's yes. Off unless wrapped round a door.

Physics and safety are not here but in the twin, where nothing can go round them.
"""

from __future__ import annotations

from tools_api.arguments import nearest
from tools_api.door import Door, Wrapper, same_call
from tools_api.messages import Message, ToolCall, ToolResult
from tools_api.spec import ToolSpec

ALL = "*"


class Permit(Message):
    """What one role may do. Each entry is the name of a device, the name of a tool, or `*`."""

    role: str = "operator"
    reads: tuple[str, ...] = (ALL,)
    writes: tuple[str, ...] = (ALL,)
    confirm: tuple[str, ...] = ()


class Limited(Wrapper):
    """A door for one role: it answers `not_permitted` and `confirmation_required`.

    Whoever speaks for the user calls `confirm` when the user said yes. Raises `ValueError` when the permit names no
    device or tool behind the door.
    """

    def __init__(self, inner: Door, permit: Permit) -> None:
        super().__init__(inner)
        names = sorted({ALL, *inner.specs, *(spec.device for spec in inner.specs.values())})
        for name in (*permit.reads, *permit.writes, *permit.confirm):
            if name not in names:
                raise ValueError(
                    f"permit of {permit.role!r}: {name!r} is no device or tool; {nearest(name, names, 'known:')}"
                )
        self._permit = permit
        self._asked: frozenset[str] = frozenset()
        self._confirmed: frozenset[str] = frozenset()
        self._yes_ahead = False

    def confirm(self) -> None:
        """Take the user's yes.

        Every call that was refused for want of it may now be done once, with the same arguments. When there is none,
        the yes came first, and counts for the next call that needs one.
        """
        self._confirmed |= self._asked
        self._yes_ahead = not self._asked
        self._asked = frozenset()

    def decline(self) -> None:
        """Take the user's no: what was asked or confirmed is so no longer."""
        self._asked = self._confirmed = frozenset()
        self._yes_ahead = False

    def _between(self, call: ToolCall, spec: ToolSpec) -> ToolResult:
        allowed = self._permit.writes if spec.mutates else self._permit.reads
        if not _covers(allowed, spec):
            verb = "write to" if spec.mutates else "read from"
            message = (
                f"role {self._permit.role!r} may not {verb} {spec.device!r} with {spec.name}; "
                f"it may {verb}: {', '.join(allowed) or 'nothing'}"
            )
            return self._refuse(spec, "not_permitted", message)
        if not _covers(self._permit.confirm, spec):
            return self._inner.call(call)
        key = same_call(call)
        if key not in self._confirmed and not self._yes_ahead:
            self._asked |= {key}
            message = f"{spec.name} needs the user's confirmation; ask, then call it again with the same arguments"
            return self._refuse(spec, "confirmation_required", message)
        result = self._inner.call(call)
        if result.ok:
            self._confirmed -= {key}
            self._yes_ahead = False
        return result

    def _refuse(self, spec: ToolSpec, code: str, message: str) -> ToolResult:
        self.twin.advance(spec.duration_s)
        return ToolResult(name=spec.name, ok=False, code=code, message=message)


def _covers(entries: tuple[str, ...], spec: ToolSpec) -> bool:
    return ALL in entries or spec.device in entries or spec.name in entries
