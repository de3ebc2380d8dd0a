"""Reading a stack file: a Python file that holds one Stack."""

import runpy
import sys
import traceback
from pathlib import Path

from watchbill.errors import WatchbillError
from watchbill.problem import Place, Problem
from watchbill.stack import Stack


class WrongStack(WatchbillError):
    """A stack file has mistakes; `problems` holds all of them, by place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        listed = "\n".join(str(problem) for problem in problems)
        super().__init__(f"{listed}\n{len(problems)} mistake{'' if len(problems) == 1 else 's'}")


def load(path: Path) -> Stack:
    """The Stack of a stack file; raises WrongStack with every mistake found."""
    stack = _only_stack(path, _run(path))
    problems = stack.problems()
    if problems:
        raise WrongStack(problems)
    return stack


def _run(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise WrongStack((Problem(Place(str(path), 0), "there is no such file", "give the path of a stack file"),))
    # Last, so that nothing beside the stack file hides an installed module.
    sys.path.append(str(path.resolve().parent))
    try:
        return runpy.run_path(str(path), run_name="watchbill_stack_file")
    except SyntaxError as error:
        place = Place(error.filename or str(path), error.lineno or 0)
        raise WrongStack((Problem(place, f"no Python: {error.msg}", "mend the syntax"),)) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a stack file is user code and may raise anything
        problem = Problem(_place_in(path), f"{type(error).__name__}: {error}", "mend this line")
        raise WrongStack((problem,)) from None
    finally:
        sys.path.pop()


def _place_in(path: Path) -> Place:
    """The deepest line of the stack file itself in the exception being handled."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [frame for frame in frames if Path(frame.filename) == path] or list(frames)
    return Place(own[-1].filename, own[-1].lineno or 0)


def _only_stack(path: Path, names: dict[str, object]) -> Stack:
    stacks = {name: value for name, value in names.items() if isinstance(value, Stack)}
    if "stack" in stacks:
        return stacks["stack"]
    if len(stacks) == 1:
        return next(iter(stacks.values()))
    cause = f"the file holds {len(stacks)} stacks: {', '.join(stacks)}" if stacks else "the file holds no Stack"
    raise WrongStack((Problem(Place(str(path), 1), cause, "end the file with: stack = Stack(…)"),))
