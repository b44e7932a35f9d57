"""Results as what a FastAPI application takes and gives. As a body they need `Body()`, or FastAPI looks in the query."""

from typing import Annotated

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient

from bimpe import types

CHANNEL = {"id": "c1", "type": "whatsapp", "name": "Shop", "status": "enabled", "is_connected": True}
BASE = {"id": "k1", "type": "text", "name": "Hours", "url": None, "new_field": {"deep": [1, None]}}

app = FastAPI()


@app.get("/channels")
def channels() -> list[types.Channel]:
    return [types.Channel.from_dict(CHANNEL)]


@app.post("/bases")
def bases(base: Annotated[types.KnowledgeBase, Body()]) -> types.KnowledgeBase:
    assert isinstance(base, types.KnowledgeBase)
    return base


@app.get("/agent", response_model=types.Agent)
def agent() -> types.AgentDetail:
    return types.AgentDetail.from_dict({"id": "a1", "name": "Ada", "odd": 1, "integrations": []})


def test_a_detail_where_a_summary_is_promised() -> None:
    assert TestClient(app).get("/agent").json() == {"id": "a1", "name": "Ada", "odd": 1}


def test_what_it_gives() -> None:
    assert TestClient(app).get("/channels").json() == [CHANNEL]


@pytest.mark.parametrize("base", [BASE, {"id": "k1"}, {**BASE, "type": "brand new"}])
def test_what_it_takes(base: dict[str, object]) -> None:
    # What was absent stays absent, null stays null, and unknown fields are kept.
    assert TestClient(app).post("/bases", json=base).json() == base
    assert TestClient(app).post("/bases", json=[1]).status_code == 422


def test_its_document() -> None:
    document = TestClient(app).get("/openapi.json").json()
    answer = document["paths"]["/channels"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["items"] == {"$ref": "#/components/schemas/Channel"}
    assert document["components"]["schemas"]["Channel"]["title"] == "Channel"
    assert "Agent" in document["components"]["schemas"]
