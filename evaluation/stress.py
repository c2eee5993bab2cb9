"""A stress test: the same episodes under several profiles, and what they come to side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from evaluation.episode import EpisodeRecord, Job, Strained
from evaluation.report import Table, interval
from evaluation.statistics import wilson
from evaluation.summary import summarise

Row = dict[str, Any]


def under(jobs: Sequence[Job], profiles: Sequence[str]) -> list[Job]:
    """Give every job under every profile; profiles take turns, so that any first part of the list compares them."""
    return [job.model_copy(update={"stress": profile}) for job in jobs for profile in profiles]


def summarise_stress(records: Sequence[EpisodeRecord], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Add up a stress test: a row for each profile under `rows`, by family under `by_family`; `settings` as they are.

    Of a row, `violations` are means over an episode; `recovery` is the success of the episodes that had a stressed
    call, `calls_to_recover` the median number of calls from a lost one until its tool answered, `retried` the share
    of lost calls whose tool did so.
    """
    whole = summarise(records, settings)
    graded = [record for record in records if record.outcome != "ungraded"]
    names = list(dict.fromkeys(record.job.stress or "none" for record in records))
    by_profile = {name: [one for one in graded if (one.job.stress or "none") == name] for name in names}
    families = sorted({record.family for record in graded})
    return {
        **settings,
        "rows": [{"profile": name, **row(by_profile[name])} for name in names],
        "by_family": {
            family: [
                {"profile": name, **row([one for one in by_profile[name] if one.family == family])} for name in names
            ]
            for family in families
        },
        **{name: whole[name] for name in ("ungraded", "output_tokens", "milliseconds", "peak_rss_mb", "seconds")},
    }


def row(records: Sequence[EpisodeRecord]) -> Row:
    """Return what the episodes of one profile come to."""
    succeeded = sum(record.success for record in records)
    strained = [record.strained for record in records if record.strained is not None]
    hit = [record for record in records if record.strained is not None and record.strained.stressed_calls]
    recovered = sum(record.success for record in hit)
    lost = sum(one.lost_calls for one in strained)
    after = [calls for one in strained for calls in one.recovered_after]
    return {
        "episodes": len(records),
        "succeeded": succeeded,
        "task_success": _share(succeeded, len(records)),
        "ci95": _interval(succeeded, len(records)),
        "violations": _mean(strained, "violations"),
        "refused": _mean(strained, "refused"),
        "alarms": _mean(strained, "alarms"),
        "strays": _mean(strained, "strays"),
        "stressed": len(hit),
        "recovery": _share(recovered, len(hit)),
        "recovery_ci95": _interval(recovered, len(hit)),
        "lost_calls": lost,
        "retried": _share(len(after), lost),
        "calls_to_recover": median(after) if after else None,
        "plant_s": round(sum(one.plant_s for one in records) / len(records), 1) if records else None,
    }


def stress_tables(summary: Mapping[str, Any]) -> list[Table]:
    """Lay out a stress test: by profile, and by family where there are several."""
    title = f"{summary['agent']} on {summary['scenario']}, split {summary['split']}"
    found = [Table(title, ("profile", *_COLUMNS), [[one["profile"], *_cells(one)] for one in summary["rows"]])]
    if len(summary["by_family"]) > 1:
        rows = [[name, one["profile"], *_cells(one)] for name, each in summary["by_family"].items() for one in each]
        found.append(Table("by family", ("family", "profile", *_COLUMNS), rows))
    return found


_COLUMNS = (
    "episodes", "success", "95 %", "refused", "alarms", "strays", "stressed", "recovery", "lost calls", "retried",
    "calls to recover", "plant s",
)  # fmt: skip


def _cells(one: Row) -> list[object]:
    return [
        one["episodes"],
        one["task_success"],
        interval(one["ci95"]),
        one["refused"],
        one["alarms"],
        one["strays"],
        one["stressed"],
        one["recovery"],
        one["lost_calls"],
        one["retried"],
        one["calls_to_recover"],
        one["plant_s"],
    ]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _interval(part: int, whole: int) -> list[float] | None:
    bounds = wilson(part, whole)
    return [round(bound, 4) for bound in bounds] if bounds else None


def _mean(strained: Sequence[Strained], field: str) -> float | None:
    return round(sum(getattr(one, field) for one in strained) / len(strained), 4) if strained else None
