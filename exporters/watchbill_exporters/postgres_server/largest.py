"""The rows of several databases that count most, where all of them would be too many series."""

from math import inf

from watchbill_exporters.postgres_server.table import Table


def largest(table: Table, column: str, most: int) -> Table:
    """At most so many rows, in their order: those with the highest numbers in a column, NULL last."""
    if len(table) <= most:
        return table
    numbers = [-inf if number is None else number for number in table.numbers(column)]
    kept = set(sorted(range(len(table)), key=lambda row: numbers[row], reverse=True)[:most])
    return table.where([row in kept for row in range(len(table))])
