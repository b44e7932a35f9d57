"""The pytest fixtures of `bimpe`. A separate package, so that pytest does not import `bimpe` at each start.

def test_names(bimpe_client, bimpe_sandbox):
    bimpe_client.agents.update(bimpe_sandbox.agent_id, name="Support")
    assert bimpe_sandbox.requests("agents.update")[0].body == {"name": "Support"}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bimpe import AsyncBimpeAI, BimpeAI
    from bimpe.testing import Sandbox

__all__ = ["async_bimpe_client", "bimpe_client", "bimpe_sandbox"]


@pytest.fixture(scope="session")
def _bimpe_sandbox_process() -> Iterator[Sandbox]:
    from bimpe.testing import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def bimpe_sandbox(_bimpe_sandbox_process: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox in its initial state. `BimpeAI()` without arguments uses the sandbox, too."""
    _bimpe_sandbox_process.reset()
    for name, value in _bimpe_sandbox_process.env.items():
        monkeypatch.setenv(name, value)
    return _bimpe_sandbox_process


@pytest.fixture
def bimpe_client(bimpe_sandbox: Sandbox) -> Iterator[BimpeAI]:
    """A client of the sandbox."""
    with bimpe_sandbox.client() as client:
        yield client


@pytest.fixture
def async_bimpe_client(bimpe_sandbox: Sandbox) -> Iterator[AsyncBimpeAI]:
    """An async client of the sandbox."""
    client = bimpe_sandbox.async_client()
    yield client
    # `aclose` would need an event loop, and that of the test has ended.
    client._core.close()  # pyright: ignore[reportPrivateUsage]
