"""The default backend: the base model and its adapters on OpenVINO GenAI, on the CPU, without torch.

One pipeline serves all adapters. What is set, and why (measured with three adapters of rank 8):

- Requests are grouped by adapter, one `generate` call each: in a mixed call openvino_genai silently takes the first.
- Continuous batching, not `LLMPipeline`: the latter pads a batch and keeps logits of every position (2.9 GB resident).
- float32 inference, a float32 cache and no dynamic quantisation of activations: greedy text is then that of
  transformers + PEFT, token for token, which a test proves.
- The cache has a fixed size; what does not fit waits its turn inside the pipeline.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leaf_agent.backends.adapters import AdapterFolder, fitting, known_adapter
from leaf_agent.backends.base import Completion, Constraint, Request, refuse_empty, refuse_long
from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.constraints import constraint_ebnf
from leaf_agent.backends.errors import BackendError
from leaf_agent.backends.mapped_file import release

END = "<|im_end|>"
_BATCH_TOKENS = 64  # tokens computed in one pass; with 256 they took 250 MB more than with 32


class EmbeddedBackend:
    """SmolLM2-135M-Instruct with LoRA adapters on OpenVINO GenAI.

    Args:
        adapters: adapter folders by the name that requests use; each is checked against the base. Empty: the bare base.
        base: the base model; by default the one that `leaf model pull` fetched.
        threads: CPU threads; None lets OpenVINO take one per physical core.
        context_tokens: the longest prompt with its answer. The cache grows with what runs together, 46 kB a token.
        prompt_hash: the hash that the adapters' prompts must have, where that is to be checked.

    Raises:
        BaseModelError: the base is absent or damaged.
        AdapterError: an adapter is absent or does not fit.
        BackendError: openvino-genai is not installed.
    """

    name = "embedded"

    def __init__(
        self,
        adapters: Mapping[str, Path | AdapterFolder] | None = None,
        *,
        base: BaseModelFolder | None = None,
        threads: int | None = None,
        context_tokens: int = 4096,
        prompt_hash: str | None = None,
    ) -> None:
        base = base or locate()
        folders = fitting(adapters or {}, base_sha256=base.manifest.sha256, prompt_hash=prompt_hash)
        try:
            import openvino_genai
        except ImportError as problem:
            raise BackendError(
                "the embedded backend needs openvino-genai; run: pip install 'leaf-twin[embedded]'"
            ) from problem
        self._genai: Any = openvino_genai
        self.base_sha256 = base.manifest.sha256
        self.adapters_sha256 = {name: folder.sha256() for name, folder in folders.items()}
        self._context_tokens = context_tokens
        self._adapters = {name: openvino_genai.Adapter(str(folder.weights)) for name, folder in folders.items()}
        self._scales = {name: folder.manifest.scale for name, folder in folders.items()}
        self._mapped: list[Path] = [*base.openvino.glob("*.bin"), *(folder.weights for folder in folders.values())]
        self._pipeline: Any = self._start(base.openvino, threads)
        self._tokenizer: Any = self._pipeline.get_tokenizer()
        self._end = int(self._encode(END)[0])

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer a batch, in its order; requests of one adapter run together.

        Raises:
            AdapterError: a request names an adapter that is not there.
            BackendError: a prompt is empty or too long, or a constraint cannot be compiled.
        """
        refuse_empty(requests)
        groups: dict[str | None, list[int]] = {}
        for index, request in enumerate(requests):
            if request.adapter is not None:
                known_adapter(request.adapter, self._adapters)
            groups.setdefault(request.adapter, []).append(index)
        completions: dict[int, Completion] = {}
        for adapter, members in groups.items():
            answers = self._complete_group(adapter, [requests[index] for index in members])
            completions.update(zip(members, answers, strict=True))
        return [completions[index] for index in range(len(requests))]

    def tokens(self, text: str) -> list[int]:
        """Return the token ids of a text, the chat markers in it as single tokens."""
        return [int(token) for token in self._encode(text)]

    def _complete_group(self, adapter: str | None, requests: list[Request]) -> list[Completion]:
        import openvino

        started = time.perf_counter()
        prompts = [self._checked_prompt(request) for request in requests]
        tensors = [openvino.Tensor(prompt.reshape(1, -1)) for prompt in prompts]
        configs = [self._generation(adapter, request.max_tokens, request.constraint) for request in requests]
        try:
            results = self._pipeline.generate(tensors, configs)
        except RuntimeError as problem:
            raise BackendError(f"openvino-genai could not answer: {problem}") from problem
        while self._mapped:  # the first answer laid out the weights anew: 170 MB need not be resident twice
            release(self._mapped.pop())
        answers = [[token for token in result.m_generation_ids[0] if token != self._end] for result in results]
        texts = self._tokenizer.decode(answers, skip_special_tokens=True)
        elapsed = (time.perf_counter() - started) * 1000
        counts = [len(result.m_generation_ids[0]) for result in results]
        return [
            Completion(text, len(prompt), count, elapsed * count / max(1, sum(counts)))
            for text, prompt, count in zip(texts, prompts, counts, strict=True)
        ]

    def _checked_prompt(self, request: Request) -> Any:
        ids = self._encode(request.prompt)
        refuse_long(len(ids), request.max_tokens, self._context_tokens)
        return ids

    def _encode(self, text: str) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]

    def _generation(self, adapter: str | None, max_tokens: int, constraint: Constraint | None) -> Any:
        config = self._genai.GenerationConfig()
        config.max_new_tokens = max_tokens
        config.do_sample = False
        config.eos_token_id = self._end
        config.stop_token_ids = {self._end}
        if self._adapters:
            config.adapters = (
                self._genai.AdapterConfig()
                if adapter is None
                else self._genai.AdapterConfig(self._adapters[adapter], self._scales[adapter])
            )
        if constraint is not None:
            config.structured_output_config = self._genai.StructuredOutputConfig(grammar=constraint_ebnf(constraint))
        return config

    def _start(self, model: Path, threads: int | None) -> Any:
        properties: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
        }
        if threads is not None:
            properties["INFERENCE_NUM_THREADS"] = threads
        if self._adapters:
            every = self._genai.AdapterConfig()
            for name, adapter in self._adapters.items():
                every.add(adapter, self._scales[name])
            properties["adapters"] = every
        # No size for the cache: a fixed one is touched block after block, until all of it is resident for one stream.
        scheduler = self._genai.SchedulerConfig()
        scheduler.max_num_batched_tokens = _BATCH_TOKENS
        scheduler.max_num_seqs = 64
        scheduler.enable_prefix_caching = False
        return self._genai.ContinuousBatchingPipeline(
            str(model), scheduler_config=scheduler, device="CPU", properties=properties
        )
