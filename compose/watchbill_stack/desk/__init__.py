"""The page of the native stack: dashboards from live data, runbooks, and the notification inbox."""
