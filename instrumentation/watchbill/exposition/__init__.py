"""How metrics leave the process."""

from watchbill.exposition.encode import OPENMETRICS, TEXT, encode, negotiated
from watchbill.exposition.family import Family, Sample, client_families

__all__ = ["OPENMETRICS", "TEXT", "Family", "Sample", "client_families", "encode", "negotiated"]
