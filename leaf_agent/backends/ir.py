"""A Hugging Face folder of a Llama-shaped model -> OpenVINO IR that LoRA adapters bind to; no torch.

Three steps, each with its reason:

1. The weights are written as a float16 GGUF and openvino_genai's GGUF reader builds graph and tokenizer from it. (It
   reads a Q4_1 file too, but rounds the zero points: seen nll 4.29 instead of 4.08.)
2. The graph's MatMuls are anonymous and adapters bind by node name, so each is given the name that a traced PyTorch
   model would have had; which it is the name of its weight tells.
3. Where the source was quantised in blocks, the float16 weights are replaced by those very blocks (8-bit codes,
   float32 scales and zero points). The numbers are then exactly the source's, a third of the memory is resident
   (float16 weights are unpacked to float32 by the CPU plugin), and one stream is faster.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from leaf_agent.backends.errors import BaseModelError
from leaf_agent.backends.gguf_blocks import Blocks
from leaf_agent.backends.gguf_source import gguf_name, interleave_rows

_WEIGHT = re.compile(r"model\.layers\[(\d+)\]\.((?:self_attn|mlp)\.\w+_proj)\.weight")
_MODEL = "openvino_model.xml"


def write_openvino_folder(hf: Path, folder: Path, scratch: Path, blocks: Mapping[str, Blocks] | None = None) -> None:
    """Write `folder` (model, tokenizer, detokenizer) from the Hugging Face folder `hf`.

    Args:
        hf: config.json, tokenizer.json, tokenizer_config.json, model.safetensors.
        folder: where the IR goes; made here.
        scratch: an existing folder for what is needed on the way (half a gigabyte).
        blocks: quantised weights by Hugging Face name, to be used instead of float16.

    Raises:
        BaseModelError: openvino-genai is not installed, or the graph is not the one expected.
    """
    try:
        import openvino
        import openvino_genai
    except ImportError as problem:
        raise BaseModelError(
            "the embedded backend needs openvino-genai; run: pip install 'leaf-twin[embedded]'"
        ) from problem
    raw = scratch / "raw"
    raw.mkdir()
    write_float16_gguf(hf, raw / "model.gguf")
    # Building the pipeline is what saves the IR; the pipeline itself is not wanted.
    openvino_genai.LLMPipeline(str(raw / "model.gguf"), "CPU", enable_save_ov_model=True)
    model = openvino.Core().read_model(raw / _MODEL)
    layers = json.loads((hf / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    named = name_matmuls(model)
    if named != 7 * layers + 1:
        raise BaseModelError(
            f"{named} MatMuls of the OpenVINO graph were recognised; {layers} layers have {7 * layers + 1}. "
            "This openvino-genai reads GGUF in another way: install the version that pyproject.toml names"
        )
    if blocks:
        use_blocks(model, blocks)
    folder.mkdir(parents=True)
    openvino.save_model(model, folder / _MODEL, compress_to_fp16=False)
    for path in raw.glob("openvino_*tokenizer.*"):
        shutil.move(path, folder / path.name)
    del model  # frees the mapping of raw/openvino_model.bin
    shutil.rmtree(raw, ignore_errors=True)


def write_float16_gguf(hf: Path, path: Path) -> None:
    """Write the model of a Hugging Face folder as one GGUF file, linear weights in float16."""
    import gguf
    from safetensors import safe_open

    config = json.loads((hf / "config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    writer.add_rope_freq_base(config.get("rope_theta") or config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    _add_tokenizer(writer, hf)
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    # safetensors' numpy reader knows no bfloat16, in which hubs keep weights; torch does, where it is installed.
    framework = "numpy" if config.get("dtype", config.get("torch_dtype")) != "bfloat16" else "pt"
    with safe_open(hf / "model.safetensors", framework=framework) as tensors:
        for name in tensors.keys():  # noqa: SIM118 - the reader is no mapping
            tensor = tensors.get_tensor(name)
            values = np.asarray(tensor.float().numpy() if framework == "pt" else tensor, dtype=np.float32)
            if (projection := name.split(".")[-2]) in heads:
                values = interleave_rows(values, heads[projection])
            kept = values.astype(np.float16) if values.ndim == 2 else values
            writer.add_tensor(gguf_name(name), np.ascontiguousarray(kept))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: Any, hf: Path) -> None:
    tokenizer = json.loads((hf / "tokenizer.json").read_text(encoding="utf-8"))
    settings = json.loads((hf / "tokenizer_config.json").read_text(encoding="utf-8"))
    ids: dict[str, int] = {**tokenizer["model"]["vocab"], **{t["content"]: t["id"] for t in tokenizer["added_tokens"]}}
    special = {token["id"] for token in tokenizer["added_tokens"]}
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(sorted(ids, key=ids.__getitem__))
    writer.add_token_types([3 if index in special else 1 for index in range(len(ids))])
    writer.add_token_merges(merges)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_bos_token_id(ids[settings["bos_token"]])
    writer.add_eos_token_id(ids[settings["eos_token"]])
    writer.add_pad_token_id(ids[settings["pad_token"]])
    writer.add_unk_token_id(ids[settings["unk_token"]])
    if template := settings.get("chat_template"):
        writer.add_chat_template(template)


def name_matmuls(model: Any) -> int:
    """Name every MatMul with a weight as PyTorch's tracer would; returns how many there were."""
    named = 0
    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        constant = _constant_behind(node.input_value(1).get_node())
        weight = constant.get_friendly_name() if constant is not None else ""
        if match := _WEIGHT.match(weight):
            module = f"model.layers.{match[1]}.{match[2]}"
        elif weight.startswith(("model.embed_tokens", "lm_head", "output")):
            module = "lm_head"
        else:
            continue
        node.set_friendly_name(f"__module.{module}/ov_ext::linear/MatMul")
        named += 1
    return named


def _constant_behind(node: Any) -> Any | None:
    """The constant at the end of a chain of conversions, or None."""
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return node if node.get_type_name() == "Constant" else None


def use_blocks(model: Any, blocks: Mapping[str, Blocks]) -> None:
    """Replace the float16 weights of the graph by quantised ones of the same names.

    Raises:
        BaseModelError: a weight of the graph differs from its blocks by more than float16's rounding.
    """
    for node in model.get_ordered_ops():
        if node.get_type_name() != "Convert":
            continue
        constant = _constant_behind(node)
        if constant is None:
            continue
        # The tied embedding's name carries no layer; attention and mlp write their layer as an index.
        name = re.sub(r"\[(\d+)\]", r".\1", constant.get_friendly_name())
        quantised = blocks.get(name)
        if quantised is None:
            continue
        if not np.allclose(quantised.weight(), constant.data, rtol=2e-3, atol=1e-6):
            raise BaseModelError(f"the blocks of '{name}' are not the weight that the graph holds; report this")
        fresh = block_subgraph(quantised)
        for consumer in node.output(0).get_target_inputs():
            consumer.replace_source_output(fresh.output(0))


def block_subgraph(blocks: Blocks) -> Any:
    """The nodes that make a weight, [rows, columns] in float32, out of its blocks, as the CPU plugin knows them."""
    from openvino import opset13

    build: Callable[..., Any] = opset13.convert
    weight = build(opset13.constant(blocks.codes, dtype=blocks.codes.dtype.type), "f32")
    if blocks.zeros is not None:
        weight = opset13.subtract(weight, opset13.constant(blocks.zeros))
    weight = opset13.multiply(weight, opset13.constant(blocks.scales))
    rows, groups, width = blocks.codes.shape
    shape = np.array([rows, groups * width], dtype=np.int64)
    return opset13.reshape(weight, opset13.constant(shape), False)
