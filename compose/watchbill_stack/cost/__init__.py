"""What a stack costs: series, samples, bytes, and the reading that rules and dashboards do."""
