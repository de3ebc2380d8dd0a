"""Rule files and dashboards that Watchbill did not write, read and checked as its own are."""
