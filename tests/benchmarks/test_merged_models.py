"""Merged models: the arithmetic of merging beside PEFT's, the rounding, and the same words as base and adapter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.merged_models import MergedModels, in_blocks, merged_weights, write_merged
from benchmarks.serving import ASKED, EXPERTS, write_random_adapter
from leaf_agent.backends.adapters import load_adapter, load_adapters
from leaf_agent.backends.base import Choice, Request
from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.scripted import ScriptedBackend


# peft 0.21 asks transformers 5.23 for an attribute under its old name; nothing of ours can change that.
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_weights_are_merged_as_peft_merges_them(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(5)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=40, num_hidden_layers=2, **shape))
    model.save_pretrained(tmp_path / "hf")
    before = {name: weight.numpy().copy() for name, weight in model.state_dict().items()}
    lora = peft.LoraConfig(
        r=4, lora_alpha=10, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False
    )
    adapted = peft.get_peft_model(model, lora)
    adapted.save_pretrained(tmp_path / "planner")
    after = {name: weight.numpy() for name, weight in adapted.merge_and_unload().state_dict().items()}

    found = dict(merged_weights(tmp_path / "hf", tmp_path / "planner", 10 / 4))
    assert set(found) == {name for name in after if not np.array_equal(after[name], before[name])}
    assert len(found) == 6
    for name, weight in found.items():
        np.testing.assert_allclose(weight, after[name], rtol=1e-5, atol=1e-6)


def test_rounding_is_half_a_step_of_its_block_at_most_and_keeps_what_is_flat() -> None:
    random = np.random.default_rng(3)
    weight = random.normal(0, 0.1, (6, 96)).astype(np.float32)
    weight[2, 32:64] = 0.25
    blocks = in_blocks(weight)
    assert (blocks.codes.dtype, blocks.codes.shape) == (np.uint8, (6, 3, 32))
    groups = weight.reshape(6, 3, 32)
    half = (groups.max(axis=-1) - groups.min(axis=-1)) / 255 / 2
    off = np.abs(blocks.weight().reshape(6, 3, 32) - groups).max(axis=-1)
    assert (off <= 1.01 * half + 1e-7).all()
    assert (blocks.weight()[2, 32:64] == np.float32(0.25)).all()
    assert off.max() > 0.8 * half.min(), "some value must have been rounded"


def test_each_request_goes_to_the_model_of_its_expert_and_comes_back_in_its_place() -> None:
    models = {expert: ScriptedBackend(lambda one, expert=expert: f"{expert}: {one.prompt}") for expert in EXPERTS}  # type: ignore[misc]
    only = Choice(("a", "b"))
    asked = [Request(EXPERTS[index % 3], f"question {index}", 9, only if index == 4 else None) for index in range(7)]
    found = MergedModels(models).complete(asked)
    assert [one.text for one in found] == [f"{EXPERTS[index % 3]}: question {index}" for index in range(7)]
    assert models["executor"].requests == [Request(None, "question 1", 9), Request(None, "question 4", 9, only)]


@pytest.mark.model
@pytest.mark.usefixtures("base")
def test_random_adapters_load(tmp_path: Path) -> None:
    for seed, expert in enumerate(EXPERTS):
        write_random_adapter(tmp_path / expert, expert, seed, rank=1)
    found = load_adapters(tmp_path, base_sha256=locate().manifest.sha256)
    assert [found[expert].manifest.scale for expert in EXPERTS] == [2.0] * 3


@pytest.mark.slow
@pytest.mark.model
def test_a_merged_model_says_what_base_and_adapter_say(base: BaseModelFolder, tmp_path: Path) -> None:
    from leaf_agent.backends.embedded import EmbeddedBackend

    # Large enough that the adapter says something else than the base.
    write_random_adapter(tmp_path / "planner", "planner", 0, spread=0.03)
    adapter = load_adapter(tmp_path / "planner")

    def said(folder: BaseModelFolder, name: str | None) -> list[str]:
        backend = EmbeddedBackend({name: adapter} if name else None, base=folder, threads=1, context_tokens=256)
        prompts = [f"<|im_start|>user\n{body}<|im_end|>\n<|im_start|>assistant\n" for body in ASKED[:2]]
        return [one.text for one in backend.complete([Request(name, prompt, 16) for prompt in prompts])]

    expected = said(base, "planner")
    assert expected != said(base, None)
    # In float32 the sum is what base and adapter compute. Rounded to 8 bits as the base's weights are, it is a slightly
    # other model, whose text may part at a near tie; the benchmark reports how often it does.
    assert said(write_merged(base, adapter, tmp_path / "exact", exact=True), None) == expected
    rounded = write_merged(base, adapter, tmp_path / "rounded")
    assert all(said(rounded, None))
    sizes = [(folder.openvino / "openvino_model.bin").stat().st_size for folder in (rounded, base)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.02)
