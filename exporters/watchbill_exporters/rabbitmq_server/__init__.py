"""Reads RabbitMQ through its management listener."""
