"""Errors: classes, fields and copies."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from support import Sandbox

import bimpe
from bimpe import BimpeAI, BimpeAIError


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (302, "", bimpe.RedirectError),
        (400, "bad_request", bimpe.BadRequestError),
        (400, "validation_error", bimpe.ValidationError),
        (401, "api_key_invalid", bimpe.AuthenticationError),
        (403, "insufficient_scope", bimpe.PermissionDeniedError),
        (404, "not_found", bimpe.NotFoundError),
        (409, "conflict", bimpe.ConflictError),
        (418, "teapot", bimpe.APIError),
        (429, "rate_limited", bimpe.RateLimitError),
        (500, "internal_error", bimpe.InternalServerError),
        (501, "not_implemented", bimpe.APINotImplementedError),
    ],
)
def test_status_and_code_select_the_error_class(
    stub_server: Callable[..., BimpeAI], status: int, code: str, kind: type[BimpeAIError]
) -> None:
    body = f'{{"message": "no", "code": "{code}", "statusCode": {status}, "request_id": "r-1"}}'
    with pytest.raises(BimpeAIError) as caught:
        stub_server(body, status=status).agents.retrieve("agent")
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, bimpe.APIError)
    assert (error.status, error.attempts) == (status, 1)
    assert error.headers["content-TYPE"] == "application/json"
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert again.to_dict() == error.to_dict()


@pytest.mark.parametrize(
    "body", ['{"message": ["name: too long"], "statusCode": 400, "code": "validation_error"}']
)
def test_validation_error_has_field_errors(stub_server: Callable[..., BimpeAI], body: str) -> None:
    with pytest.raises(bimpe.ValidationError) as caught:
        stub_server(body, status=400).agents.retrieve("agent")
    assert caught.value.field_errors == [{"path": "name", "message": "too long"}]


def test_invalid_key_raises_authentication_error(sandbox: Sandbox) -> None:
    with pytest.raises(bimpe.AuthenticationError) as caught:
        sandbox.client(api_key="sk_sandbox_wrong").agents.list()
    assert caught.value.code == "api_key_invalid"
    assert "sk_sandbox_wrong" not in str(caught.value)


def test_missing_scope_raises_permission_denied(sandbox: Sandbox) -> None:
    key = sandbox.control("keys", {"scopes": ["agents:read"]})["api_key"]
    with pytest.raises(bimpe.PermissionDeniedError, match="agents:write"):
        sandbox.client(api_key=key).agents.delete(sandbox.agent_id)


@pytest.mark.parametrize("text", ["", "[]", "<html>", '{"message": "ok", "data": '])
def test_2xx_with_unexpected_body_raises(stub_server: Callable[..., BimpeAI], text: str) -> None:
    with pytest.raises(BimpeAIError) as caught:
        stub_server(text).agents.update("agent", name="Ada")
    assert isinstance(caught.value, bimpe.UnexpectedResponseError)
    assert caught.value.may_have_been_applied


def test_errors_can_be_constructed_and_pickled() -> None:
    error: Any = pickle.loads(pickle.dumps(bimpe.UserError("mine")))
    assert (str(error), error.message, error.status) == ("mine", "mine", None)
