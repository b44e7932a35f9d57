"""Lists that come in pages."""

import asyncio
import pickle
from collections.abc import Callable

import pytest
from support import Sandbox

from bimpe import BimpeAI, PaginationError, UserError


@pytest.fixture
def many(sandbox: Sandbox) -> Sandbox:
    client = sandbox.client()
    for number in range(6):
        client.workflows.create(name=f"Workflow {number}", system_prompt="Be kind.")
    return sandbox


def test_a_walk(many: Sandbox) -> None:
    client = many.client()
    page = client.workflows.list(limit=2, sort="name")
    assert len(page) == 2
    assert page.meta is not None
    assert page.has_next_page
    assert page.request_id
    assert "page 1 of" in repr(page)
    names = [workflow.name for workflow in page]
    assert len(names) == page.meta.total_count == len(set(names))
    assert sum(len(each.data) for each in page.pages()) == len(names)
    following = page.get_next_page()
    assert following is not None
    assert following.meta is not None
    assert following.meta.current_page == 2


def test_an_async_walk(many: Sandbox) -> None:
    async def run() -> None:
        async with many.async_client() as client:
            page = await client.workflows.list(limit=2)
            names = [workflow.name async for workflow in page]
            assert page.meta is not None
            assert len(names) == page.meta.total_count
            assert sum([len(each.data) async for each in page.pages()]) == len(names)

    asyncio.run(run())


def test_the_last_page(sandbox: Sandbox) -> None:
    page = sandbox.client().agents.list()
    assert not page.has_next_page
    assert page.get_next_page() is None
    with pytest.raises(UserError, match="pickle"):
        pickle.dumps(page)


def test_no_page_information(answering: Callable[..., BimpeAI]) -> None:
    page = answering('{"message": "ok", "data": []}').agents.list()
    assert page.meta is None
    assert not page.has_next_page
    with pytest.raises(PaginationError):
        list(page)


def test_a_list_without_end(answering: Callable[..., BimpeAI]) -> None:
    meta = '{"total_count": 9, "page_count": 9, "current_page": 1, "limit": 1, "has_next_page": true, "has_previous_page": false}'
    with pytest.raises(PaginationError):
        list(answering(f'{{"message": "ok", "data": [{{"id": "a"}}], "meta": {meta}}}').agents.list())
