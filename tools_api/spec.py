"""What a tool is, told once: its name, parameters and answer, read from a function's signature and docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from tools_api.docstring import read_docstring

JsonType = Literal["integer", "number", "string", "boolean"]

DECODED_STRING_LENGTH = 40
"""Longest string that the decoding schema lets a model write; a small model repeats letters for ever without it."""

_TYPES: dict[type, JsonType] = {int: "integer", float: "number", str: "string", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class Unit:
    """Annotation: the unit of a number."""

    name: str


@dataclass(frozen=True, slots=True)
class Range:
    """Annotation: the least and greatest value that the plant accepts. The plant judges it, the toolbox does not."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Annotation: the names that the standard plant knows. The plant judges them, the toolbox does not."""

    names: tuple[str, ...]


class Parameter(BaseModel):
    """One argument of a tool.

    `choices` are the allowed values, if they are named; when `closed`, the toolbox itself refuses any other, else the
    plant judges. `minimum` and `maximum` are documentation: the plant judges them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: JsonType
    description: str
    required: bool = True
    default: int | float | str | bool | None = None
    unit: str | None = None
    choices: tuple[str, ...] = ()
    closed: bool = False
    minimum: int | float | None = None
    maximum: int | float | None = None

    def json_schema(self) -> dict[str, Any]:
        """Everything known about the argument, for people and for servers."""
        text = f"{self.description} [{self.unit}]" if self.unit else self.description
        schema: dict[str, Any] = {"type": self.type, "description": text}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.minimum is not None:
            schema["minimum"] = self.minimum
        if self.maximum is not None:
            schema["maximum"] = self.maximum
        if self.default is not None:
            schema["default"] = self.default
        return schema

    def decoding_schema(self) -> dict[str, Any]:
        """Form and type alone, or null: a limit here would bend a wrong value silently into a right-looking one."""
        if self.type == "string":
            return {"anyOf": [{"type": "string", "maxLength": DECODED_STRING_LENGTH}, {"type": "null"}]}
        return {"anyOf": [{"type": self.type}, {"type": "null"}]}


class ToolSpec(BaseModel):
    """A tool as an agent, a server or a reader of the documentation sees it.

    `returns` maps each field of a successful answer's data to what it is. `duration_s` is the plant time that a call
    takes; `duration_argument`, if any, names the argument that adds its own seconds to it, `duration_field` the field
    of a successful answer that adds its minutes. A field whose text begins with "only" may be left out of an answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    device: str
    mutates: bool
    duration_s: float
    parameters: tuple[Parameter, ...] = ()
    returns: Mapping[str, str] = {}
    duration_argument: str | None = None
    duration_field: str | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.description, self.parameters))

    @model_serializer(mode="wrap")
    def _dumped(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out `duration_field` where there is none: adapters know the tools they learned by a hash of this."""
        values: dict[str, Any] = dump(self)
        if self.duration_field is None:
            values.pop("duration_field", None)
        return values

    def fits(self, answer: Mapping[str, Any]) -> bool:
        """Whether an answer has the declared fields in order; it may lack those that are there "only" at times."""
        left_out = {name for name, text in self.returns.items() if text.startswith("only ") and name not in answer}
        return list(answer) == [name for name in self.returns if name not in left_out]

    def signature(self) -> str:
        """One line: `get_kpi(line: integer, hours: number = 4)`; a `?` marks an argument that may be left out."""
        return f"{self.name}({', '.join(_declaration(parameter) for parameter in self.parameters)})"

    def card(self) -> str:
        """Give the signature and what the tool does, on one line."""
        return f"{self.signature()}: {self.description}"

    def json_schema(self) -> dict[str, Any]:
        """JSON schema of the arguments with choices and limits, for documentation and servers."""
        return {
            "type": "object",
            "properties": {parameter.name: parameter.json_schema() for parameter in self.parameters},
            "required": [parameter.name for parameter in self.parameters if parameter.required],
            "additionalProperties": False,
        }

    def decoding_schema(self) -> dict[str, Any]:
        """JSON schema that a model writes under: every argument present in order, each of its type or null."""
        return {
            "type": "object",
            "properties": {parameter.name: parameter.decoding_schema() for parameter in self.parameters},
            "required": [parameter.name for parameter in self.parameters],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that works a plant, with its spec. Call it with the plant and checked arguments."""

    spec: ToolSpec
    function: Callable[..., dict[str, Any]]

    def __call__(self, twin: object, /, **arguments: Any) -> dict[str, Any]:
        """Work the plant; raises what the plant raises."""
        return self.function(twin, **arguments)


def tool(
    *,
    device: str,
    mutates: bool,
    duration_s: float,
    duration_argument: str | None = None,
    duration_field: str | None = None,
) -> Callable[[Callable[..., dict[str, Any]]], Tool]:
    """Make a tool of `f(twin, ...) -> dict`; the first parameter is the plant and no part of the spec."""

    def decorate(function: Callable[..., dict[str, Any]]) -> Tool:
        name, docstring = function.__name__, read_docstring(function.__doc__ or "")
        hints = get_type_hints(function, include_extras=True)
        arguments = list(inspect.signature(function).parameters.values())[1:]
        wanted, told = [argument.name for argument in arguments], list(docstring.arguments)
        if wanted != told:
            raise ValueError(f"tool {name!r} takes {wanted} but its docstring's Args are {told}; make them the same")
        if not docstring.description or not docstring.returns:
            raise ValueError(f"tool {name!r} needs a docstring with a description and Returns")
        spec = ToolSpec(
            name=name,
            description=docstring.description,
            device=device,
            mutates=mutates,
            duration_s=duration_s,
            parameters=tuple(
                _parameter(argument, hints[argument.name], docstring.arguments[argument.name]) for argument in arguments
            ),
            returns=docstring.returns,
            duration_argument=duration_argument,
            duration_field=duration_field,
        )
        timing = next((p for p in spec.parameters if p.name == duration_argument), None)
        if duration_argument is not None and (timing is None or timing.type != "number" or not timing.required):
            raise ValueError(f"duration_argument {duration_argument!r} is no required number of tool {name!r}")
        if duration_field is not None and (not duration_field.endswith("_min") or duration_field not in spec.returns):
            raise ValueError(f"duration_field {duration_field!r} is no answer in minutes (..._min) of tool {name!r}")
        return Tool(spec, function)

    return decorate


def _parameter(argument: inspect.Parameter, hint: Any, description: str) -> Parameter:
    kind, notes = _unwrap(hint)
    choices: tuple[str, ...] = ()
    closed = get_origin(kind) is Literal
    if closed:
        choices, kind = get_args(kind), str
    if kind not in _TYPES:
        raise TypeError(f"parameter {argument.name!r} has type {hint!r}; allowed: int, float, str, bool, Literal")
    fields: dict[str, Any] = {"choices": choices, "closed": closed}
    for note in notes:
        if isinstance(note, Unit):
            fields["unit"] = note.name
        elif isinstance(note, Range):
            fields |= {"minimum": note.minimum, "maximum": note.maximum}
        elif isinstance(note, Names):
            fields["choices"] = note.names
    required = argument.default is inspect.Parameter.empty
    return Parameter(
        name=argument.name,
        type=_TYPES[kind],
        description=description,
        required=required,
        default=None if required else argument.default,
        **fields,
    )


def _unwrap(hint: Any) -> tuple[Any, tuple[object, ...]]:
    """Strip Annotated and `| None` from a type, in whatever order they are nested; return the notes found."""
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        kind, more = _unwrap(inner)
        return kind, (*more, *notes)
    if get_origin(hint) in (Union, UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        if len(kinds) == 1:
            return _unwrap(kinds[0])
    return hint, ()


def _declaration(parameter: Parameter) -> str:
    if parameter.required:
        return f"{parameter.name}: {parameter.type}"
    if parameter.default is None:
        return f"{parameter.name}?: {parameter.type}"
    return f"{parameter.name}: {parameter.type} = {default_text(parameter)}"


def default_text(parameter: Parameter) -> str:
    """Write a parameter's default as JSON does, whole numbers without a point and words without quotes."""
    if isinstance(parameter.default, bool):
        return str(parameter.default).lower()
    return f"{parameter.default:g}" if isinstance(parameter.default, float) else str(parameter.default)
