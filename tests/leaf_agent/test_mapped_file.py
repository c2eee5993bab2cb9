"""A mapped file is let go without a change to what is read from it."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

import pytest

from leaf_agent.backends.mapped_file import release

SIZE = 64 * mmap.PAGESIZE


def resident_bytes(file: Path) -> int:
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    for line in lines:
        if line.endswith(os.fspath(file)):
            return next(int(row.split()[1]) * 1024 for row in lines if row.startswith("Rss:"))
    return 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is mapped")
def test_pages_are_dropped_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a file with spaces.bin"
    file.write_bytes(os.urandom(SIZE))
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        before = bytes(mapped)
        assert resident_bytes(file) == SIZE
        assert release(file) == SIZE
        assert resident_bytes(file) == 0
        assert bytes(mapped) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is mapped")
def test_what_may_be_written_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "written.bin"
    file.write_bytes(bytes(SIZE))
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
        mapped[0] = 7
        assert release(file) == 0
        assert mapped[0] == 7


def test_a_file_that_is_not_mapped_is_no_error(tmp_path: Path) -> None:
    assert release(tmp_path / "nowhere") == 0
