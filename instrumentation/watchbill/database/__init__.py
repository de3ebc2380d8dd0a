"""Queries, transactions and pools: one vocabulary for SQLAlchemy, asyncpg and psycopg."""
