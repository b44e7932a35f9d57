"""Pages of lists."""

import asyncio
import json
import pickle
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support import Sandbox, StubServer

from bimpe import AsyncBimpeAI, Page, PaginationError, UserError, types


@pytest.fixture
def many(sandbox: Sandbox) -> Sandbox:
    client = sandbox.client()
    for number in range(6):
        client.workflows.create(name=f"Workflow {number}", system_prompt="Be kind.")
    return sandbox


def test_iteration_yields_all_pages(many: Sandbox) -> None:
    client = many.client()
    page = client.workflows.list(limit=2, sort="name")
    assert len(page.data) == 2
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


def test_async_iteration_yields_all_pages(many: Sandbox) -> None:
    async def run() -> None:
        async with many.async_client() as client:
            page = await client.workflows.list(limit=2)
            names = [workflow.name async for workflow in page]
            assert page.meta is not None
            assert len(names) == page.meta.total_count
            assert sum([len(each.data) async for each in page.pages()]) == len(names)

    asyncio.run(run())


def test_last_page_has_no_next(sandbox: Sandbox) -> None:
    page = sandbox.client().agents.list()
    assert not page.has_next_page
    assert page.get_next_page() is None
    with pytest.raises(UserError, match="pickle"):
        pickle.dumps(page)


@pytest.mark.parametrize("meta", ["", ', "meta": {}', ', "meta": null'])
def test_page_without_metadata(meta: str, stub_server: StubServer) -> None:
    def page_of(count: int) -> str:
        agents = [{"id": f"{count}.{number}"} for number in range(count)]
        return f'{{"message": "ok", "data": {json.dumps(agents)}{meta}}}'

    page = stub_server(page_of(0)).agents.list()
    assert not page.has_next_page
    assert list(page) == []
    page = stub_server(page_of(20), page_of(3)).agents.list()
    assert page.has_next_page
    assert f"{len(page.data)} items" in repr(page)
    last = page.get_next_page()
    assert last is not None
    assert (len(last.data), last.has_next_page, last.get_next_page()) == (3, False, None)
    assert len(list(page)) == 23
    client = stub_server(page_of(2), page_of(1))
    assert len(list(client.phone_numbers.list(limit=2))) == 3

    async def run() -> None:
        async with AsyncBimpeAI(
            api_key="k", base_url=stub_server(page_of(20), page_of(3)).base_url
        ) as client:
            assert len([item async for item in await client.phone_numbers.requests.list()]) == 23

    asyncio.run(run())


def test_inconsistent_pagination_raises(stub_server: StubServer) -> None:
    meta = '{"total_count": 9, "page_count": 9, "current_page": 1, "limit": 1, "has_next_page": true, "has_previous_page": false}'
    with pytest.raises(PaginationError):
        list(stub_server(f'{{"message": "ok", "data": [{{"id": "a"}}], "meta": {meta}}}').agents.list())


def three_pages() -> Iterator[str]:
    for number in (1, 2, 3):
        meta = {
            "total_count": 3,
            "page_count": 3,
            "current_page": number,
            "limit": 1,
            "has_next_page": number < 3,
            "has_previous_page": number > 1,
        }
        yield json.dumps({"message": "ok", "data": [{"id": f"a{number}", "name": "<b>"}], "meta": meta})


def count_requests(stub_server: StubServer, expected: int) -> int:
    """Returns the number of requests, after a wait for the expected ones and for unexpected ones."""
    deadline = time.monotonic() + 5
    while len(stub_server.requests) < expected and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.05)
    return len(stub_server.requests)


def test_async_list_can_be_awaited_and_iterated(stub_server: StubServer) -> None:
    async def run() -> None:
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            listing = client.agents.list()
            assert "await it" in repr(listing)
            assert count_requests(stub_server, 0) == 0
            assert [agent.id async for agent in listing] == ["a1", "a2", "a3"]
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            # As any coroutine: in a task, in a group, with a time limit.
            task = asyncio.create_task(client.agents.list())
            assert (await task).data[0].id == "a1"
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            (page,) = await asyncio.gather(client.agents.list())
            assert page.data[0].id == "a1"
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            page = await asyncio.wait_for(client.agents.list(), 5)
            assert page.data[0].id == "a1"

    asyncio.run(run())


def test_len_of_a_page_raises_type_error(stub_server: StubServer) -> None:
    page: Any = stub_server(*three_pages()).agents.list()
    with pytest.raises(TypeError, match="has no len"):
        len(page)
    assert page
    assert len(list(page)) == 3


def test_list_sends_one_request(stub_server: StubServer) -> None:
    page = stub_server(*three_pages()).agents.list()
    assert page.data[0] == page.first()
    assert page.collect(limit=1) == page.data
    assert page.collect(limit=0) == []
    assert count_requests(stub_server, 1) == 1


def test_iteration_prefetches_one_page(stub_server: StubServer) -> None:
    page = stub_server(*three_pages()).agents.list()
    for agent in page:
        # One ahead of the page that is worked on, and never more.
        expected = min(int(agent.id[1]) + 1, 3)
        assert count_requests(stub_server, expected) == expected


def test_break_sends_no_more_requests(stub_server: StubServer) -> None:
    for _agent in stub_server(*three_pages()).agents.list():
        assert count_requests(stub_server, 2) == 2
        break
    assert count_requests(stub_server, 2) == 2


def test_async_iteration_prefetches_one_page(stub_server: StubServer) -> None:
    async def run() -> None:
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            page = await client.agents.list()
            assert count_requests(stub_server, 1) == 1
            async for agent in page:
                await asyncio.sleep(0.05)
                expected = min(int(agent.id[1]) + 1, 3)
                assert count_requests(stub_server, expected) == expected
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            async for _agent in client.agents.list():
                await asyncio.sleep(0.05)
                break
            await asyncio.sleep(0.05)
            expected = 3 + 2
            assert count_requests(stub_server, expected) == expected

    asyncio.run(run())


def test_prefetch_error_raises_at_its_page(stub_server: StubServer) -> None:
    first, *_ = three_pages()
    seen: list[str] = []
    page = stub_server(first, first).agents.list()
    with pytest.raises(PaginationError):
        seen.extend(agent.id for agent in page)
    assert seen == ["a1"]


def test_collect_returns_all_items(stub_server: StubServer) -> None:
    page = stub_server(*three_pages()).agents.list()
    assert [agent.id for agent in page.collect(limit=2)] == ["a1", "a2"]
    assert count_requests(stub_server, 2) == 2
    dicts = stub_server(*three_pages()).agents.list().to_dicts()
    assert dicts == [{"id": f"a{number}", "name": "<b>"} for number in (1, 2, 3)]
    with pytest.raises(UserError, match="limit"):
        page.collect(limit=-1)

    async def run() -> None:
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            page = await client.agents.list()
            assert [agent.id for agent in await page.collect()] == ["a1", "a2", "a3"]
            first = await page.first()
            assert first is not None
            assert first.id == "a1"
        async with AsyncBimpeAI(api_key="k", base_url=stub_server(*three_pages()).base_url) as client:
            assert await (await client.agents.list()).to_dicts() == dicts

    asyncio.run(run())


def test_first_of_empty_list_is_none(stub_server: StubServer) -> None:
    last = [*three_pages()][2].replace('"data": [{"id": "a3", "name": "<b>"}]', '"data": []')
    page: Page[types.Agent] = stub_server(last).agents.list()
    assert page.first() is None
    assert page.collect() == []


def test_page_has_html_table(stub_server: StubServer) -> None:
    page: Any = stub_server(*three_pages()).agents.list()
    table = page._repr_html_()
    assert "<th>id</th><th>name</th>" in table
    assert "&lt;b&gt;" in table
    assert "<b>" not in table
    assert "page 1 of 3" in table
    assert page.data[0]._repr_html_().count("<tr>") == 2
    assert "****" in types.StreamTicket.from_dict({"ticket": "tk"})._repr_html_()
