"""What kind of resource a response is: one of the values of RESOURCE_TYPE."""

from collections.abc import Mapping

_BY_EXTENSION: Mapping[str, str] = {
    extension: kind
    for kind, extensions in {
        "html": "html htm xhtml php asp aspx jsp",
        "script": "js mjs cjs wasm",
        "style": "css",
        "image": "avif bmp gif heic ico jpeg jpg jxl png svg tif tiff webp",
        "font": "eot otf ttf woff woff2",
        "media": "aac flac m3u8 m4a m4s m4v mkv mov mp3 mp4 mpd oga ogg ogv opus ts wav weba webm",
        "data": "csv geojson json jsonl map ndjson parquet pb rss xml yaml yml",
        "document": "doc docx epub md odp ods odt pdf ppt pptx rtf txt xls xlsx",
    }.items()
    for extension in extensions.split()
}
_BY_TYPE: Mapping[str, str] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/css": "style",
    "application/wasm": "script",
    "application/vnd.ms-fontobject": "font",
    "application/vnd.apple.mpegurl": "media",
    "application/x-mpegurl": "media",
    "application/dash+xml": "media",
    "application/ogg": "media",
    "application/pdf": "document",
    "application/rtf": "document",
    "application/msword": "document",
    "application/epub+zip": "document",
    "text/plain": "document",
    "text/markdown": "document",
    "text/csv": "data",
    "text/event-stream": "data",
    "application/x-ndjson": "data",
    "application/jsonl": "data",
    "application/grpc": "data",
    "application/x-protobuf": "data",
    "application/protobuf": "data",
    "application/yaml": "data",
}
_BY_MAJOR: Mapping[str, str] = {"image": "image", "font": "font", "audio": "media", "video": "media"}
_LONGEST_EXTENSION = 10


def resource_type(content_type: str, path: str) -> str:
    """By the content type; by the path's extension where there is none, as in a 304, or where it tells nothing."""
    mime = content_type.partition(";")[0].strip().lower()
    return _of_mime(mime) or _BY_EXTENSION.get(extension(path), "other")


def extension(path: str) -> str:
    """The last piece of a path after its dot, in lower case, without a query; empty where there is none."""
    name = path.partition("?")[0].rpartition("/")[2]
    _, dot, end = name.rpartition(".")
    return end.lower() if dot and len(end) <= _LONGEST_EXTENSION else ""


def _of_mime(mime: str) -> str | None:
    found = _BY_TYPE.get(mime) or _BY_MAJOR.get(mime.partition("/")[0])
    if found is not None:
        return found
    if "javascript" in mime or "ecmascript" in mime:
        return "script"
    if "font" in mime:
        return "font"
    if mime.endswith(("json", "xml")) or mime.startswith("application/graphql"):
        return "data"
    if "officedocument" in mime or "opendocument" in mime or mime.startswith("application/vnd.ms-"):
        return "document"
    return None
