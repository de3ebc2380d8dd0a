"""Pages that Watchbill answers itself, beside the application's routes: metrics, health."""

from watchbill.asgi import App, Scope


class Pages:
    """Which page answers at which path. A prefix that a proxy or server put before, `root_path`, does not matter.

    Requests for a page are not measured.
    """

    def __init__(self) -> None:
        self._exact: dict[str, App] = {}
        self._below: dict[str, App] = {}
        self._prefixes: tuple[str, ...] = ()

    def add(self, path: str, page: App) -> None:
        """A page at one path; what stood there is replaced."""
        self._exact[path] = page

    def add_below(self, prefix: str, page: App) -> None:
        """A page at every path that starts with `prefix` and a slash."""
        self._below[prefix.rstrip("/") + "/"] = page
        self._prefixes = tuple(self._below)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where pages are; one that answers everything below its path ends in `/…`."""
        exact = (path for path in self._exact if path not in self._below)
        return (*exact, *(prefix + "…" for prefix in self._below))

    def at(self, scope: Scope) -> App | None:
        """The page that answers this request."""
        path: str = scope["path"]
        page = self._exact.get(path)
        if page is not None:
            return page
        root_path = scope.get("root_path")
        if root_path and path.startswith(root_path):
            path = path[len(root_path) :]
            page = self._exact.get(path)
            if page is not None:
                return page
        return self._found_below(path) if path.startswith(self._prefixes) else None

    def _found_below(self, path: str) -> App | None:
        return next((page for prefix, page in self._below.items() if path.startswith(prefix)), None)
