"""What a stack says about metrics, checked against what the metrics are."""
