"""Places and problems: where a mistake stands."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from watchbill import availability, latency, max_error_ratio, max_latency
from watchbill.dependency import Postgres, Redis
from watchbill.names import Names
from watchbill.objective import Latency
from watchbill.problem import Declared, Place, Problem
from watchbill.service import Service
from watchbill.team import Team

HERE = Path(__file__)


def line_of(marker: str) -> int:
    """The number of the only line that ends in a marker comment."""
    (line,) = [number for number, line in enumerate(HERE.read_text().splitlines(), 1) if line.endswith(f"# {marker}")]
    return line


def test_a_declaration_knows_the_line_that_declared_it() -> None:
    declared = Redis("cache")  # here: redis

    assert declared.place == Place(str(HERE), line_of("here: redis"))


def test_the_place_is_the_users_line_even_through_functions_of_ours() -> None:
    declared = [
        availability(99.9),  # here: availability
        latency(0.5, 95),  # here: latency
        max_error_ratio(0.01),  # here: error ratio
        max_latency(2.0),  # here: max latency
        Postgres("orders"),  # here: postgres
        Latency(availability(99.9).percent, seconds=1),  # here: constructor
    ]
    markers = ["availability", "latency", "error ratio", "max latency", "postgres", "constructor"]

    assert [one.place.line for one in declared] == [line_of(f"here: {marker}") for marker in markers]
    assert {one.place.file for one in declared} == {str(HERE)}


def test_of_a_declaration_over_several_lines_the_place_is_inside_it() -> None:
    service = Service(  # here: first line
        "shop",
        team=None,  # type: ignore[arg-type]  # the place is asked for, not the team
        names=Names(),
    )  # here: last line

    assert line_of("here: first line") <= service.place.line <= line_of("here: last line")


def test_a_users_own_function_is_a_place_of_the_users() -> None:
    def ours() -> Redis:
        return Redis("cache")  # here: inside

    assert ours().place.line == line_of("here: inside")


def test_in_a_script_the_place_is_the_scripts_line(tmp_path: Path) -> None:
    script = tmp_path / "stack.py"
    script.write_text("from watchbill import availability\n\n\nprint(availability(0).place)\n")

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)

    assert done.stdout == f"{script}:4\n"


def test_without_a_file_there_is_still_a_place() -> None:
    program = "from watchbill import availability; print(availability(0).place)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "<string>:1\n"


def test_a_problem_reads_place_cause_and_remedy() -> None:
    problem = Problem(Place("stack.py", 12), "the tier is 7", "use 1, 2 or 3")

    assert str(problem) == "stack.py:12: the tier is 7\n  remedy: use 1, 2 or 3"


def test_problems_sort_by_file_and_line() -> None:
    places = [Place("b.py", 1), Place("a.py", 10), Place("a.py", 9)]

    assert sorted(Problem(place, "c", "r").place for place in places) == [places[2], places[1], places[0]]


def test_the_place_counts_neither_for_equality_nor_in_the_representation() -> None:
    first = Redis("cache")
    second = Redis("cache")

    assert first == second
    assert first.place != second.place
    assert "place" not in repr(first)


def test_a_mistake_of_a_declared_object_stands_where_it_was_declared() -> None:
    declared = Declared()  # here: declared

    assert declared.problem("cause", "remedy") == Problem(
        Place(str(HERE), line_of("here: declared")), "cause", "remedy"
    )
    assert list(declared.problems()) == []


def test_a_subclass_of_a_users_own_keeps_the_users_line() -> None:
    class Mine(Redis):
        pass

    declared = Mine("cache")  # here: subclass

    assert declared.place.line == line_of("here: subclass")


def test_a_team_stands_at_its_own_line() -> None:
    team = Team("storefront", page=None, ticket=None)  # type: ignore[arg-type]  # here: team

    assert [problem.place.line for problem in team.problems()] == [line_of("here: team")] * 2


def made_here() -> Place:
    return Place.of_call()


def test_what_a_function_makes_for_its_caller_stands_on_the_callers_line() -> None:
    first, second = made_here(), made_here()
    third = made_here()

    assert first.file == __file__
    assert first == second
    assert third.line == first.line + 1


def test_the_place_of_an_object_is_the_line_that_constructs_it_whatever_its_constructors_call() -> None:
    @dataclass
    class Base:
        place: Place = field(default_factory=Place.of_maker)

    @dataclass
    class Derived(Base):
        other: Place = field(init=False)

        def __post_init__(self) -> None:
            self.other = Place.of_maker()

    made = Derived()
    assert made.place == made.other
    assert made.place.file == __file__
    assert Derived().place.line > made.place.line
