"""Pages of lists and pagination."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import types
from ._errors import UserError
from ._model import Model

if TYPE_CHECKING:
    from asyncio import Future

    from ._request import PageSource, Request

T = TypeVar("T")


class _BasePage(Generic[T]):
    __slots__ = ("_next", "_request", "_transport", "data", "meta", "request_id")

    data: list[T]
    """The items of this page."""
    meta: types.PaginationMeta | None
    """Pagination metadata; None if the server sent none."""
    request_id: str | None
    """The request id to quote to the API's support."""

    def __init__(
        self,
        transport: PageSource,
        request: Request,
        response: tuple[list[T], types.PaginationMeta | None, str | None, str | None],
    ) -> None:
        self._transport = transport
        self._request = request
        self.data, self.meta, self.request_id, self._next = response

    def _next_request(self) -> Request:
        return self._request.replace(cursor=self._next)

    @property
    def has_next_page(self) -> bool:
        """Whether another page exists, or may exist if the server sent no metadata."""
        return self._next is not None

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        meta = {} if self.meta is None else self.meta.to_dict()
        known = "current_page" in meta and "page_count" in meta
        where = f", page {meta['current_page']} of {meta['page_count']}" if known else ""
        return f"<{type(self).__name__}: {len(self.data)} items{where}>"

    def _repr_html_(self) -> str:
        from ._model.html import table

        return table(self.data, repr(self))

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise UserError("a page holds a connection and cannot be pickled; pickle its `data` instead")


class Page(_BasePage[T]):
    """A page of a list. Iteration yields the items of this page and of all following pages.

    Requests the next page while the program processes the current one.
    """

    __slots__ = ()

    def get_next_page(self) -> Page[T] | None:
        """Returns the next page, or None after the last page."""
        if self._next is None:
            return None
        return self._transport.send(self._next_request())

    def pages(self) -> Generator[Page[T]]:
        """Yields this page and all following pages."""
        page: Page[T] = self
        while page._next is not None:
            prefetch = self._transport.begin(page._next_request())
            try:
                yield page
                page = Page(self._transport, self._request, prefetch.result())
            finally:
                prefetch.cancel()
        yield page

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.data

    def first(self) -> T | None:
        """Returns the first item of this page or of the following pages, or None without items."""
        found = self.data[:1] or self.collect(limit=1)
        return found[0] if found else None

    def collect(self, *, limit: int | None = None) -> list[T]:
        """Returns the items of this page and of all following pages, at most `limit` if set."""
        _check(limit)
        items: list[T] = []
        page: Page[T] | None = self
        while page is not None:
            items += page.data
            page = page.get_next_page() if limit is None or len(items) < limit else None
        return items[:limit]

    def to_dicts(self, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Returns the items of `collect` as plain dicts, as in `pandas.DataFrame(page.to_dicts())`."""
        return _dicts(self.collect(limit=limit))


class AsyncPage(_BasePage[T]):
    """A page of a list. Iteration yields the items of this page and of all following pages.

    Requests the next page while the program processes the current one.
    """

    __slots__ = ()

    async def get_next_page(self) -> AsyncPage[T] | None:
        """Returns the next page, or None after the last page."""
        if self._next is None:
            return None
        return await self._transport.send_async(self._next_request())

    async def pages(self) -> AsyncGenerator[AsyncPage[T]]:
        """Yields this page and all following pages."""
        from asyncio import ensure_future

        page: AsyncPage[T] = self
        while page._next is not None:
            prefetch: Future[Any] = ensure_future(self._transport.begin_async(page._next_request()))
            try:
                yield page
                page = AsyncPage(self._transport, self._request, await prefetch)
            finally:
                if not prefetch.cancel() and not prefetch.cancelled():
                    prefetch.exception()  # otherwise asyncio logs an unretrieved exception
        yield page

    async def __aiter__(self) -> AsyncIterator[T]:
        pages = self.pages()
        try:
            async for page in pages:
                for item in page.data:
                    yield item
        finally:
            await pages.aclose()

    async def first(self) -> T | None:
        """Returns the first item of this page or of the following pages, or None without items."""
        found = self.data[:1] or await self.collect(limit=1)
        return found[0] if found else None

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Returns the items of this page and of all following pages, at most `limit` if set."""
        _check(limit)
        items: list[T] = []
        page: AsyncPage[T] | None = self
        while page is not None:
            items += page.data
            page = await page.get_next_page() if limit is None or len(items) < limit else None
        return items[:limit]

    async def to_dicts(self, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Returns the items of `collect` as plain dicts, as in `pandas.DataFrame(await page.to_dicts())`."""
        return _dicts(await self.collect(limit=limit))


class AsyncListing(Coroutine[Any, Any, AsyncPage[T]]):
    """A list request that is not sent yet. Await it for the first page, or iterate over it for all items.

    Each await and each iteration sends its own request.
    """

    __slots__ = ("_request", "_sending", "_transport")

    def __init__(self, transport: PageSource, request: Request) -> None:
        self._transport = transport
        self._request = request
        self._sending: Coroutine[Any, Any, AsyncPage[T]] | None = None

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        return self._transport.send_async(self._request).__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        pages = (await self).pages()
        try:
            async for page in pages:
                for item in page.data:
                    yield item
        finally:
            await pages.aclose()

    def __repr__(self) -> str:
        return f"<AsyncListing of {self._request.operation}: await it, or iterate over it with `async for`>"

    # `asyncio.create_task` requires the methods of a coroutine.

    def send(self, value: Any, /) -> Any:
        if self._sending is None:
            self._sending = self._transport.send_async(self._request)
        return self._sending.send(value)

    def throw(self, *error: Any) -> Any:
        if self._sending is None:
            self._sending = self._transport.send_async(self._request)
        return self._sending.throw(*error)

    def close(self) -> None:
        if self._sending is not None:
            self._sending.close()


def _check(limit: int | None) -> None:
    if limit is not None and limit < 0:
        raise UserError("limit must be 0 or more")


def _dicts(items: list[Any]) -> list[dict[str, Any]]:
    return [item.to_dict() if isinstance(item, Model) else item for item in items]
