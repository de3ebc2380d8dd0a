"""OTLP over gRPC, on grpcio alone: the messages are encoded already."""

from typing import Any
from urllib.parse import urlsplit

from watchbill.errors import MissingExtra
from watchbill.traces.transport import NotTaken, Settings

_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_TEMPORARY = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)


class OverGrpc:
    """Calls one collector; the channel is made at the first call, so that a server may fork before. MissingExtra."""

    def __init__(self, endpoint: str, settings: Settings) -> None:
        try:
            import grpc
        except ImportError as error:
            raise MissingExtra(needed_by="sending spans by gRPC", distribution="grpcio", extra="otlp-grpc") from error
        self._grpc: Any = grpc
        parts = urlsplit(endpoint)
        self._target = parts.netloc
        self._secure = parts.scheme == "https"
        self._settings = settings
        self._channel: Any = None
        self._call: Any = None

    def send(self, body: bytes, seconds: float) -> None:
        """Calls Export; raises NotTaken."""
        if self._channel is None:
            self._open()
        metadata = tuple((name.lower(), text) for name, text in self._settings.headers.items())
        try:
            self._call(body, timeout=seconds, metadata=metadata)
        except self._grpc.RpcError as error:
            code: str = error.code().name
            raise NotTaken(f"answered {code}: {error.details()}", temporary=code in _TEMPORARY) from None
        except ValueError as error:
            # grpcio's word for a channel that was closed meanwhile.
            raise NotTaken(str(error), temporary=False) from None

    def close(self) -> None:
        """Closes the channel."""
        if self._channel is not None:
            self._channel.close()

    def interrupt(self) -> None:
        """Closing ends a call under way."""
        self.close()

    def _open(self) -> None:
        grpc, settings = self._grpc, self._settings
        compression = grpc.Compression.Gzip if settings.compressed else grpc.Compression.NoCompression
        if self._secure:
            files = (settings.certificate, settings.client_key, settings.client_certificate)
            credentials = grpc.ssl_channel_credentials(*(file.read_bytes() if file else None for file in files))
            self._channel = grpc.secure_channel(self._target, credentials, compression=compression)
        else:
            self._channel = grpc.insecure_channel(self._target, compression=compression)
        self._call = self._channel.unary_unary(_METHOD)
