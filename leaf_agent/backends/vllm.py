"""vLLM's offline engine: the base model and its adapters on a GPU, or on a CPU with vLLM's CPU build.

What is set, and why:

- One LoRARequest per adapter, and a slot more than adapters (`lora_slots`): a call mixes adapters and the bare base.
- Every constraint goes as the same grammar that the embedded backend takes (`constraints.py`): both engines decode
  under xgrammar, so their answers can be compared.
- float32, eager, no prefix cache: the greedy text is then that of the embedded backend on nearly every prompt
  (`tests/vllm/`), and an answer does not depend on what was asked before. bfloat16 is for speed on a GPU.
- vLLM keeps its engine in a process of its own, started by `spawn`: a script needs `if __name__ == "__main__":`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from leaf_agent.backends.adapters import AdapterFolder, fitting, known_adapter
from leaf_agent.backends.base import Completion, Constraint, Request, refuse_empty, refuse_long
from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.constraints import constraint_ebnf
from leaf_agent.backends.errors import BackendError

END = "<|im_end|>"
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What `max_lora_rank` may be (vllm.config.lora.MaxLoRARanks)."""

Precision = Literal["float32", "bfloat16", "float16"]
# vLLM reads these when it is imported. It logs to stdout, where `--json` prints, and reports its use to its makers.
_SURROUNDINGS = {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_LOGGING_STREAM": "ext://sys.stderr", "VLLM_NO_USAGE_STATS": "1"}


class VllmBackend:
    """SmolLM2-135M-Instruct with LoRA adapters on vLLM; the device is vLLM's own choice.

    Args:
        adapters: as for the embedded backend.
        base: the base model; by default the one that `leaf model pull` fetched.
        precision: what it computes in.
        context_tokens: the longest prompt with its answer.
        cache_mb: memory for the tokens of all running requests, in MB; in float32 a token takes 46 kB.
        streams: how many requests run at a time; further ones wait inside vLLM.
        eager: without torch.compile and CUDA graphs; starts sooner, and is slower on a GPU.
        prompt_hash: the hash that the adapters' prompts must have, where that is to be checked.

    Raises:
        BaseModelError: the base is absent or damaged.
        AdapterError: an adapter is absent or does not fit.
        BackendError: vLLM is not installed or does not start.
    """

    name = "vllm"

    def __init__(
        self,
        adapters: Mapping[str, Path | AdapterFolder] | None = None,
        *,
        base: BaseModelFolder | None = None,
        precision: Precision = "float32",
        context_tokens: int = 4096,
        cache_mb: int = 1024,
        streams: int = 64,
        eager: bool = True,
        prompt_hash: str | None = None,
    ) -> None:
        base = base or locate()
        folders = fitting(adapters or {}, base_sha256=base.manifest.sha256, prompt_hash=prompt_hash)
        for variable, value in _SURROUNDINGS.items():
            os.environ.setdefault(variable, value)
        try:
            import vllm
            from vllm.lora.request import LoRARequest
        except ImportError as problem:
            raise BackendError(
                "the vllm backend needs vLLM; on a GPU run: pip install 'leaf-twin[vllm]', on a CPU: make test-vllm"
            ) from problem
        self._vllm: Any = vllm
        self.base_sha256 = base.manifest.sha256
        self.adapters_sha256 = {name: folder.sha256() for name, folder in folders.items()}
        self._context_tokens = context_tokens
        self._adapters = {
            name: LoRARequest(name, number, str(folder.path))
            for number, (name, folder) in enumerate(folders.items(), start=1)
        }
        lora: dict[str, Any] = {}
        if folders:
            rank = lora_rank(folders.values())
            lora = {"enable_lora": True, "max_loras": lora_slots(len(folders)), "max_lora_rank": rank}
        try:
            self._engine: Any = vllm.LLM(
                str(base.huggingface),
                dtype=precision,
                max_model_len=context_tokens,
                max_num_seqs=streams,
                kv_cache_memory_bytes=cache_mb * 1_000_000,
                enforce_eager=eager,
                enable_prefix_caching=False,
                disable_log_stats=True,
                seed=0,
                **lora,
            )
        except (RuntimeError, ValueError) as problem:
            raise BackendError(
                f"vLLM did not start: {problem}; VLLM_LOGGING_LEVEL=INFO shows what it did before"
            ) from problem
        self._tokenizer: Any = self._engine.get_tokenizer()
        self._end = int(self._tokenizer.convert_tokens_to_ids(END))

    def close(self) -> None:
        """End vLLM's process."""
        self._engine.llm_engine.engine_core.shutdown()

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer a batch, in its order and in one call of vLLM, whichever adapters it names.

        Raises:
            AdapterError: a request names an adapter that is not there.
            BackendError: a prompt is empty or too long, or a constraint cannot be compiled.
        """
        if not requests:
            return []
        refuse_empty(requests)
        started = time.perf_counter()
        for request in requests:
            if request.adapter is not None:
                known_adapter(request.adapter, self._adapters)
        prompts = [self._checked_prompt(request) for request in requests]
        try:
            outputs = self._engine.generate(
                [{"prompt_token_ids": prompt} for prompt in prompts],
                [self._sampling(request.max_tokens, request.constraint) for request in requests],
                lora_request=[None if one.adapter is None else self._adapters[one.adapter] for one in requests],
                use_tqdm=False,
            )
        except (RuntimeError, ValueError, self._vllm.exceptions.VLLMClientError) as problem:
            raise BackendError(f"vLLM could not answer: {problem}") from problem
        answers = [list(output.outputs[0].token_ids) for output in outputs]
        elapsed = (time.perf_counter() - started) * 1000
        total = max(1, sum(len(answer) for answer in answers))
        return [
            Completion(self._text(answer), len(prompt), len(answer), elapsed * len(answer) / total)
            for answer, prompt in zip(answers, prompts, strict=True)
        ]

    def _checked_prompt(self, request: Request) -> list[int]:
        ids: list[int] = self._tokenizer.encode(request.prompt, add_special_tokens=False)
        refuse_long(len(ids), request.max_tokens, self._context_tokens)
        return ids

    def _sampling(self, max_tokens: int, constraint: Constraint | None) -> Any:
        from vllm.sampling_params import StructuredOutputsParams

        return self._vllm.SamplingParams(
            temperature=0.0,
            max_tokens=max_tokens,
            stop_token_ids=[self._end],
            detokenize=False,
            structured_outputs=(
                None if constraint is None else StructuredOutputsParams(grammar=constraint_ebnf(constraint))
            ),
        )

    def _text(self, answer: list[int]) -> str:
        text: str = self._tokenizer.decode([token for token in answer if token != self._end], skip_special_tokens=True)
        return text


def lora_slots(adapters: int) -> int:
    """Return `max_loras` for so many adapters: one more, which stays empty.

    vLLM's CPU kernels (0.32) mark a request of the bare base with slot -1, which there is the last one: in a batch with
    others it would silently speak through the last adapter.
    """
    return adapters + 1


def lora_rank(folders: Iterable[AdapterFolder]) -> int:
    """Return the least `max_lora_rank` that vLLM takes and all adapters fit in. Raises BackendError over 512."""
    largest = max(folder.manifest.rank for folder in folders)
    for rank in RANKS:
        if largest <= rank:
            return rank
    raise BackendError(f"an adapter has rank {largest}; vLLM serves at most {RANKS[-1]}; train it with a smaller one")
