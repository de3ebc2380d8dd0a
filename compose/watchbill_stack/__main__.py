"""`python -m watchbill_stack` is the command `watchbill`."""

from watchbill_stack.cli import main

main()
