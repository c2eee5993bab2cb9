"""A quantised GGUF file of a Llama-shaped model -> a Hugging Face folder, with numpy alone.

The folder is the pivot of every other form: training and the reference backend read it as it is, `ir.py` turns it
into OpenVINO IR. Weights are stored in float32: those are exactly the numbers that the quantised file stands for, and
what every backend computes with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaf_agent.backends.errors import BaseModelError
from leaf_agent.backends.gguf_blocks import Blocks, read_blocks

_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TOP_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_CONTROL_TOKEN = 3  # gguf's token type of <|im_start|> and its like


def huggingface_name(gguf_name: str) -> str:
    """The Hugging Face name of a GGUF tensor: `blk.3.attn_q.weight` -> `model.layers.3.self_attn.q_proj.weight`."""
    stem, _, kind = gguf_name.rpartition(".")
    if stem in _TOP_NAMES:
        return f"{_TOP_NAMES[stem]}.{kind}"
    parts = stem.split(".")
    if len(parts) == 3 and parts[0] == "blk" and parts[2] in _LAYER_NAMES:
        return f"model.layers.{parts[1]}.{_LAYER_NAMES[parts[2]]}.{kind}"
    raise BaseModelError(f"tensor '{gguf_name}' is unknown; only Llama-shaped GGUF files can be converted")


def gguf_name(huggingface: str) -> str:
    """The inverse of `huggingface_name`."""
    stem, _, kind = huggingface.rpartition(".")
    for ours, theirs in _TOP_NAMES.items():
        if stem == theirs:
            return f"{ours}.{kind}"
    parts = stem.split(".", 3)
    for ours, theirs in _LAYER_NAMES.items():
        if len(parts) == 4 and parts[:2] == ["model", "layers"] and parts[3] == theirs:
            return f"blk.{parts[2]}.{ours}.{kind}"
    raise BaseModelError(f"weight '{huggingface}' is unknown; only Llama-shaped models can be converted")


def interleave_rows(weight: NDArray[Any], heads: int) -> NDArray[Any]:
    """Rows of q or k from Hugging Face's order (halves) to GGUF's (pairs), as llama.cpp's converter does it."""
    return weight.reshape(heads, 2, -1, weight.shape[-1]).swapaxes(1, 2).reshape(weight.shape)


def deinterleave_rows(weight: NDArray[Any], heads: int) -> NDArray[Any]:
    """The inverse of `interleave_rows`."""
    return weight.reshape(heads, -1, 2, weight.shape[-1]).swapaxes(1, 2).reshape(weight.shape)


def write_huggingface_folder(source: Path, folder: Path) -> dict[str, Blocks]:
    """Dequantise a GGUF file into `folder`: config, weights and tokenizer as transformers reads them.

    Returns:
        The weights that were quantised in blocks, by their Hugging Face name (`gguf_blocks.py`).

    Raises:
        BaseModelError: the file is not a Llama-shaped GGUF with the `smollm` tokenizer.
    """
    import gguf
    from safetensors.numpy import save_file

    reader = gguf.GGUFReader(source)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    architecture = fields.get("general.architecture")
    if architecture != "llama" or fields.get("tokenizer.ggml.pre") != "smollm":
        raise BaseModelError(
            f"{source} holds architecture '{architecture}' with tokenizer '{fields.get('tokenizer.ggml.pre')}'; "
            "this converter knows 'llama' with 'smollm'"
        )
    heads = {"attn_q": fields["llama.attention.head_count"], "attn_k": fields["llama.attention.head_count_kv"]}
    weights: dict[str, NDArray[np.float32]] = {}
    blocks: dict[str, Blocks] = {}
    for tensor in reader.tensors:
        name, part = huggingface_name(tensor.name), tensor.name.split(".")[-2]
        quantised = read_blocks(tensor.data, tensor.tensor_type.name)
        if quantised is not None:
            if part in heads:
                order = np.arange(len(quantised.codes)).reshape(-1, 1)
                quantised = quantised.take_rows(deinterleave_rows(order, int(heads[part])).ravel())
            blocks[name] = quantised
            values = quantised.weight()
        else:
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
            if part in heads:
                values = deinterleave_rows(values, int(heads[part]))
        weights[name] = np.ascontiguousarray(values, dtype=np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _write_json(folder / "config.json", _config(fields, tied="lm_head.weight" not in weights))
    _write_json(folder / "generation_config.json", _generation_config(fields))
    _write_json(folder / "tokenizer.json", _tokenizer(fields))
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(fields))
    return blocks


def _config(fields: dict[str, Any], *, tied: bool) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": fields["llama.vocab_size"],
        "hidden_size": fields["llama.embedding_length"],
        "intermediate_size": fields["llama.feed_forward_length"],
        "num_hidden_layers": fields["llama.block_count"],
        "num_attention_heads": fields["llama.attention.head_count"],
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        "head_dim": fields["llama.rope.dimension_count"],
        "max_position_embeddings": fields["llama.context_length"],
        "rms_norm_eps": float(f"{fields['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_theta": fields["llama.rope.freq_base"],
        "rope_parameters": {"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        "use_cache": True,
        **_generation_config(fields),
    }


def _generation_config(fields: dict[str, Any]) -> dict[str, Any]:
    ids = {"bos": "bos_token_id", "eos": "eos_token_id", "pad": "padding_token_id"}
    return {f"{name}_token_id": fields[f"tokenizer.ggml.{key}"] for name, key in ids.items()}


def _tokenizer(fields: dict[str, Any]) -> dict[str, Any]:
    # SmolLM's byte-level BPE splits digits one by one before the merges; transformers' own GGUF reader drops that, and
    # then reads two blanks before a number differently.
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    kinds: list[int] = fields["tokenizer.ggml.token_type"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": index, "content": token, **flags}
            for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
            if kind == _CONTROL_TOKEN
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                {**byte_level, "add_prefix_space": False},
            ],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": fields["tokenizer.ggml.merges"],
        },
    }


def _tokenizer_config(fields: dict[str, Any]) -> dict[str, Any]:
    tokens: list[str] = fields["tokenizer.ggml.tokens"]

    def token(key: str) -> str:
        return tokens[int(fields[f"tokenizer.ggml.{key}_token_id"])]

    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": fields["llama.context_length"],
        "bos_token": token("bos"),
        "eos_token": token("eos"),
        "unk_token": token("unknown"),
        "pad_token": token("padding"),
        "chat_template": fields["tokenizer.chat_template"],
    }


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
