"""What training may see: no test wording, no held-out template, no seed of another split."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scenarios.catalog import templates
from scenarios.seeds import split_of
from training.demonstrations import Demonstration


class LeakError(ValueError):
    """A demonstration that training must not see; the message names it and the rule."""


def refuse_leaks(scenario: str, demonstrations: Iterable[Demonstration]) -> None:
    """Raise `LeakError` for the first demonstration that belongs to another split or speaks a test wording."""
    heldout = {template.id for template in templates(scenario) if template.split == "heldout"}
    unseen = [
        (template.id, wording, _pattern(wording))
        for template in templates(scenario)
        for split, wordings in template.wordings.items()
        if split != "train"
        for wording in wordings
    ]
    for one in demonstrations:
        if one.task in heldout:
            raise LeakError(f"{one.task} is held out; no demonstration of it may be made")
        if one.split != "train" or split_of(one.seed) != "train":
            raise LeakError(f"{one.task} seed {one.seed} belongs to {split_of(one.seed)}; training draws from train")
        if one.expert == "planner":
            request = _plain(one.prompt.split("\n")[1].removesuffix("<|im_end|>"))
            for task, wording, pattern in unseen:
                if task == one.task and pattern.fullmatch(request):
                    raise LeakError(f"{one.task} seed {one.seed} speaks {wording!r}, which training must not see")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[.,!?;:'\"]", " ", text.lower()).split())


def _pattern(wording: str) -> re.Pattern[str]:
    """Match a wording with any values in its gaps, whatever its case and punctuation."""
    gapped = re.sub(r"\{[^{}]*\}", "gapgap", wording)
    return re.compile(re.escape(_plain(gapped)).replace("gapgap", r"\S+(?:\ \S+)?"))
