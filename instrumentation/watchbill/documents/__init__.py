"""Documents about metrics: the reference for people, JSON for programs, and OpenTelemetry's registry."""
