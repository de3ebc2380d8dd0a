"""Pages that Watchbill answers itself, beside the application's routes: metrics, health."""

from watchbill.asgi import App


class Pages:
    """Which page answers at which path. A prefix that a proxy or server put before, `root_path`, does not matter.

    Requests for a page are not measured.
    """

    def __init__(self) -> None:
        self.exact: dict[str, App] = {}
        self._below: dict[str, App] = {}
        self.prefixes: tuple[str, ...] = ()

    def add(self, path: str, page: App) -> None:
        """A page at one path; what stood there is replaced."""
        self.exact[path] = page

    def add_below(self, prefix: str, page: App) -> None:
        """A page at every path that starts with `prefix` and a slash."""
        self._below[prefix.rstrip("/") + "/"] = page
        self.prefixes = tuple(self._below)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where pages are; one that answers everything below its path ends in `/…`."""
        exact = (path for path in self.exact if path not in self._below)
        return (*exact, *(prefix + "…" for prefix in self._below))

    def at(self, path: str, root_path: str = "") -> App | None:
        """The page that answers a request; none where the path is not in `exact` and starts with none of `prefixes`."""
        page = self.exact.get(path)
        if page is not None:
            return page
        if root_path and path.startswith(root_path):
            path = path[len(root_path) :]
            page = self.exact.get(path)
            if page is not None:
                return page
        return next((page for prefix, page in self._below.items() if path.startswith(prefix)), None)
