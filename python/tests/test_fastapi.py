"""Results as bodies and responses of FastAPI. Bodies need `Body()`, otherwise FastAPI reads the query."""

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
    return types.AgentDetail.from_dict({"id": "a1", "name": "Ada", "extra_field": 1, "integrations": []})


def test_detail_serializes_as_the_declared_summary() -> None:
    assert TestClient(app).get("/agent").json() == {"id": "a1", "name": "Ada", "extra_field": 1}


def test_response_has_the_sent_fields() -> None:
    assert TestClient(app).get("/channels").json() == [CHANNEL]


@pytest.mark.parametrize("base", [BASE, {"id": "k1"}, {**BASE, "type": "brand new"}])
def test_body_round_trips_and_rejects_lists(base: dict[str, object]) -> None:
    # Absent fields stay absent, null stays null, and unknown fields are kept.
    assert TestClient(app).post("/bases", json=base).json() == base
    assert TestClient(app).post("/bases", json=[1]).status_code == 422


def test_openapi_document_describes_results() -> None:
    document = TestClient(app).get("/openapi.json").json()
    response = document["paths"]["/channels"]["get"]["responses"]["200"]["content"]["application/json"]
    assert response["schema"]["items"] == {"$ref": "#/components/schemas/Channel"}
    assert document["components"]["schemas"]["Channel"]["title"] == "Channel"
    assert "Agent" in document["components"]["schemas"]
