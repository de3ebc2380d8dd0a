"""One library per file: how Watchbill gets into it, and out again."""
