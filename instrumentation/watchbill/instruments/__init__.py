"""What an application holds of its own metrics: a counter to increase, a gauge to set, a histogram to observe with."""
