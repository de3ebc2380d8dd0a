"""What a client sent, up to a limit, whether or not it announced how much."""

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read(request: Request, most: int) -> bytes:
    """The body; raises HTTPException (413) as soon as it is longer than `most` bytes."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise HTTPException(413, f"more than {most} bytes were sent")
    return bytes(content)
