"""Context functions (DMN 1.5 §10.3.4.9)."""

from __future__ import annotations

from pathways.feel.builtins.registry import Functions
from pathways.feel.run import Run
from pathways.feel.values import NoValue, Value

FUNCTIONS = Functions()


@FUNCTIONS.define("get value(m: context, key: string)", "get value(context: context, key: string)")
def get_value(context: dict[str, Value], key: str) -> Value:
    """The entry of that name."""
    if key not in context:
        raise NoValue("get value: the context has no such entry")
    return context[key]


@FUNCTIONS.define("get value(context: context, keys: list<string>)")
def get_value_at(context: dict[str, Value], keys: list[str]) -> Value:
    """The entry at the end of the path (an addition of Camunda 8)."""
    value: Value = context
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            raise NoValue("get value: the context has no such entry")
        value = value[key]
    return value


@FUNCTIONS.define("get entries(m: context)", "get entries(context: context)")
def get_entries(context: dict[str, Value]) -> Value:
    """A list of contexts with `key` and `value`."""
    return [{"key": key, "value": value} for key, value in context.items()]


@FUNCTIONS.define("context(entries: list<context>)")
def context_of_entries(entries: list[dict[str, Value] | None]) -> Value:
    """The context of a list of contexts with `key` and `value`."""
    result: dict[str, Value] = {}
    for entry in entries:
        key = entry.get("key") if entry else None
        if entry is None or not isinstance(key, str) or "value" not in entry or key in result:
            raise NoValue("context: every entry needs a key of its own and a value")
        result[key] = entry["value"]
    return result


@FUNCTIONS.define("context put(context: context, key: string, value: Any)")
def context_put(context: dict[str, Value], key: str, value: Value) -> Value:
    """The context with one entry added or replaced."""
    return {**context, key: value}


@FUNCTIONS.define("context put(context: context, keys: list<string>, value: Any)")
def context_put_at(context: dict[str, Value], keys: list[str | None], value: Value) -> Value:
    """The context with the entry at the end of the path added or replaced."""
    key = keys[0] if keys else None
    if key is None:
        raise NoValue("context put: the path is empty")
    if len(keys) == 1:
        return {**context, key: value}
    inner = context.get(key)
    if not isinstance(inner, dict):
        raise NoValue("context put: the path leads through what is no context")
    return {**context, key: context_put_at(inner, keys[1:], value)}


@FUNCTIONS.define("context merge(contexts: list<context>)", needs_run=True)
def context_merge(run: Run, contexts: list[dict[str, Value] | None]) -> Value:
    """One context with the entries of all; later ones win."""
    run.weigh(*contexts)
    result: dict[str, Value] = {}
    for context in contexts:
        if context is None:
            raise NoValue("context merge: one of the contexts is null")
        result |= context
    return result
