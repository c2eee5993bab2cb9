"""Letting go of a mapped file: what an engine has copied from it need not stay resident twice."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_MADV_DONTNEED = 4


def release(file: Path) -> int:
    """Drop the resident pages of this process's read-only mappings of a file; return the bytes mapped.

    Nothing is lost: a page that is touched again is read again. Where there is no /proc (not Linux), nothing happens.
    """
    if not _MAPS.exists():
        return 0
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    released = 0
    for line in _MAPS.read_text("utf-8", "surrogateescape").splitlines():
        span, rights, _, _, _, *path = line.split(maxsplit=5)
        if not path or path[0] != os.fspath(file) or "w" in rights:
            continue
        begin, end = (int(address, 16) for address in span.split("-"))
        if madvise(begin, end - begin, _MADV_DONTNEED) == 0:
            released += end - begin
    return released
