"""Mocks of other HTTP clients: they see no request of this package, as docs/testing.md says."""

from __future__ import annotations

import httpx
import respx

from bimpe import BimpeAI
from fault_server import FaultServer


def test_respx_does_not_intercept_requests(fault_server: FaultServer) -> None:
    scenario = fault_server.scenario([{"body": {"data": {"id": "real"}}}])
    with respx.mock(assert_all_called=False) as mock:
        route = mock.route().mock(return_value=httpx.Response(200, json={"data": {"id": "mocked"}}))
        assert httpx.get(scenario.base_url).json()["data"]["id"] == "mocked"
        with BimpeAI(api_key="sk_test", base_url=scenario.base_url) as client:
            assert client.agents.retrieve("cm1").id == "real"
        assert route.call_count == 1
