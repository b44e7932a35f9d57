"""Results with the status, the headers and other metadata of the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._errors import Headers, UserError
from ._resource import is_page

if TYPE_CHECKING:
    from ._resource import Options, Sender

T = TypeVar("T")


class RawResponse(Generic[T]):
    """A result with the metadata of its response."""

    __slots__ = ("attempts", "data", "elapsed", "headers", "idempotency_key", "meta", "request_id", "status")

    data: T
    """The result of the method. For `client.request` it is plain JSON."""
    meta: dict[str, Any] | None
    """The metadata that the server sent beside the data, such as pagination; plain JSON."""
    status: int
    """The HTTP status."""
    headers: Mapping[str, str]
    """The headers of the response. Names are case-insensitive."""
    request_id: str | None
    """The request id to quote to the API's support."""
    attempts: int
    """Number of attempts."""
    elapsed: float
    """Duration in seconds, retries and waits included."""
    idempotency_key: str | None
    """The idempotency key of a write. Pass it again to repeat the write without applying it twice."""

    def __init__(self, data: T, metadata: Mapping[str, Any]) -> None:
        self.data = data
        self.meta = metadata["meta"]
        self.status = metadata["status"]
        self.headers = Headers(metadata["headers"])
        self.request_id = metadata["request_id"]
        self.attempts = metadata["attempts"]
        self.elapsed = metadata["elapsed"]
        self.idempotency_key = metadata["idempotency_key"]

    def parse(self) -> T:
        """Returns `data`, under the name of the official SDK."""
        return self.data

    def __repr__(self) -> str:
        return f"<RawResponse: {self.status}, {type(self.data).__name__}, request {self.request_id}>"


class RawSender:
    """Wraps another sender and returns a `RawResponse` for every request."""

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def request(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,  # noqa: ARG002
    ) -> RawResponse[Any]:
        from ._page import Page

        value, metadata = self._sender.request(operation, path, query, body, options, cursor, True)
        if is_page(value):
            value = Page[Any](self._sender, (operation, path, query, options), value)
        return RawResponse(value, metadata)

    async def request_async(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: Options,
        cursor: str | None,
        raw: bool,  # noqa: ARG002
    ) -> RawResponse[Any]:
        from ._page import AsyncPage

        value, metadata = await self._sender.request_async(
            operation, path, query, body, options, cursor, True
        )
        if is_page(value):
            value = AsyncPage[Any](self._sender, (operation, path, query, options), value)
        return RawResponse(value, metadata)

    def stream(self, operation: str, *_: object) -> Any:
        raise UserError(
            f"{operation}: raw responses are not supported for streams; open the stream on the client itself"
        )

    begin = stream
