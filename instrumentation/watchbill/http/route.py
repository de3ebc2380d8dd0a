"""The route's template of a request, from what the router left in its scope.

FastAPI 0.137 and later keeps the effective route (prefixes of `include_router` applied) in the scope; Starlette keeps
the matched route; both keep the endpoint, which is always that of the innermost match. A table from these objects
to the full template makes the look-up independent of the number of routes.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from watchbill.asgi import Scope
from watchbill.catalogue.http import UNMATCHED_ROUTE

_LARGEST_TABLE = 10_000
_DEEPEST_NESTING = 20
_MOUNTED = "/{path}"
_ANYTHING = "/{path:path}"
_CONVERTOR = re.compile(r"{([a-zA-Z_][a-zA-Z0-9_]*)(:[a-zA-Z_][a-zA-Z0-9_]*)?}")


class Leaf(NamedTuple):
    """A place where a request can end: the objects the router leaves in the scope, and the whole path as declared."""

    template: str
    declared: str
    endpoint: object
    route: object


class RouteTable:
    """Templates of one application, learnt as requests arrive, so that routes may be added at any time."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._known: dict[tuple[int, int, int], tuple[str | None, tuple[object, ...]]] = {}

    def template(self, scope: Scope, root_path: str = "") -> str:
        """The template under which the request was answered, without `root_path`, which the proxy put before it."""
        endpoint = scope.get("endpoint")
        own: Any = scope.get("fastapi")
        if endpoint is None:
            return UNMATCHED_ROUTE if own is None else _frontend(scope, own, root_path)
        context = None if own is None else own.get("effective_route_context")
        route = scope.get("route")
        key = (id(endpoint), id(context), id(route))
        known = self._known.get(key)
        if known is None:
            known = self._learn(key, endpoint, context, route)
        return known[0] or self._by_path(scope, root_path, endpoint, context, route)

    def declares(self, path: str) -> bool:
        """Whether a route or mount of the application itself stands at this path."""
        return any(leaf.declared in {path, path + _ANYTHING} for leaf in self.leaves())

    def leaves(self) -> tuple[Leaf, ...]:
        """Every place where a request can end, in the order of declaration."""
        return tuple(_leaves(_routes(self._app)))

    def _learn(
        self, key: tuple[int, int, int], endpoint: object, context: object, route: object
    ) -> tuple[str | None, tuple[object, ...]]:
        templates = {leaf.template for leaf in self._candidates(endpoint, context, route)}
        if not templates and not any(leaf.declared.endswith(_ANYTHING) for leaf in self.leaves()):
            templates = {_own_template(endpoint, context, route)}
        if len(self._known) >= _LARGEST_TABLE:
            self._known.clear()
        # The objects are kept with the entry: an id is only unique while its object lives.
        entry = (templates.pop() if len(templates) == 1 else None, (endpoint, context, route))
        self._known[key] = entry
        return entry

    def _candidates(self, endpoint: object, context: object, route: object) -> list[Leaf]:
        found = [leaf for leaf in _leaves(_routes(self._app)) if leaf.endpoint is endpoint]
        exact = [leaf for leaf in found if leaf.route is route or leaf.route is context]
        return exact or found

    def _by_path(self, scope: Scope, root_path: str, endpoint: object, context: object, route: object) -> str:
        """One endpoint under several templates (an application mounted twice): the path decides."""
        path = _path(scope, root_path)
        candidates = self._candidates(endpoint, context, route)
        if not candidates:
            return self._hidden(path, _own_template(endpoint, context, route))
        return next((leaf.template for leaf in candidates if _matches(leaf, path)), candidates[0].template)

    def _hidden(self, path: str, own: str) -> str:
        """A route of an application that shows none: the template it knows itself, behind that of its mount."""
        mounts = [leaf for leaf in self.leaves() if leaf.declared.endswith(_ANYTHING) and _matches(leaf, path)]
        if not mounts:
            return own
        innermost = max(mounts, key=lambda leaf: leaf.declared.count("/")).template
        return innermost if own == UNMATCHED_ROUTE else innermost.removesuffix(_MOUNTED) + own


def _path(scope: Scope, root_path: str) -> str:
    path = str(scope["path"])
    return path[len(root_path) :] if root_path and path.startswith(root_path) else path


def _frontend(scope: Scope, own: Any, root_path: str) -> str:
    """The files of `app.frontend("/ui", …)`, for which FastAPI keeps no route: what stands before the file's path."""
    file, path = own.get("frontend_path"), _path(scope, root_path)
    if file is None or "app_root_path" in scope or not path.endswith(file):
        return UNMATCHED_ROUTE
    return path.removesuffix(file).rstrip("/") + _MOUNTED


def _own_template(endpoint: object, context: Any, route: Any) -> str:
    """For a route hidden inside an application that shows no routes: the template it knows itself."""
    if context is not None and getattr(context, "original_route", None) is route:
        return str(context.path_format)
    if getattr(route, "endpoint", None) is endpoint or getattr(route, "app", None) is endpoint:
        return str(getattr(route, "path_format", UNMATCHED_ROUTE))
    return UNMATCHED_ROUTE


def _routes(app: Any) -> Sequence[Any]:
    """The routes of an application, through any middlewares wrapped around it."""
    for _ in range(_DEEPEST_NESTING):
        routes = getattr(app, "routes", None)
        if isinstance(routes, Sequence):
            return list(routes)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  any list
        app = getattr(app, "app", None)
    return ()


def _leaves(routes: Sequence[Any], before: str = "", declared: str = "", depth: int = 0) -> Iterator[Leaf]:
    if depth > _DEEPEST_NESTING:
        return
    for route in routes:
        contexts = getattr(route, "effective_route_contexts", None)
        if contexts is None:
            yield from _leaves_of(route, route, before, declared, depth)
            continue
        for context in contexts():
            # A plain route or mount inside an included router has a copy that carries the prefix.
            yield from _leaves_of(context.starlette_route or context, context, before, declared, depth)


def _leaves_of(route: Any, identity: object, before: str, declared: str, depth: int) -> Iterator[Leaf]:
    template = before + getattr(route, "path_format", "")
    path = declared + getattr(route, "path", "")
    endpoint = getattr(route, "endpoint", None)
    if endpoint is not None:
        yield Leaf(template, path, endpoint, identity)
        return
    app = getattr(route, "app", None)
    if app is None:
        return
    if hasattr(route, "host"):
        yield Leaf(UNMATCHED_ROUTE, path, app, identity)
    else:
        yield Leaf(template, path + _ANYTHING, app, identity)
    yield from _leaves(getattr(route, "routes", None) or _routes(app), template.removesuffix(_MOUNTED), path, depth + 1)


def _matches(leaf: Leaf, path: str) -> bool:
    return _pattern(leaf.declared).fullmatch(path) is not None


@lru_cache(_LARGEST_TABLE)
def _pattern(declared: str) -> re.Pattern[str]:
    """A declared path as the router itself compiles it, convertors registered by the application included."""
    from starlette.convertors import CONVERTOR_TYPES

    parts: list[str] = []
    end = 0
    for found in _CONVERTOR.finditer(declared):
        convertor = CONVERTOR_TYPES[(found[2] or ":str")[1:]]
        parts += [re.escape(declared[end : found.start()]), f"(?:{convertor.regex})"]
        end = found.end()
    return re.compile("".join([*parts, re.escape(declared[end:])]), re.DOTALL)
