"""Steps of pipelines, and batch jobs."""
