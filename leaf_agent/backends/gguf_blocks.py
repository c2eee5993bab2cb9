"""The blocks of a quantised GGUF tensor as OpenVINO computes with them: whole numbers, a scale and a zero point.

A Q4_1 block of 32 weights is `d * q + m` (q in 0..15, d and m float16), which equals `(q - z) * d` with the *real*
zero point z = -m / d. OpenVINO's own GGUF reader rounds z to a whole number and so changes the model; kept as a
float32 it does not, and the eight-bit matrix kernels take it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Blocks:
    """A weight of shape [rows, groups * 32] in blocks: `(codes - zeros) * scales`.

    Attributes:
        codes: uint8 or int8, [rows, groups, 32].
        scales: float32, [rows, groups, 1].
        zeros: float32, [rows, groups, 1], or None where all are 0.
    """

    codes: NDArray[Any]
    scales: NDArray[np.float32]
    zeros: NDArray[np.float32] | None

    def weight(self) -> NDArray[np.float32]:
        """The weight itself, [rows, columns]."""
        centred = self.codes.astype(np.float32) if self.zeros is None else self.codes - self.zeros
        return np.asarray((centred * self.scales).reshape(self.codes.shape[0], -1), dtype=np.float32)

    def take_rows(self, order: NDArray[np.intp]) -> Blocks:
        """The same weight with its rows in another order."""
        zeros = None if self.zeros is None else self.zeros[order]
        return Blocks(self.codes[order], self.scales[order], zeros)


def read_blocks(raw: NDArray[np.uint8], kind: str) -> Blocks | None:
    """The blocks of one tensor's bytes, [rows, bytes]; None for a kind that is not stored so (F32, F16, Q6_K, ...)."""
    rows = raw.shape[0]
    if kind == "Q4_1":  # float16 scale, float16 minimum, 16 bytes of nibbles: low ones first
        block = raw.reshape(rows, -1, 4 + _BLOCK // 2)
        scales, minimum = _halves(block, 0), _halves(block, 2)
        nibbles = block[..., 4:]
        codes = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1)
        flat = scales == 0  # a block of equal weights is its minimum alone
        zeros = np.where(flat, -minimum, -minimum / np.where(flat, 1, scales)).astype(np.float32)
        return Blocks(np.where(flat, 0, codes).astype(np.uint8), np.where(flat, 1, scales).astype(np.float32), zeros)
    if kind == "Q8_0":  # float16 scale, 32 signed bytes
        block = raw.reshape(rows, -1, 2 + _BLOCK)
        return Blocks(block[..., 2:].copy().view(np.int8), _halves(block, 0), None)
    return None


def _halves(block: NDArray[np.uint8], offset: int) -> NDArray[np.float32]:
    return block[..., offset : offset + 2].copy().view(np.float16).astype(np.float32)
