"""How metrics leave the process."""

from watchbill.exposition.access import Access
from watchbill.exposition.certificate import Certificate
from watchbill.exposition.encode import OPENMETRICS, TEXT, encode, negotiated
from watchbill.exposition.family import Family, Sample, client_families

__all__ = [
    "OPENMETRICS",
    "TEXT",
    "Access",
    "Certificate",
    "Family",
    "Sample",
    "client_families",
    "encode",
    "negotiated",
]
