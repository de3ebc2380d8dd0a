"""What an nginx log and a CDN's answers are told apart by."""

from watchbill.catalogue.label import Label

RESOURCE_TYPE = Label(
    name="resource_type",
    help="What kind of resource it is, by its content type, else by its path's extension.",
    values=("html", "script", "style", "image", "font", "media", "data", "document", "other"),
)
CACHE_STATUS = Label(
    name="cache_status",
    help="What nginx' cache did; NONE where no cache was asked.",
    values=("HIT", "MISS", "BYPASS", "EXPIRED", "STALE", "UPDATING", "REVALIDATED", "NONE", "OTHER"),
)
ENCODING = Label(
    name="encoding",
    help="The response's content encoding.",
    values=("identity", "gzip", "br", "zstd", "deflate", "other"),
)
