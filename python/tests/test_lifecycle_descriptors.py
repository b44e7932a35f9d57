"""Requests import their result classes before they are sent."""

import json
import sys

import pytest
from fault_server import FaultServer
from lifecycle_support import PROGRAMS, run


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to lower")
@pytest.mark.parametrize("kind", ["BimpeAI", "AsyncBimpeAI"])
def test_write_is_not_sent_if_its_result_class_cannot_be_imported(kind: str, faults: FaultServer) -> None:
    replies = [
        {"match": {"method": "DELETE"}, "body": {"message": "ok"}},
        {"match": {"method": "POST"}, "times": 9, "body": {"data": {"id": "cm1", "name": "Ada"}}},
    ]
    scenario = faults.scenario(replies)
    done = run(str(PROGRAMS / "descriptors.py"), scenario.base_url, kind)
    assert done.code == 0, done.err
    used_up, again = json.loads(done.out)
    assert "Too many open files" in used_up["text"]
    assert used_up["may_have_been_applied"] is False
    assert again == {"class": "AgentCreateResponse", "id": "cm1"}
    assert [request["method"] for request in scenario.request_log()["requests"]] == ["DELETE", "POST"]
