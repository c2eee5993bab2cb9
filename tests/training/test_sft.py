"""The trainer, end to end on a tiny random model with the real tokenizer: it learns, resumes, and says what it did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leaf_agent.backends.base_model import huggingface_folder
from training.config import DataSettings, SftSettings, TrainingConfig
from training.dataset import digest, write
from training.demonstrations import Demonstration

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer model that speaks the base's tokens."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = AutoTokenizer.from_pretrained(huggingface_folder())
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=49152,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=True,
        )
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    prompt = "<|im_start|>user\nhello {}<|im_end|>\n<|im_start|>assistant\n"
    write(
        path, [Demonstration("planner", prompt.format(n), f"plan {n % 3}", "set_speed", n, "train") for n in range(32)]
    )
    return path


CONFIG = TrainingConfig(
    scenarios=("production",),
    data=DataSettings(episodes=1, plans=0),
    sft={"planner": SftSettings(epochs=4, learning_rate=2e-2, batch_size=8)},
)


@pytest.mark.filterwarnings("ignore")  # deprecations between peft, trl and transformers are theirs to settle
def test_training_learns_and_writes_half_precision_weights_with_a_manifest(
    tiny: Path, data: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    from training.sft import train

    losses: list[float] = []
    manifest = train(
        "planner",
        CONFIG,
        data,
        tmp_path / "out",
        progress=lambda _step, _steps, loss: losses.append(loss),
        model_folder=tiny,
    )
    folder = tmp_path / "out" / "planner"
    assert losses[-1] < losses[0]
    weights = load_file(folder / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert {name.split(".")[-3] for name in weights} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip
    assert manifest.data_sha256 == digest(data)
    assert json.loads((folder / "manifest.json").read_text())["metrics"]["steps"] == 16
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == ["planner"]


def test_unknown_expert_and_empty_data_are_refused(data: Path, tmp_path: Path) -> None:
    from training.sft import train

    with pytest.raises(ValueError, match="no settings for expert 'poet'"):
        train("poet", CONFIG, data, tmp_path)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(ValueError, match="no demonstrations"):
        train("planner", CONFIG, empty, tmp_path)
