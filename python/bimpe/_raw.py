"""Results with the status, the headers and other metadata of the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._errors import Headers, UserError
from ._transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._request import EventSource, Request, Streams

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
        for name, value in metadata.items():
            setattr(self, name, Headers(value) if name == "headers" else value)

    def parse(self) -> T:
        """Returns `data`, under the name of the official SDK."""
        return self.data

    def __repr__(self) -> str:
        return f"<RawResponse: {self.status}, {type(self.data).__name__}, request {self.request_id}>"


class RawTransport(Transport):
    """Sends requests and returns a `RawResponse` for each."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport.native, transport.observers)
        self._transport = transport

    def send(self, request: Request) -> Any:
        return super().send(request.replace(is_raw=True))

    async def send_async(self, request: Request) -> Any:
        return await super().send_async(request.replace(is_raw=True))

    def stream(self, operation: str, streams: Streams, is_named: bool) -> EventSource:  # noqa: ARG002
        raise UserError(
            f"{operation}: raw responses are not supported for streams; open the stream on the client itself"
        )

    def _wrap(self, make_page: Callable[..., Any], request: Request, response: Any) -> RawResponse[Any]:
        value, metadata = response
        if type(value) is tuple:
            value = make_page(self._transport, request.replace(is_raw=False), value)
        return RawResponse(value, metadata)
