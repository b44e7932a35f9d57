"""Answers with what came along: the status, the headers, and how the call went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._errors import Headers, UserError
from ._resource import is_page

if TYPE_CHECKING:
    from ._resource import Options, Sender

T = TypeVar("T")


class RawResponse(Generic[T]):
    """An answer with what came along."""

    __slots__ = ("attempts", "data", "elapsed", "headers", "idempotency_key", "meta", "request_id", "status")

    data: T
    """What the method itself returns. For `client.request` it is plain JSON."""
    meta: dict[str, Any] | None
    """What the server said beside the data, such as where a page is in its list; plain JSON."""
    status: int
    """The HTTP status."""
    headers: Mapping[str, str]
    """The headers of the answer. Upper and lower case make no difference."""
    request_id: str | None
    """The id to quote to the API's support."""
    attempts: int
    """How many requests were sent."""
    elapsed: float
    """Seconds that the call took, retries and waits included."""
    idempotency_key: str | None
    """The key that was sent with a write. Give it again to repeat the call without doing it twice."""

    def __init__(self, data: T, about: Mapping[str, Any]) -> None:
        self.data = data
        self.meta = about["meta"]
        self.status = about["status"]
        self.headers = Headers(about["headers"])
        self.request_id = about["request_id"]
        self.attempts = about["attempts"]
        self.elapsed = about["elapsed"]
        self.idempotency_key = about["idempotency_key"]

    def parse(self) -> T:
        """The same as `data`, for those who know this name."""
        return self.data

    def __repr__(self) -> str:
        return f"<RawResponse: {self.status}, {type(self.data).__name__}, request {self.request_id}>"


class RawSender:
    """Sends as another sender does, and gives `RawResponse` for every answer."""

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

        value, about = self._sender.request(operation, path, query, body, options, cursor, True)
        if is_page(value):
            value = Page[Any](self._sender, (operation, path, query, options), value)
        return RawResponse(value, about)

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

        value, about = await self._sender.request_async(operation, path, query, body, options, cursor, True)
        if is_page(value):
            value = AsyncPage[Any](self._sender, (operation, path, query, options), value)
        return RawResponse(value, about)

    def stream(self, operation: str, *_: object) -> Any:
        raise UserError(f"{operation}: a stream has no one answer; open it on the client itself")

    begin = stream
