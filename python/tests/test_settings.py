"""The settings of a client, and the secrets that its `repr` hides."""

import asyncio
import inspect
import pickle
from typing import Any

import pytest
from support import Sandbox

import bimpe
from bimpe import APIConnectionError, AsyncBimpeAI, BimpeAI, ClientClosedError, UserError

KEY = "sk_canary_5f1c"
URL = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIMPEAI_API_KEY", raising=False)
    monkeypatch.delenv("BIMPEAI_BASE_URL", raising=False)


@pytest.mark.parametrize("kind", [BimpeAI, AsyncBimpeAI])
def test_missing_key_raises(kind: Any) -> None:
    with pytest.raises(UserError, match=r"BIMPEAI_API_KEY.*bimpe sandbox"):
        kind()


def test_environment_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMPEAI_API_KEY", KEY)
    monkeypatch.setenv("BIMPEAI_BASE_URL", URL)
    assert BimpeAI().base_url == f"{URL}/api/v1/console"
    assert (
        BimpeAI(base_url="https://example.com/api/v1/console/").base_url
        == "https://example.com/api/v1/console"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"api_key": ""},
        {"api_key": f"{KEY}\n"},
        {"api_key": f" {KEY}"},
        {"api_key": 5},
        {"api_key": KEY, "base_url": "http://example.com"},
        {"api_key": KEY, "base_url": "https://user:pass@example.com"},
        {"api_key": KEY, "base_url": "nonsense"},
        {"api_key": KEY, "timeout": 0},
        {"api_key": KEY, "timeout": "3"},
        {"api_key": KEY, "max_retries": -1},
        {"api_key": KEY, "proxy": "ftp://127.0.0.1:1"},
        {"api_key": KEY, "ca_file": "/no/such/file.pem"},
        {"api_key": KEY, "allow_insecure_http": "yes"},
        {"api_key": KEY, "default_headers": {"X-A": "a\nb"}},
        {"api_key": "sk_sandbox_1", "base_url": "https://example.com"},
    ],
    ids=repr,
)
def test_invalid_setting_raises(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        BimpeAI(**settings)
    assert KEY not in str(caught.value)


FOREIGN = {
    "http_client": r"proxy=.*ca_file=",
    "transport": "base_url=",
    "limits": "keeps its connections",
    "verify": "ca_file=",
    "cert": "proxy=",
    "proxies": "proxy=",
    "follow_redirects": "not followed",
    "headers": "default_headers=",
    "token": "api_key=",
    "retries": "max_retries=",
}


@pytest.mark.parametrize("kind", [BimpeAI, AsyncBimpeAI])
@pytest.mark.parametrize("name", FOREIGN)
def test_settings_of_other_libraries_raise_with_advice(kind: Any, name: str) -> None:
    with pytest.raises(UserError, match=rf"^`{name}` is not supported: .*{FOREIGN[name]}"):
        kind(api_key=KEY, **{name: object()})
    kind(api_key=KEY, **{name: None})


def test_misspelled_setting_raises_type_error() -> None:
    settings: Any = {"api_key": KEY, "max_retry": 1}
    with pytest.raises(TypeError, match=r"BimpeAI\(\) got .*'max_retry'; did you mean 'max_retries'\?"):
        BimpeAI(**settings)
    assert "unknown" not in inspect.signature(BimpeAI).parameters


@pytest.mark.parametrize("kind", [BimpeAI, AsyncBimpeAI])
def test_repr_and_pickle_hide_the_key(kind: Any) -> None:
    client = kind(api_key=KEY, base_url=URL)
    for shown in (
        repr(client),
        str(client),
        repr(client.agents),
        repr(vars(client)),
        f"{client.agents.list}",
    ):
        assert KEY not in shown
    with pytest.raises(UserError, match="cannot be pickled, because its setting api_key"):
        pickle.dumps(client)


@pytest.mark.parametrize("kind", [BimpeAI, AsyncBimpeAI])
def test_pickled_client_reads_the_key_of_its_process(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMPEAI_API_KEY", KEY)
    text = pickle.dumps(kind(base_url=URL, timeout=7, pace="adaptive").with_options(max_retries=4))
    assert KEY.encode() not in text
    again = pickle.loads(text)
    assert type(again) is kind
    assert again.base_url == kind(base_url=URL).base_url
    assert again._recipe == {"base_url": URL, "timeout": 7, "pace": "adaptive", "max_retries": 4}
    monkeypatch.delenv("BIMPEAI_API_KEY")
    with pytest.raises(UserError, match="no API key"):
        pickle.loads(text)


def test_client_with_secrets_or_functions_cannot_be_pickled(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(BimpeAI):
        pass

    monkeypatch.setenv("BIMPEAI_API_KEY", KEY)
    for client in (
        BimpeAI(api_key=lambda: KEY),
        BimpeAI(proxy="http://user:password@proxy.test:1"),
        BimpeAI(on_retry=print),
        BimpeAI(default_headers={"X-Team": "shop"}),
        BimpeAI().with_options(default_headers={"X-Team": "shop"}),
        Own(),
    ):
        with pytest.raises(UserError, match="cannot be pickled, because it"):
            pickle.dumps(client)


def test_with_options_changes_defaults(sandbox: Sandbox) -> None:
    client = sandbox.client()
    derived = client.with_options(timeout=5, max_retries=0, default_headers={"X-Team": "shop"})
    assert type(derived) is BimpeAI
    assert derived.agents.list().data
    with derived as same:
        assert same is derived
    with pytest.raises(ClientClosedError):
        derived.agents.list()
    assert client.agents.list().data, "the original client stays open"
    another = client.with_options(timeout=5)
    client.close()
    with pytest.raises(ClientClosedError):
        another.agents.list()


@pytest.mark.parametrize("count", [11, 2**40])
def test_max_retries_above_ten_raises(count: int, sandbox: Sandbox) -> None:
    client, aclient = sandbox.client(), sandbox.async_client()
    for call in (
        lambda: client.with_options(max_retries=count),
        lambda: client.agents.list(max_retries=count),
        lambda: client.agents.delete("cm1", max_retries=count),
        lambda: client.request("GET", "/agents", max_retries=count),
        lambda: aclient.with_options(max_retries=count),
        lambda: asyncio.run(aclient.request("GET", "/agents", max_retries=count)),
    ):
        with pytest.raises(UserError, match=r"max_retries must be at most 10; .*error\.idempotency_key"):
            call()
    assert client.agents.list(max_retries=10).data


def test_closed_client_raises(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        assert client.agents.list().data
    client.close()
    with pytest.raises(ClientClosedError):
        client.agents.list()


def test_unreachable_server_raises_connection_error() -> None:
    with pytest.raises(APIConnectionError) as caught:
        BimpeAI(api_key=KEY, base_url=URL, max_retries=0).agents.list()
    error = caught.value
    assert (error.attempts, error.retryable, error.may_have_been_applied) == (1, True, False)
    assert (error.method, error.path) == ("GET", "/agents")


def test_version_has_three_parts() -> None:
    assert bimpe.__version__.count(".") == 2


def test_requests_ca_bundle_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    client = BimpeAI(api_key=KEY, base_url="https://127.0.0.1:1")
    with pytest.raises(
        bimpe.APIConnectionError, match=r"REQUESTS_CA_BUNDLE names no usable file: /no/such/bundle\.pem"
    ):
        client.agents.list()


def test_error_module_is_bimpe() -> None:
    for name in bimpe.__all__:
        if name.endswith("Error"):
            assert getattr(bimpe, name).__module__ == "bimpe"


class Ours(BimpeAI):
    """A client subclass with a method and attributes."""

    def __init__(self, team: str, **settings: Any) -> None:
        super().__init__(api_key="sk_test", **settings)
        self.team = team

    def whose(self) -> str:
        return self.team


def test_with_options_keeps_the_subclass_and_its_attributes() -> None:
    client = Ours("shop")
    assert client.agents is client.agents
    other = client.with_options(timeout=3)
    assert type(other) is Ours
    assert other.whose() == "shop"
    other.team = "office"
    assert client.team == "shop"
    assert other.agents is not client.agents
    assert client.agents is client.__dict__["agents"]
