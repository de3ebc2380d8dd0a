"""What an HTTP server says about the compression of its answers."""

from watchbill.catalogue.buckets import COMPRESSION_SECONDS
from watchbill.catalogue.label import Label
from watchbill.catalogue.metric import Counter, Histogram
from watchbill.catalogue.unit import Unit

UNCOMPRESSED = "none"
OTHER_ALGORITHM = "_other"

ALGORITHM = Label(
    name="algorithm",
    help="The content encoding put on the answer; none where it was left alone.",
    values=("gzip", "br", "zstd", "deflate", OTHER_ALGORITHM, UNCOMPRESSED),
)
OUTCOME = Label(
    name="outcome",
    help="Whether the answer was compressed, or why not: under the smallest size, no encoding that the client accepts, "
    "encoded before, an event stream, a content type that is left out, another reason.",
    values=("compressed", "too_small", "not_accepted", "already_encoded", "event_stream", "content_type", "other"),
)

COMPRESSION_RESPONSES = Counter(
    name="http_compression_responses_total",
    help="Answers with a body that went through a compressing middleware.",
    unit=Unit.REQUESTS,
    labels=(ALGORITHM, OUTCOME),
)
COMPRESSION_INPUT = Counter(
    name="http_compression_input_bytes_total",
    help="Bytes of bodies before they were compressed.",
    unit=Unit.BYTES,
    labels=(ALGORITHM,),
)
COMPRESSION_OUTPUT = Counter(
    name="http_compression_output_bytes_total",
    help="Bytes of the same bodies after they were compressed.",
    unit=Unit.BYTES,
    labels=(ALGORITHM,),
)
COMPRESSION_DURATION = Histogram(
    name="http_compression_duration_seconds",
    help="Time an answer spent in the compressing middleware, waiting for its thread included.",
    unit=Unit.SECONDS,
    labels=(ALGORITHM,),
    buckets=COMPRESSION_SECONDS,
)
