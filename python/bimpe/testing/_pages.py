"""Pages for mocks of list methods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from .. import AsyncListing, AsyncPage, Page, types
from .._request import Request

T = TypeVar("T")


def page(items: Iterable[T]) -> Page[T]:
    """Returns the only page of a list, as the list methods of `BimpeAI` do.

    Example:
        ```python
        from unittest.mock import Mock
        from bimpe import BimpeAI
        from bimpe.testing import page

        client = Mock(spec=BimpeAI)
        client.agents.list.return_value = page(["first", "second"])
        assert list(client.agents.list()) == ["first", "second"]
        ```
    """
    transport: Any = _FakeTransport(items)
    return Page(transport, _REQUEST, transport.response)


def async_page(items: Iterable[T]) -> AsyncListing[T]:
    """Returns a list of one page, as the list methods of `AsyncBimpeAI` do: to await, or for `async for`.

    Example:
        ```python
        import asyncio
        from unittest.mock import Mock
        from bimpe import AsyncBimpeAI
        from bimpe.testing import async_page

        client = Mock(spec=AsyncBimpeAI)
        client.agents.list = Mock(return_value=async_page(["first", "second"]))


        async def names() -> list[str]:
            return [name async for name in client.agents.list()]


        assert asyncio.run(names()) == ["first", "second"]
        ```
    """
    transport: Any = _FakeTransport(items)
    return AsyncListing(transport, _REQUEST)


_REQUEST = Request("page", (), ())


class _FakeTransport:
    """Responds to the request of a listing. A page without a successor sends none."""

    def __init__(self, items: Iterable[Any]) -> None:
        data = list(items)
        meta = {"total_count": len(data), "page_count": 1, "current_page": 1, "limit": max(len(data), 1)}
        meta |= {"has_next_page": False, "has_previous_page": False}
        self.response: Any = (data, types.PaginationMeta.from_dict(meta), None, None)

    async def send_async(self, request: Request) -> AsyncPage[Any]:
        transport: Any = self
        return AsyncPage(transport, request, self.response)
