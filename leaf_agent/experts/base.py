"""How an expert's prompt is made: a file with named gaps, filled and wrapped in the base model's chat markers."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from string import Template

START = "<|im_start|>"
END = "<|im_end|>"


def chat(body: str) -> str:
    """Return the raw prompt for one user turn; the completion is the assistant's turn."""
    return f"{START}user\n{_unmarked(body)}{END}\n{START}assistant\n"


def _unmarked(text: str) -> str:
    # A request or a tool output must not be able to close its own turn and open another; what is left of a marker that
    # stood within another must not be one either.
    while START in text or END in text:
        text = text.replace(START, "").replace(END, "")
    return text


@cache
def prompt_template(name: str) -> Template:
    """Return the prompt file `prompts/<name>.md`."""
    return Template((files("leaf_agent.experts") / "prompts" / f"{name}.md").read_text("utf-8").rstrip("\n"))


def fill(name: str, **gaps: str) -> str:
    """Fill a prompt file's gaps, drop the lines that stay empty, and wrap it as a chat turn."""
    text = prompt_template(name).substitute(gaps)
    return chat("\n".join(line for line in text.split("\n") if line.strip()))


@cache
def prompt_hash() -> str:
    """Return the SHA-256 over all prompt files: an adapter fits only the prompts that it was trained on."""
    digest = hashlib.sha256()
    folder = files("leaf_agent.experts") / "prompts"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".md") and "untuned" not in entry.name:
            digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return digest.hexdigest()
