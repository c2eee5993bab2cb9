"""What a task document must keep to, beyond its form: every name in it names something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.conditions import as_number, parse_condition
from scenarios.document import clip
from scenarios.goals import Asked, Called, Compared, FromResult, Kpi, Order, Refused, Reported, Seen, State
from scenarios.naming import behind, form_rule, nearest, possible, record_fields, truth_rule, unknown
from scenarios.parameters import Choice, Pick, ToolFact
from scenarios.rendering import ERROR, FORMS, USER, placeholders
from scenarios.steps import AnyStep, Ask, Call, Say, Until, When, walk
from scenarios.task import REPLY, TaskTemplate
from scenarios.world import config_rules
from tools_api.spec import ToolSpec


def broken_rules(task: TaskTemplate, specs: Iterable[ToolSpec], slots: Collection[str]) -> list[str]:
    """List all rules that a task breaks, each as `path: what is wrong; remedy`. An empty list means none."""
    return list(_Rules(task, {spec.name: spec for spec in specs}, frozenset(slots)).broken())


@dataclass(slots=True)
class _Known:
    """What a step may refer to: outputs saved so far (name to tool) and whether an error is at hand."""

    saved: dict[str, str] = field(default_factory=dict)
    error: bool = False


@dataclass(frozen=True, slots=True)
class _Rules:
    task: TaskTemplate
    specs: Mapping[str, ToolSpec]
    slots: frozenset[str]

    def broken(self) -> Iterator[str]:
        yield from self._parameters()
        yield from self._world()
        yield from self._wordings()
        for slot in self.task.user.knows:
            if slot not in self.slots:
                yield f"user.knows.{slot}: {unknown('slot', slot, self.slots)}"
        yield from self._names("user", self.task.user.model_dump())
        yield from self._changes()
        for slot in self.task.user.torn:
            if slot not in self._asked_for():
                yield f"user.torn: the reference never uses {{user.{slot}}}, so nobody needs to settle it"
        yield from self._steps("reference", self.task.reference, _Known())
        yield from self._steps("revised", self.task.revised, _Known())
        for place, check in enumerate(self.task.checks):
            path = f"checks.{place}"
            yield from self._names(path, check.model_dump())
            yield from self._check(path, check)

    def _changes(self) -> Iterator[str]:
        changes = self.task.user.changes
        if (changes is None) != (not self.task.revised):
            yield "revised: a change of mind (user.changes) and what is to be done then (revised) go together"
        if changes is None:
            return
        if changes.after != REPLY:
            yield from self._tool("user.changes.after", changes.after, {}, whole=False)
        for split in self.task.wordings:
            if not changes.says.get(split):
                yield f"user.changes.says: there are wordings for {split}, but no words for the change of mind"

    def _names(self, path: str, value: Any, known: _Known | None = None) -> Iterator[str]:
        """Check every placeholder in a value; those that wait for the episode need `known`."""
        for found in placeholders(value):
            if found.form is not None and found.form not in FORMS:
                yield f"{path}: {form_rule(found.form)}"
            if not found.waits:
                if found.name not in self.task.parameters:
                    yield f"{path}: {unknown('parameter', found.name, self.task.parameters)}"
                elif found.form in ("word", "ordinal"):
                    yield from self._countable(path, found.name, found.form)
            elif known is None:
                yield f"{path}: {{{found.name}{'.' + found.field if found.field else ''}}} is not known here"
            elif found.name == ERROR and found.field is None:
                if not known.error:
                    yield f"{path}: {{error}} is known only in if_error"
            elif found.name == USER:
                if found.field not in self.task.user.knows:
                    yield f"{path}: the user does not know {found.field!r}; add it to user.knows"
            else:
                yield from self._field(path, f"{found.name}.{found.field}", known)

    def _countable(self, path: str, name: str, form: str) -> Iterator[str]:
        parameter = self.task.parameters[name]
        values = () if isinstance(parameter, Pick) else possible(parameter)
        odd = [value for value in values if as_number(value) is None and not list(placeholders(value))]
        if odd:
            yield f"{path}: {{{name}:{form}}} needs a number, and {name!r} may be {clip(str(odd[0]))!r}"

    def _field(self, path: str, name: str, known: _Known) -> Iterator[str]:
        saved, _, wanted = name.partition(".")
        if saved not in known.saved:
            yield f"{path}: {unknown('saved output', saved, known.saved)}"
        else:
            yield from self._returns(path, known.saved[saved], wanted)

    def _returns(self, path: str, tool: str, wanted: str) -> Iterator[str]:
        spec = self.specs.get(tool)
        if spec is not None and wanted not in spec.returns:
            yield f"{path}: {tool} does not tell {wanted!r}; {nearest(wanted, spec.returns)}"

    def _tool(self, path: str, tool: str, arguments: Mapping[str, Any], *, whole: bool) -> Iterator[str]:
        spec = self.specs.get(tool)
        if spec is None:
            yield f"{path}: {unknown('tool', tool, self.specs)}"
            return
        names = [parameter.name for parameter in spec.parameters]
        for name in arguments:
            if name not in names:
                yield f"{path}.arguments{behind(name)}: {tool} takes no such argument; {nearest(name, names)}"
        if whole:
            for parameter in spec.parameters:
                if parameter.required and parameter.name not in arguments:
                    yield f"{path}.arguments: {tool} needs {parameter.name!r}"

    def _parameters(self) -> Iterator[str]:
        before: list[str] = []
        for name, parameter in self.task.parameters.items():
            path = f"parameters.{name}"
            if name in (ERROR, USER):
                yield f"{path}: the name {name!r} has a meaning of its own; choose another"
            excluded = parameter.excluded
            for other in (excluded,) if isinstance(excluded, str) else excluded:
                if other not in before:
                    yield f"{path}.not: {unknown('earlier parameter', other, before)}"
            for part, value in parameter.model_dump().items():
                for found in placeholders(value):
                    # Only what must be so of a value can speak of that value.
                    if found.name not in before and not (part == "only" and found.name == name):
                        yield f"{path}.{part}: {unknown('earlier parameter', found.name, before)}"
                    elif found.form not in (None, *FORMS):
                        yield f"{path}.{part}: {form_rule(found.form)}"
            if isinstance(parameter, Pick):
                source = parameter.pick
                yield from self._tool(f"{path}.pick", source.tool, source.arguments, whole=True)
                if source.tool in self.specs:
                    fields = record_fields(self.specs[source.tool], source.records)
                    for part in source.where.split(" and ") if source.where else ():
                        wanted = parse_condition(part).left
                        if wanted not in fields and not list(placeholders(wanted)):
                            yield f"{path}.pick.where: {unknown('field of a record', wanted, fields)}"
                    if source.field not in fields:
                        yield f"{path}.pick: {source.tool} has no records {source.records!r} with {source.field!r}"
            elif parameter.not_tool is not None:
                yield from self._fact(f"{path}.not_tool", parameter.not_tool)
            if isinstance(parameter, Choice) and parameter.only is not None:
                yield from self._tool(f"{path}.only", parameter.only.tool, parameter.only.arguments, whole=True)
                wanted = parse_condition(parameter.only.where).left
                yield from self._returns(f"{path}.only", parameter.only.tool, wanted)
            for value in parameter.say:
                if not isinstance(parameter, Pick) and value not in possible(parameter):
                    yield f"{path}.say: {clip(repr(value))} is not among the values"
            before.append(name)

    def _fact(self, path: str, fact: ToolFact) -> Iterator[str]:
        yield from self._tool(path, fact.tool, fact.arguments, whole=True)
        yield from self._returns(path, fact.tool, fact.field)

    def _world(self) -> Iterator[str]:
        world = self.task.world
        yield from config_rules(self.task.scenario, world.config)
        for place, fault in enumerate(world.faults):
            yield from self._names(f"world.faults.{place}", fault.model_dump())
            yield from truth_rule(f"world.faults.{place}.when", fault.when)
        for place, command in enumerate(world.commands):
            path = f"world.commands.{place}"
            yield from self._names(path, command.model_dump())
            yield from truth_rule(f"{path}.when", command.when)
            yield from self._tool(path, command.tool, command.arguments, whole=True)
            if command.tool in self.specs and not self.specs[command.tool].mutates:
                yield f"{path}: {command.tool} only reads; a command acts"

    def _wordings(self) -> Iterator[str]:
        # What the user is to be asked for must not stand in the request.
        told = self._asked_for()
        hidden = {
            found.name: slot
            for slot, value in self.task.user.knows.items()
            if slot in told and slot not in self.task.user.torn
            for found in placeholders(value)
        }
        torn = {
            found.name: slot for slot in self.task.user.torn for found in placeholders(self.task.user.knows.get(slot))
        }
        for split, wordings in self.task.wordings.items():
            for place, wording in enumerate(wordings):
                path = f"wordings.{split}.{place}"
                yield from self._names(path, wording)
                named = {found.name for found in placeholders(wording)}
                for name, slot in torn.items():
                    if name not in named or len(named) < 2:
                        yield f"{path}: a request that is torn about {slot!r} names {{{name}}} and another value"
                for found in placeholders(wording):
                    if found.name in hidden:
                        yield f"{path}: tells {{{found.name}}}, but the reference asks for {hidden[found.name]!r}"
            doubled = {wording for wording in wordings if wordings.count(wording) > 1}
            if doubled:
                yield f"wordings.{split}: {sorted(doubled)[0]!r} stands there twice"

    def _asked_for(self) -> set[str]:
        """Give the slots that the reference takes from the user."""
        steps = [*walk(self.task.reference), *walk(self.task.revised)]
        slots = {found.field for found in placeholders([step.model_dump() for step in steps]) if found.name == USER}
        return {slot for slot in slots if slot} | {step.ask for step in steps if isinstance(step, Ask)}

    def _steps(self, path: str, steps: tuple[AnyStep, ...], known: _Known) -> Iterator[str]:
        for place, step in enumerate(steps):
            here = f"{path}.{place}"
            if isinstance(step, When) and place == 0:
                yield f"{here}: a when must follow a call, an ask or a say in the same list"
            yield from self._step(here, step, known)

    def _step(self, path: str, step: AnyStep, known: _Known) -> Iterator[str]:
        if isinstance(step, Call | Until):
            yield from self._tool(path, step.call, step.arguments, whole=True)
            yield from self._names(f"{path}.arguments", step.arguments, known)
            yield from self._names(f"{path}.do", step.do)
            if step.save is not None:
                if step.save in (*self.task.parameters, ERROR, USER):
                    yield f"{path}.save: {step.save!r} is taken; choose another name"
                known.saved[step.save] = step.call
        if isinstance(step, Call):
            yield from self._steps(f"{path}.if_error", step.if_error, _Known(dict(known.saved), error=True))
        elif isinstance(step, Until | When):
            text = step.until if isinstance(step, Until) else step.when
            yield from self._names(path, text)
            condition = parse_condition(text)
            yield from self._field(path, condition.left, known)
            if "." in condition.right and condition.right.partition(".")[0] in known.saved:
                yield from self._field(path, condition.right, known)
            names = ("then", "otherwise" if isinstance(step, Until) else "else")
            for name, branch in zip(names, (step.then, step.otherwise), strict=True):
                yield from self._steps(f"{path}.{name}", branch, _Known(dict(known.saved), known.error))
        elif isinstance(step, Ask):
            if step.ask not in self.task.user.knows:
                yield f"{path}.ask: the user does not know {step.ask!r}; add it to user.knows"
            yield from self._names(path, [step.do, step.texts])
        elif isinstance(step, Say):
            yield from self._names(f"{path}.say", step.say)
            yield from self._names(f"{path}.texts", step.texts, known)
            for fact in step.facts:
                if fact == ERROR:
                    if not known.error:
                        yield f"{path}.facts: error is known only in if_error"
                else:
                    yield from self._field(f"{path}.facts", fact, known)

    def _check(self, path: str, check: Any) -> Iterator[str]:
        if not isinstance(check.when, Seen):
            yield from truth_rule(f"{path}.when", check.when)
        seen, place = check.when, f"{path}.when"
        while isinstance(seen, Seen):
            yield from self._tool(place, seen.tool, seen.arguments, whole=True)
            yield from self._returns(place, seen.tool, parse_condition(seen.where).left)
            seen, place = seen.also, f"{place}.also"
        arguments = getattr(check, "arguments", {})
        given = f"{path}.arguments"
        if isinstance(check, Reported):
            arguments, given = check.fact.arguments, f"{path}.fact.arguments"
        for name, value in arguments.items():
            if isinstance(value, FromResult):
                yield from self._tool(f"{given}{behind(name)}", value.tool, {}, whole=False)
                yield from self._returns(f"{given}{behind(name)}", value.tool, value.field)
        if isinstance(check, State | Kpi):
            yield from self._tool(path, check.tool, arguments, whole=True)
            if check.tool in self.specs and self.specs[check.tool].mutates:
                yield f"{path}: {check.tool} acts; a {check.kind} check reads"
            wanted = check.field
            if isinstance(check, State) and check.where is not None:
                wanted = parse_condition(check.where).left
            yield from self._returns(path, check.tool, wanted or "")
        elif isinstance(check, Called | Refused):
            yield from self._tool(path, check.tool, arguments, whole=False)
        elif isinstance(check, Order):
            for tool in check.tools:
                yield from self._tool(path, tool, {}, whole=False)
        elif isinstance(check, Reported):
            fact = check.fact
            yield from self._tool(f"{path}.fact", fact.tool, fact.arguments, whole=False)
            yield from self._returns(f"{path}.fact", fact.tool, fact.field)
        elif isinstance(check, Compared):
            for number, rival in enumerate(check.among):
                yield from self._fact(f"{path}.among.{number}", rival)
        elif isinstance(check, Asked) and check.slot not in self._asked_for():
            yield f"{path}.slot: the reference never uses {{user.{check.slot}}}, so nobody needs to ask for it"
