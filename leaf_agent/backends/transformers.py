"""The reference backend: transformers + PEFT in float32. What the embedded one must agree with, token for token.

It is for parity tests and for training machines; it needs torch, is slower, and enforces no constraint.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal

from leaf_agent.backends.adapters import AdapterFolder, fitting, known_adapter
from leaf_agent.backends.base import Completion, Request, refuse_empty
from leaf_agent.backends.base_model import BaseModelFolder, locate
from leaf_agent.backends.errors import BackendError

END = "<|im_end|>"


class TransformersBackend:
    """The base model with LoRA adapters on transformers + PEFT.

    Args:
        adapters: as for the embedded backend.
        base: the base model; by default the one that `leaf model pull` fetched.
        prompt_hash: the hash that the adapters' prompts must have, where that is to be checked.
        constraints: what to do with a request's constraint, which this backend cannot enforce: `refuse` or `ignore`.
        device: torch's name of where to run.

    Raises:
        BaseModelError: the base is absent or damaged.
        AdapterError: an adapter is absent or does not fit.
        BackendError: transformers or peft is not installed.
    """

    name = "transformers"

    def __init__(
        self,
        adapters: Mapping[str, Path | AdapterFolder] | None = None,
        *,
        base: BaseModelFolder | None = None,
        prompt_hash: str | None = None,
        constraints: Literal["refuse", "ignore"] = "refuse",
        device: str = "cpu",
    ) -> None:
        base = base or locate()
        folders = fitting(adapters or {}, base_sha256=base.manifest.sha256, prompt_hash=prompt_hash)
        try:
            import torch
            from peft import PeftModel
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as problem:
            raise BackendError(
                f"the transformers backend needs {problem.name}; run: pip install 'leaf-twin[train]'"
            ) from problem
        self.base_sha256 = base.manifest.sha256
        self.adapters_sha256 = {name: folder.sha256() for name, folder in folders.items()}
        self._constraints = constraints
        self._tokenizer: Any = AutoTokenizer.from_pretrained(base.huggingface, padding_side="left")
        end: Any = self._tokenizer.convert_tokens_to_ids(END)
        self._end = int(end)
        model: Any = AutoModelForCausalLM.from_pretrained(base.huggingface, dtype=torch.float32)
        for name, folder in folders.items():
            if isinstance(model, PeftModel):
                model.load_adapter(str(folder.path), adapter_name=name)
            else:
                model = PeftModel.from_pretrained(model, str(folder.path), adapter_name=name)
        self._model = model.to(device).eval()
        self._adapters = tuple(folders)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer a batch, in its order; requests of one adapter run together, padded on the left.

        Raises:
            AdapterError: a request names an adapter that is not there.
            BackendError: a request is empty, or has a constraint and this backend was not told to ignore it.
        """
        refuse_empty(requests)
        groups: dict[str | None, list[int]] = {}
        for index, request in enumerate(requests):
            if request.adapter is not None:
                known_adapter(request.adapter, dict.fromkeys(self._adapters))
            if request.constraint is not None and self._constraints == "refuse":
                raise BackendError(
                    f"the transformers backend cannot enforce a {type(request.constraint).__name__}; "
                    "use the embedded backend, or constraints='ignore'"
                )
            groups.setdefault(request.adapter, []).append(index)
        completions: dict[int, Completion] = {}
        for adapter, members in groups.items():
            answers = self._complete_group(adapter, [requests[index] for index in members])
            completions.update(zip(members, answers, strict=True))
        return [completions[index] for index in range(len(requests))]

    def _complete_group(self, adapter: str | None, requests: list[Request]) -> list[Completion]:
        import torch

        started = time.perf_counter()
        batch = self._tokenizer([request.prompt for request in requests], return_tensors="pt", padding=True)
        batch = batch.to(self._model.device)
        with torch.no_grad(), self._speaking_as(adapter):
            output = self._model.generate(
                input_ids=batch.input_ids,
                attention_mask=batch.attention_mask,
                max_new_tokens=max(request.max_tokens for request in requests),
                do_sample=False,
                eos_token_id=self._end,
                pad_token_id=self._end,
            )
        answers = [
            self._until_end(row[: request.max_tokens])
            for row, request in zip(output[:, batch.input_ids.shape[1] :].tolist(), requests, strict=True)
        ]
        elapsed = (time.perf_counter() - started) * 1000
        lengths = batch.attention_mask.sum(dim=1).tolist()
        total = max(1, sum(len(answer) for answer in answers))
        return [
            Completion(
                self._tokenizer.decode([token for token in answer if token != self._end], skip_special_tokens=True),
                int(length),
                len(answer),
                elapsed * len(answer) / total,
            )
            for answer, length in zip(answers, lengths, strict=True)
        ]

    def _speaking_as(self, adapter: str | None) -> AbstractContextManager[Any]:
        if adapter is not None:
            self._model.set_adapter(adapter)
            return nullcontext()
        if not self._adapters:
            return nullcontext()
        disabled: AbstractContextManager[Any] = self._model.disable_adapter()
        return disabled

    def _until_end(self, answer: list[int]) -> list[int]:
        """The tokens up to the end marker, it included: it is the last that was generated."""
        return answer[: answer.index(self._end) + 1] if self._end in answer else answer
