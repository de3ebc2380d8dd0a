"""What flows through a PromQL expression: labels, their values, kinds and units; and what is wrong with it."""
