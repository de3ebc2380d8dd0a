"""Queues: one vocabulary for Celery, arq, taskiq and home-made ones."""
