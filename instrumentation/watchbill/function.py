"""What kind of function a decorator was given."""

from inspect import isasyncgenfunction, isclass, iscoroutinefunction, isgeneratorfunction


def is_async(function: object) -> bool:
    """Whether calling it makes a coroutine; an object that can be called is as its class says."""
    kind = type(function)
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(kind, "__call__", None))  # noqa: B004  as said


def misfit(function: object, role: str, of_generators: str) -> str:
    """Why a thing cannot be decorated in a role, such as `task`; empty where it can."""
    kind = type(function)
    if kind in {staticmethod, classmethod}:
        return f"put @{kind.__name__} above this decorator, not under it"
    if isclass(function):
        return f"a class is no {role}; decorate a function or method"
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        return of_generators
    return "" if callable(function) else f"{kind.__name__} cannot be called; decorate a function"
