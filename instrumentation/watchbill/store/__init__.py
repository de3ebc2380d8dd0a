"""Where the numbers of metrics are kept: plain doubles in one piece of memory, which several processes may share."""
