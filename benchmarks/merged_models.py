"""Three merged models, the peer of one base with three adapters: made out of the same weights, served side by side.

A merged model is the base's own OpenVINO graph with `W + scale * B A` in the place of each weight W that the adapter
changes (Hu et al. 2021, section 4). As the base's are, its weights are 8-bit codes in blocks of 32 with float32 scales
and zero points, so that a merged model is as large and as fast as the base; the sum lies on no grid of the base's and
is rounded anew, by half a 255th of a block's range at most.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaf_agent.backends.adapters import WEIGHTS, AdapterFolder
from leaf_agent.backends.base import Backend, Completion, Request
from leaf_agent.backends.base_model import BaseModelFolder
from leaf_agent.backends.gguf_blocks import Blocks
from leaf_agent.backends.ir import block_subgraph

_WIDTH = 32
_STEPS = 255
_PREFIX = "base_model.model."
_MODEL = "openvino_model.xml"


class MergedModels:
    """Answers each request on the model that its adapter was merged into, one model after the other.

    Args:
        models: a backend for each expert, each with its own weights and its own cache.
    """

    name = "merged"

    def __init__(self, models: Mapping[str, Backend]) -> None:
        self._models = models

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer a batch, in its order. Raises `KeyError` for an expert that has no model."""
        groups: dict[str, list[int]] = {}
        for index, request in enumerate(requests):
            groups.setdefault(str(request.adapter), []).append(index)
        completions: dict[int, Completion] = {}
        for expert, members in groups.items():
            bare = [
                Request(None, requests[index].prompt, requests[index].max_tokens, requests[index].constraint)
                for index in members
            ]
            completions.update(zip(members, self._models[expert].complete(bare), strict=True))
        return [completions[index] for index in range(len(requests))]


def merged_weights(base: Path, adapter: Path, scale: float) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield each weight that an adapter changes, merged, [outputs, inputs], by its Hugging Face name.

    Args:
        base: the folder of the base's `model.safetensors`.
        adapter: the adapter's folder, as PEFT writes it.
        scale: alpha / rank.
    """
    from safetensors import safe_open

    with (
        safe_open(base / "model.safetensors", framework="numpy") as weights,
        safe_open(adapter / WEIGHTS, framework="numpy") as factors,
    ):
        for down in sorted(factors.keys()):
            module, found, _ = down.partition(".lora_A.")
            if not found:
                continue
            name = f"{module.removeprefix(_PREFIX)}.weight"
            narrow = factors.get_tensor(down).astype(np.float32)
            wide = factors.get_tensor(down.replace(".lora_A.", ".lora_B.")).astype(np.float32)
            yield name, weights.get_tensor(name).astype(np.float32) + np.float32(scale) * (wide @ narrow)


def in_blocks(weight: NDArray[np.float32]) -> Blocks:
    """Round a weight, [rows, groups * 32], to 256 steps between the least and the greatest value of each block."""
    groups = weight.reshape(weight.shape[0], -1, _WIDTH)
    low = groups.min(axis=-1, keepdims=True)
    scales = (groups.max(axis=-1, keepdims=True) - low) / np.float32(_STEPS)
    flat = scales == 0  # a block of equal weights is its minimum alone
    scales = np.where(flat, np.float32(1), scales)
    codes = np.clip(np.rint((groups - low) / scales), 0, _STEPS).astype(np.uint8)
    return Blocks(codes, scales, -low / scales)


def write_merged(
    base: BaseModelFolder, adapter: AdapterFolder, folder: Path, *, exact: bool = False
) -> BaseModelFolder:
    """Write the base with an adapter merged into it, as a folder that `EmbeddedBackend` takes as its base.

    Args:
        base: the base that the adapter was trained on.
        adapter: the adapter.
        folder: made here; only its OpenVINO form is written.
        exact: keep the sums in float32, three times as large, instead of rounding them to blocks.
    """
    import openvino
    from openvino import opset13

    constant: Any = opset13.constant
    model = openvino.Core().read_model(base.openvino / _MODEL)
    matmuls = {node.get_friendly_name(): node for node in model.get_ordered_ops() if node.get_type_name() == "MatMul"}
    for name, weight in merged_weights(base.huggingface, adapter.path, adapter.manifest.scale):
        node = matmuls[f"__module.{name.removesuffix('.weight')}/ov_ext::linear/MatMul"]
        fresh = constant(weight) if exact else block_subgraph(in_blocks(weight))
        node.input(1).replace_source_output(fresh.output(0))
    merged = BaseModelFolder(folder, base.manifest)
    merged.openvino.mkdir(parents=True)
    openvino.save_model(model, merged.openvino / _MODEL, compress_to_fp16=False)
    for path in base.openvino.glob("openvino_*tokenizer.*"):
        shutil.copy(path, merged.openvino)
    return merged
