"""TRL's SFTTrainer with a loss that costs what it must on a CPU: the vocabulary is computed at answer tokens alone.

TRL's fused head picks the scored positions only where Triton runs; on a CPU it computes the vocabulary at every
position of the prompt as well, again in backward, and an entropy that nobody reads. A vocabulary of 49,152 is a large
share of a model of 135 million parameters, and prompts are long where answers are short.
"""

from __future__ import annotations

from typing import Any

import torch
from peft import PeftModel
from torch import Tensor, nn
from trl import SFTTrainer


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """An SFTTrainer for a PEFT causal model on labelled batches; same loss, same gradients."""

    def compute_loss(
        self,
        model: PeftModel,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        """Return the mean negative log-likelihood of the answer's tokens (paper eq. (4))."""
        causal = model.get_base_model()
        targets = inputs["labels"][:, 1:]
        scored = targets != -100
        # Padding is on the right and attention is causal: no answer token can see it, so no mask is needed.
        hidden = causal.model(input_ids=inputs["input_ids"], use_cache=False).last_hidden_state[:, :-1]
        logits = causal.lm_head(hidden[scored])
        total = nn.functional.cross_entropy(logits, targets[scored], reduction="sum")
        mode = "train" if model.training else "eval"
        with torch.no_grad():
            self._metrics[mode]["mean_token_accuracy"].append(
                float((logits.argmax(-1) == targets[scored]).float().mean())
            )
        loss = total / (scored.sum() if num_items_in_batch is None else num_items_in_batch)
        return (loss, {"logits": logits}) if return_outputs else loss
