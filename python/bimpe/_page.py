"""Pages of a list, and the walk from one to the next."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import types
from ._errors import UserError
from ._model import Model
from ._resource import is_page

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Mapping
    from typing import TypeAlias

    from ._resource import Options, Sender

    Call: TypeAlias = tuple[str, tuple[str, ...], Mapping[str, object] | None, Options]

T = TypeVar("T")


class _BasePage(Generic[T]):
    __slots__ = ("_call", "_native", "_next", "data", "meta", "request_id")

    data: list[T]
    """The items of this page."""
    meta: types.PaginationMeta | None
    """Where this page is in the list; None if the server did not say."""
    request_id: str | None
    """The id to quote to the API's support."""

    def __init__(
        self,
        native: Sender,
        call: Call,
        answer: tuple[list[T], types.PaginationMeta | None, str | None, str | None],
    ) -> None:
        self._native = native
        self._call = call
        self.data, self.meta, self.request_id, self._next = answer

    @property
    def has_next_page(self) -> bool:
        """Whether there is another page, or may be one if the server says nothing of it."""
        return self._next is not None

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        meta = {} if self.meta is None else self.meta.to_dict()
        known = "current_page" in meta and "page_count" in meta
        where = f", page {meta['current_page']} of {meta['page_count']}" if known else ""
        return f"<{type(self).__name__}: {len(self.data)} items{where}>"

    def _repr_html_(self) -> str:
        from ._html import table

        return table(self.data, repr(self))

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise UserError("a page holds a connection and cannot be pickled; pickle its .data")


class Page(_BasePage[T]):
    """One page of a list. Iterating over it gives the items of this page and of all that follow.

    While the caller works on the items of a page, the next one is on its way.
    """

    __slots__ = ()

    def get_next_page(self) -> Page[T] | None:
        """The page after this one; None if this is the last."""
        if self._next is None:
            return None
        operation, path, query, options = self._call
        answer = self._native.request(operation, path, query, None, options, self._next, False)
        return Page(self._native, self._call, answer)

    def pages(self) -> Generator[Page[T]]:
        """This page, and all that follow."""
        operation, path, query, options = self._call
        page: Page[T] = self
        while page._next is not None:
            coming = self._native.begin(operation, path, query, None, options, page._next, False)
            try:
                yield page
                page = Page(self._native, self._call, coming.result())
            finally:
                coming.cancel()
        yield page

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.data

    def first(self) -> T | None:
        """The first item of this page, or of those that follow; None if there is none."""
        found = self.data[:1] or self.collect(limit=1)
        return found[0] if found else None

    def collect(self, *, limit: int | None = None) -> list[T]:
        """The items of this page and of all that follow; no more than `limit`, if that is given."""
        _check(limit)
        items: list[T] = []
        page: Page[T] | None = self
        while page is not None:
            items += page.data
            page = page.get_next_page() if limit is None or len(items) < limit else None
        return items[:limit]

    def to_dicts(self, *, limit: int | None = None) -> list[dict[str, Any]]:
        """The same as `collect` as plain dicts, as in `pandas.DataFrame(page.to_dicts())`."""
        return _dicts(self.collect(limit=limit))


class AsyncPage(_BasePage[T]):
    """One page of a list. Iterating over it gives the items of this page and of all that follow.

    While the caller works on the items of a page, the next one is on its way.
    """

    __slots__ = ()

    async def get_next_page(self) -> AsyncPage[T] | None:
        """The page after this one; None if this is the last."""
        if self._next is None:
            return None
        operation, path, query, options = self._call
        answer = await self._native.request_async(operation, path, query, None, options, self._next, False)
        return AsyncPage(self._native, self._call, answer)

    async def pages(self) -> AsyncGenerator[AsyncPage[T]]:
        """This page, and all that follow."""
        from asyncio import ensure_future

        operation, path, query, options = self._call
        page: AsyncPage[T] = self
        while page._next is not None:
            coming: Future[Any] = ensure_future(
                self._native.request_async(operation, path, query, None, options, page._next, False)
            )
            try:
                yield page
                page = AsyncPage(self._native, self._call, await coming)
            finally:
                if not coming.cancel() and not coming.cancelled():
                    coming.exception()  # or asyncio would complain that nobody looked
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
        """The first item of this page, or of those that follow; None if there is none."""
        found = self.data[:1] or await self.collect(limit=1)
        return found[0] if found else None

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """The items of this page and of all that follow; no more than `limit`, if that is given."""
        _check(limit)
        items: list[T] = []
        page: AsyncPage[T] | None = self
        while page is not None:
            items += page.data
            page = await page.get_next_page() if limit is None or len(items) < limit else None
        return items[:limit]

    async def to_dicts(self, *, limit: int | None = None) -> list[dict[str, Any]]:
        """The same as `collect` as plain dicts, as in `pandas.DataFrame(await page.to_dicts())`."""
        return _dicts(await self.collect(limit=limit))


class AsyncListing(Coroutine[Any, Any, AsyncPage[T]]):
    """A list that is not requested yet. Await it for the first page, or iterate over it for all items.

    Each await and each iteration sends its own request.
    """

    __slots__ = ("_call", "_native", "_sending")

    def __init__(self, native: Sender, call: Call) -> None:
        self._native = native
        self._call = call
        self._sending: Coroutine[Any, Any, AsyncPage[T]] | None = None

    async def _page(self) -> AsyncPage[T]:
        operation, path, query, options = self._call
        answer = await self._native.request_async(operation, path, query, None, options, None, False)
        if not is_page(answer):  # but a raw response
            return answer
        return AsyncPage(self._native, self._call, answer)

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        return self._page().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        pages = (await self._page()).pages()
        try:
            async for page in pages:
                for item in page.data:
                    yield item
        finally:
            await pages.aclose()

    def __repr__(self) -> str:
        return f"<AsyncListing of {self._call[0]}: await it, or iterate over it with `async for`>"

    # `asyncio.create_task` needs the methods of a coroutine.

    def send(self, value: Any, /) -> Any:
        if self._sending is None:
            self._sending = self._page()
        return self._sending.send(value)

    def throw(self, *error: Any) -> Any:
        if self._sending is None:
            self._sending = self._page()
        return self._sending.throw(*error)

    def close(self) -> None:
        if self._sending is not None:
            self._sending.close()


def _check(limit: int | None) -> None:
    if limit is not None and limit < 0:
        raise UserError("limit must be 0 or more")


def _dicts(items: list[Any]) -> list[dict[str, Any]]:
    return [item.to_dict() if isinstance(item, Model) else item for item in items]
