"""Tasks as pytest items: `pytest --leaf-agent mypkg:make_agent --leaf-scenario energy --leaf-seeds 3`.

Files named `*.task.yaml` are collected wherever pytest looks, and fail as tests while their tasks are not sound
(without an agent) or not fulfilled (with one). Nothing but pytest is imported until tasks are collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from scenarios.episode import Episode
    from scenarios.factory import AgentFactory
    from scenarios.task import TaskInstance, TaskTemplate

SUFFIX = ".task.yaml"
SEED_STRIDE = 17
"""Step between the seeds of a task's items: each next one has another plant and another wording."""
_SPLITS = ("train", "validation", "test", "heldout")


class TaskNotFulfilledError(AssertionError):
    """The plant says no; the message is the whole story."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; `pytest --help` shows them under leaf-twin."""
    group = parser.getgroup("leaf-twin", "tasks for language-model agents, judged by a simulated plant")
    group.addoption("--leaf-agent", metavar="PACKAGE.MODULE:FACTORY", help="Agent under test, or 'reference'.")
    group.addoption("--leaf-scenario", action="append", default=[], metavar="NAME", help="Play its tasks (repeatable).")
    group.addoption("--leaf-split", default="test", choices=_SPLITS, help="Whose words and seeds. [default: test]")
    group.addoption("--leaf-seeds", type=int, default=1, metavar="N", help="Instances of each task. [default: 1]")
    group.addoption("--leaf-family", action="append", default=[], metavar="NAME", help="Only this family (repeatable).")
    group.addoption("--leaf-out", default="leaf-trajectories", metavar="DIR", help="Where failures are written down.")


def pytest_configure(config: pytest.Config) -> None:
    """Check the options before anything is collected."""
    config.addinivalue_line("markers", "leaf: an episode of leaf-twin, judged by the plant")
    if config.getoption("leaf_seeds") < 1:
        raise pytest.UsageError(f"--leaf-seeds {config.getoption('leaf_seeds')}: give at least 1")
    if config.getoption("leaf_scenario") and not config.getoption("leaf_agent"):
        raise pytest.UsageError("--leaf-scenario needs --leaf-agent package.module:factory (or --leaf-agent reference)")


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Collect a file of tasks."""
    return TaskFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tasks of the scenarios that were asked for, before `-k` and `-m` choose."""
    for scenario in config.getoption("leaf_scenario"):
        items.extend(Suite.from_parent(session, name=f"leaf/{scenario}", scenario=scenario).collect())


class Suite(pytest.Collector):
    """All tasks of a scenario that have words for the split."""

    def __init__(self, *, scenario: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scenario = scenario

    def collect(self) -> Iterator[pytest.Item]:
        """Give an item for each task and seed. Raises `pytest.UsageError` for names that are not there."""
        from scenarios.catalog import templates
        from tools_api.catalog import SCENARIOS

        if self._scenario not in SCENARIOS:
            raise pytest.UsageError(f"no scenario {self._scenario!r}; there are {', '.join(SCENARIOS)}")
        yield from _items(self, templates(self._scenario))


class TaskFile(pytest.File):
    """A user's own tasks: played by the agent, or, without one, checked for soundness."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give the file's items. A broken document is an error of collection with the path of the field."""
        from scenarios.catalog import load_templates
        from scenarios.document import TaskDocumentError

        try:
            found = load_templates(self.path)
        except TaskDocumentError as error:
            raise self.CollectError(str(error)) from None
        if self.config.getoption("leaf_agent"):
            yield from _items(self, found)
        else:
            for task in found:
                yield SoundnessItem.from_parent(self, name=task.id, task=task)


class SoundnessItem(pytest.Item):
    """Is a task sound? The reference fulfils it; nothing, a dump of all facts, refusal and chance do not."""

    def __init__(self, *, task: TaskTemplate, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._task = task
        self.add_marker("leaf")

    def runtest(self) -> None:
        """Try the task as `leaf tasks check` does."""
        from scenarios.admission import check_task, leaked_wordings

        leaks = leaked_wordings([self._task]).get(self._task.id, [])
        # Both ways of every condition want some seeds.
        row = check_task(self._task, max(6, self.config.getoption("leaf_seeds")), leaks)
        if not row.admitted:
            raise TaskNotFulfilledError("\n".join([f"task {row.task} is not sound:", *row.problems]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the problems alone."""
        return _story(self, excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the item."""
        return self.path, None, f"{self.name} is sound"


class EpisodeItem(pytest.Item):
    """One instance of a task, played by the agent under test."""

    def __init__(self, *, task: TaskTemplate, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._task = task
        self._seed = seed
        self.add_marker("leaf")
        for name in (task.scenario, task.family):
            self.extra_keyword_matches.add(name)

    def runtest(self) -> None:
        """Play to the verdict. Raises `TaskNotFulfilledError` unless it is success."""
        from scenarios.episode import Episode
        from scenarios.story import story

        instance = self._task.instance(self._seed)
        episode = Episode(instance)
        agent = _agent(self.config, instance)
        while not episode.over:
            episode.step(agent.act(episode.observation))
        if episode.verdict is None or episode.verdict.outcome != "success":
            raise TaskNotFulfilledError(story(episode, self._written(episode)))

    def _written(self, episode: Episode) -> Path:
        from scenarios.trajectory import write_trajectories

        folder = Path(self.config.getoption("leaf_out"))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._task.scenario}-{self._task.id}-{self._seed}.jsonl"
        write_trajectories(path, [episode.trajectory])
        return path

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the story of the episode; an agent that crashes keeps its traceback."""
        return _story(self, excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the item."""
        return self.path, None, f"{self._task.scenario} {self._task.family}: {self.name}"


def _items(parent: pytest.Collector, tasks: Any) -> Iterator[pytest.Item]:
    from scenarios.seeds import SPLITS

    config = parent.config
    split, families = config.getoption("leaf_split"), config.getoption("leaf_family")
    _factory(config)
    for task in tasks:
        if (families and task.family not in families) or not task.speaks(split):
            continue
        if (task.split == "heldout") != (split == "heldout"):
            continue
        for place in range(config.getoption("leaf_seeds")):
            seed = SPLITS[split][0] + SEED_STRIDE * place
            yield EpisodeItem.from_parent(parent, name=f"{task.id}[{seed}]", task=task, seed=seed)


def _factory(config: pytest.Config) -> AgentFactory | None:
    """Find the factory once; None stands for the reference. Raises `pytest.UsageError` with the remedy."""
    from scenarios.factory import AgentFactory, AgentNameError

    if not hasattr(config, "_leaf_factory"):
        name = config.getoption("leaf_agent")
        try:
            found = None if name == "reference" else AgentFactory(name, ("specs", "seed"))
        except AgentNameError as error:
            raise pytest.UsageError(str(error)) from None
        config._leaf_factory = found  # type: ignore[attr-defined]
    factory: AgentFactory | None = config._leaf_factory  # type: ignore[attr-defined]
    return factory


def _agent(config: pytest.Config, instance: TaskInstance) -> Any:
    from scenarios.reference import ReferenceAgent
    from tools_api.catalog import specs

    factory = _factory(config)
    if factory is None:
        return ReferenceAgent(instance)
    return factory.make({"specs": specs(instance.scenario), "seed": instance.seed})


def _story(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException], style: Any) -> Any:
    if isinstance(excinfo.value, TaskNotFulfilledError):
        return str(excinfo.value)
    return pytest.Item.repr_failure(item, excinfo, style)
