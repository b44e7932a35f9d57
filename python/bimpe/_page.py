"""Pages of a list, and the walk from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from typing import TypeAlias

    from ._native import NativeClient
    from ._resource import Options
    from .types import PaginationMeta

    Call: TypeAlias = tuple[str, tuple[str, ...], Mapping[str, object], Options]

T = TypeVar("T")


class _BasePage(Generic[T]):
    __slots__ = ("_call", "_native", "_next", "data", "meta", "request_id")

    data: list[T]
    """The items of this page."""
    meta: PaginationMeta | None
    """Where this page is in the list; None if the server did not say."""
    request_id: str | None
    """The id to quote to the API's support."""

    def __init__(
        self,
        native: NativeClient,
        call: Call,
        answer: tuple[list[T], PaginationMeta | None, str | None, str | None],
    ) -> None:
        self._native = native
        self._call = call
        self.data, self.meta, self.request_id, self._next = answer

    @property
    def has_next_page(self) -> bool:
        """Whether the server says that there is another page."""
        return self.meta is not None and self._next is not None

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        where = "" if self.meta is None else f", page {self.meta.current_page} of {self.meta.page_count}"
        return f"<{type(self).__name__}: {len(self.data)} items{where}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        from ._errors import UserError

        raise UserError("a page holds a connection and cannot be pickled; pickle its .data")


class Page(_BasePage[T]):
    """One page of a list. Iterating over it gives the items of this page and of all that follow."""

    __slots__ = ()

    def get_next_page(self) -> Page[T] | None:
        """The page after this one; None if this is the last."""
        if self._next is None:
            return None
        operation, path, query, options = self._call
        answer = self._native.request(operation, path, query, None, options, self._next, False)
        return Page(self._native, self._call, answer)

    def pages(self) -> Iterator[Page[T]]:
        """This page, and all that follow."""
        page: Page[T] | None = self
        while page is not None:
            yield page
            page = page.get_next_page()

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.data


class AsyncPage(_BasePage[T]):
    """One page of a list. Iterating over it gives the items of this page and of all that follow."""

    __slots__ = ()

    async def get_next_page(self) -> AsyncPage[T] | None:
        """The page after this one; None if this is the last."""
        if self._next is None:
            return None
        operation, path, query, options = self._call
        answer = await self._native.request_async(operation, path, query, None, options, self._next, False)
        return AsyncPage(self._native, self._call, answer)

    async def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """This page, and all that follow."""
        page: AsyncPage[T] | None = self
        while page is not None:
            yield page
            page = await page.get_next_page()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.data:
                yield item
