"""Supervised fine-tuning of one expert: LoRA on the frozen base, loss on the answer's tokens only (paper eq. (4)).

As in the paper: one adapter per expert, rank 8 on all linear layers. It departs from it where the base is 135 million
parameters instead of 4 billion and the machine two CPU cores: learning rate 6e-4 instead of 2e-5..5e-5, batch 4
instead of 32, one epoch instead of three, float32. TRL's SFTTrainer does the work; what is ours is the manifest, a
loss that skips the prompt's vocabulary, and that the weights are rounded to half precision before they are saved, so
that every backend reads the same numbers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from leaf_agent.backends.adapters import AdapterManifest, BaseIdentity
from leaf_agent.backends.base_model import huggingface_folder, locate
from leaf_agent.experts.base import END, prompt_hash
from tools_api.catalog import catalogue_hash
from training.config import TrainingConfig
from training.dataset import digest, read

CHECKPOINT_STEPS = 40


def train(
    expert: str,
    config: TrainingConfig,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    init: Path | None = None,
    progress: Callable[[int, int, float], None] | None = None,
    model_folder: Path | None = None,
) -> AdapterManifest:
    """Fine-tune one expert's adapter and write it with its manifest to `out/<expert>`.

    `progress(step, steps, loss)` is told at every logging step. With `resume`, the newest checkpoint in `out` goes on:
    in the first epoch to the weights of an unbroken run, later with the examples in another order. With `init`, an
    adapter that was trained before on the same base is where this run begins.
    Raises `ValueError` for an expert without settings or demonstrations.
    """
    import torch
    from datasets import Dataset
    from peft import LoraConfig, PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig

    from training.completion_trainer import CompletionTrainer

    if expert not in config.sft:
        raise ValueError(f"no settings for expert {expert!r}; the configuration has {', '.join(config.sft)}")
    settings = config.sft[expert]
    demonstrations = read(data, expert)
    if not demonstrations:
        raise ValueError(f"{data} has no demonstrations of {expert!r}")
    # The file goes from task to task; a limit must take some of each.
    Random(config.seed).shuffle(demonstrations)
    demonstrations = demonstrations[: settings.limit]
    rows = Dataset.from_list([{"prompt": one.prompt, "completion": one.completion + END} for one in demonstrations])

    base = locate().manifest
    folder = model_folder or huggingface_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    fresh = None
    if init is None:
        fresh = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=0.0,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
    else:
        model = PeftModel.from_pretrained(model, str(init), is_trainable=True)
    work = out / f"{expert}.work"

    class Tell(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
            if progress is not None and logs and "loss" in logs:
                progress(state.global_step, state.max_steps, float(logs["loss"]))

    trainer = CompletionTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(work),
            num_train_epochs=settings.epochs,
            per_device_train_batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=0.05,
            weight_decay=0.0,
            max_grad_norm=1.0,
            train_sampling_strategy="group_by_length",
            completion_only_loss=True,
            max_length=512,
            # The prompt already ends where the answer begins and the answer carries its own end marker.
            eos_token=END,
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=not torch.cuda.is_available(),
            dataloader_pin_memory=False,
            logging_steps=5,
            save_steps=CHECKPOINT_STEPS,
            save_total_limit=1,
            seed=config.seed,
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=rows,
        processing_class=tokenizer,
        peft_config=fresh,
        callbacks=[Tell()],
    )
    if not resume:
        # Checkpoints of an earlier run are not this one's: a later --resume must not find them.
        shutil.rmtree(work, ignore_errors=True)
    started = time.monotonic()
    done = trainer.train(resume_from_checkpoint=resume and any(work.glob("checkpoint-*")))
    manifest = AdapterManifest(
        expert=expert,
        base=BaseIdentity.of(base),
        rank=settings.rank,
        alpha=settings.alpha,
        prompt_hash=prompt_hash(),
        tool_catalogue_hashes=tuple(catalogue_hash(scenario) for scenario in config.scenarios),
        data_sha256=digest(data),
        config={
            "scenarios": config.scenarios,
            "data": config.data.model_dump(),
            "sft": settings.model_dump(),
            "init_sha256": None if init is None else digest(init / "adapter_model.safetensors"),
        },
        seed=config.seed,
        git_revision=_revision(),
        metrics={
            "demonstrations": len(demonstrations),
            "steps": trainer.state.global_step,
            "train_loss": round(float(done.training_loss), 4),
            "last_loss": round(_last_loss(trainer.state.log_history), 4),
            "minutes": round((time.monotonic() - started) / 60, 1),
        },
    )
    _save(trainer.model, manifest, out / expert)
    shutil.rmtree(work, ignore_errors=True)
    return manifest


def _save(model: Any, manifest: AdapterManifest, target: Path) -> None:
    """Write adapter, configuration and manifest into a folder beside the target, then put it in its place."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    beside = target.with_name(f"{target.name}.{os.getpid()}.part")
    beside.mkdir(parents=True)
    weights = {name: tensor.to(torch.float16).contiguous() for name, tensor in get_peft_model_state_dict(model).items()}
    save_file(weights, beside / "adapter_model.safetensors")
    settings = model.peft_config["default"]
    settings.base_model_name_or_path = manifest.base.name  # not the folder of one machine
    settings.inference_mode = True
    settings.save_pretrained(str(beside))
    (beside / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
    shutil.rmtree(target, ignore_errors=True)
    os.replace(beside, target)


def _last_loss(history: list[dict[str, Any]]) -> float:
    return next((float(entry["loss"]) for entry in reversed(history) if "loss" in entry), float("nan"))


def _revision() -> str:
    """Return the git revision of the tree, or `unknown` outside of one."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
