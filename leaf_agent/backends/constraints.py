"""Every constraint as one EBNF grammar, in the notation of xgrammar: `root ::= ...`.

JSON schemas are written out here, and not by the decoder's own translation, because that one lets digits, letters
and blanks repeat without end, which is what a small model then does. Form and types only: `minimum`, `pattern` and
the like are passed over on purpose (DESIGN §5), limits are checked afterwards and answered.
"""

from __future__ import annotations

import json
from typing import Any

from leaf_agent.backends.base import Choice, Constraint, Grammar
from leaf_agent.backends.errors import BackendError

STRING_LETTERS = 200
LIST_ITEMS = 20
_NUMBER = '"-"? ("0" | [1-9] [0-9]{0,8})'
_FIXED = {
    "integer": _NUMBER,
    "number": f'{_NUMBER} ("." [0-9]{{1,6}})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
}
# A letter of a JSON string: not a quote, a backslash or a control character, unless escaped.
_LETTER = 'letter ::= [^"\\\\\\x00-\\x1F] | "\\\\" ["\\\\/bfnrt]\n'


def constraint_ebnf(constraint: Constraint) -> str:
    """Return the grammar of the texts that fit a constraint.

    Raises:
        BackendError: a choice without options, or a JSON schema of a kind that is not supported.
    """
    if isinstance(constraint, Grammar):
        return constraint.ebnf
    if isinstance(constraint, Choice):
        if not constraint.options:
            raise BackendError("a Choice has no options; it needs at least one")
        return f"root ::= {_any_text(constraint.options)}\n"
    rules: list[str] = []
    body = _value(constraint.schema, rules, "root")
    return f"root ::= {body}\n{''.join(rules)}{_LETTER}"


def _value(schema: dict[str, Any], rules: list[str], path: str) -> str:
    """Return the right-hand side for a schema; rules that it needs are appended, named after `path`."""
    if "enum" in schema or "const" in schema:
        options = schema["enum"] if "enum" in schema else [schema["const"]]
        return _any_text([json.dumps(option, ensure_ascii=False) for option in options])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return _any_of(options, rules, path)
    kind = schema.get("type")
    if isinstance(kind, list):
        return _any_of([{**schema, "type": one} for one in kind], rules, path)
    if kind in _FIXED:
        return f"({_FIXED[kind]})"
    if kind == "string":
        most = schema.get("maxLength", STRING_LETTERS)
        rule = f'string{most} ::= "\\"" letter{{0,{most}}} "\\""\n'
        if rule not in rules:  # one for all strings of a schema: a decoder prepares each of its letters once
            rules.append(rule)
        return f"string{most}"
    if kind == "array":
        rules.append(f"{path}-item ::= {_value(schema.get('items', {}), rules, f'{path}-item')}\n")
        more = max(1, schema.get("maxItems", LIST_ITEMS)) - 1
        return f'"[" ({path}-item ("," " "? {path}-item){{0,{more}}})? "]"'
    if kind == "object":
        return _object(schema, rules, path)
    raise BackendError(
        f"JSON schema {json.dumps(schema)[:80]} at '{path}' is not supported; "
        "use object, array, string, integer, number, boolean, null, enum, const, anyOf"
    )


def _any_of(options: list[dict[str, Any]], rules: list[str], path: str) -> str:
    parts = [_value(option, rules, f"{path}-{number}") for number, option in enumerate(options)]
    return f"({' | '.join(parts)})"


def _object(schema: dict[str, Any], rules: list[str], path: str) -> str:
    """Properties come in the schema's order; one that is not required may be left out."""
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    # From the last property to the first, `after` is what may follow a property and `start` what may open the object.
    after, start = f"{path}-end", f"{path}-end"
    rules.append(f'{path}-end ::= "}}"\n')
    for number, (name, inner) in reversed(list(enumerate(properties.items()))):
        member = f"{path}-p{number}"
        rules.append(f'{member} ::= {_text(json.dumps(name))} ":" " "? {_value(inner, rules, member)}\n')
        opening, following = f"{member} {after}", f'"," " "? {member} {after}'
        if name not in required:
            opening, following = f"{opening} | {start}", f"{following} | {after}"
        rules.append(f"{path}-a{number} ::= {following}\n")
        rules.append(f"{path}-s{number} ::= {opening}\n")
        after, start = f"{path}-a{number}", f"{path}-s{number}"
    return f'"{{" {start}'


def _any_text(texts: list[str] | tuple[str, ...]) -> str:
    return f"({' | '.join(_text(text) for text in texts)})"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
