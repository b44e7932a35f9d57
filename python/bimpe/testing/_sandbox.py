"""`Sandbox`: starts `bimpe sandbox` and controls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote, urlencode

from .. import AsyncBimpeAI, BimpeAI, _hints as hints
from ._admin import Admin, SandboxError
from ._process import Process

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._faults import FaultOptions

P = ParamSpec("P")
T = TypeVar("T")


def _with_options_of(
    _client: Callable[P, T],
) -> Callable[[Callable[..., T]], Callable[Concatenate[Sandbox, P], T]]:
    """Gives a method the options of the client that the method returns."""
    return lambda method: method


@dataclass(frozen=True)
class RecordedRequest:
    """A request that the sandbox received. Secrets are masked."""

    id: int
    """Position in the journal."""
    time: str
    """Time of the sandbox's clock, in ISO 8601."""
    operation: str | None
    """Name of the operation, such as `agents.list`. None for an unknown path."""
    method: str
    """HTTP method."""
    path: str
    """Path of the request, without the query."""
    query: dict[str, Any]
    """Query parameters."""
    headers: dict[str, Any]
    """Headers. The names are in lower case."""
    body: Any
    """The decoded JSON body, or None."""
    status: int
    """Status of the response."""
    response: Any
    """The decoded JSON body of the response. A long response is cut to a text."""
    duration_ms: int
    """Milliseconds until the response."""


class Sandbox:
    """A local Console API for tests, with its own key and state.

    The sandbox is a process of the `bimpe` command. It starts on a free port when a `with` block begins or
    `start` is called. It ends with the block, with `stop`, or with this process, even if that is killed.

    Example:
        ```python
        from bimpe.testing import Sandbox

        with Sandbox() as sandbox, sandbox.client() as client:
            print(client.agents.retrieve(sandbox.agent_id).name)
        ```
    """

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        """Prepares a sandbox.

        Args:
            arguments: Additional arguments of `bimpe sandbox`, such as `["--seed", "7"]`.
        """
        self._arguments = arguments
        self._process: Process | None = None

    def start(self) -> Self:
        """Starts the sandbox, and returns when it accepts requests.

        Raises:
            SandboxError: The `bimpe` command is missing or does not start.
        """
        if self._process is None:
            process = Process(self._arguments)
            try:
                Admin(process.ready["url"]).request("GET", "/info")
            except BaseException:
                process.stop()
                raise
            self._process = process
        return self

    def stop(self) -> None:
        """Stops the sandbox, and waits for the end of its process."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Sandbox({self.url!r})" if self._process else "Sandbox(not running)"

    @property
    def url(self) -> str:
        """Base URL of the sandbox, such as `http://127.0.0.1:4010`."""
        return self._ready("url")

    @property
    def api_key(self) -> str:
        """An API key with all scopes."""
        return self._ready("api_key")

    @property
    def agent_id(self) -> str:
        """Id of an agent that exists after each reset."""
        return self._ready("agent_id")

    @property
    def workflow_id(self) -> str:
        """Id of a workflow that exists after each reset."""
        return self._ready("workflow_id")

    @property
    def env(self) -> dict[str, str]:
        """The variables by which `BimpeAI()` uses this sandbox."""
        return {"BIMPEAI_API_KEY": self.api_key, "BIMPEAI_BASE_URL": self.url}

    @_with_options_of(BimpeAI)
    def client(self, **options: Any) -> BimpeAI:
        """Returns a client of this sandbox. The options are those of `BimpeAI`."""
        return BimpeAI(**self._settings(options))

    @_with_options_of(AsyncBimpeAI)
    def async_client(self, **options: Any) -> AsyncBimpeAI:
        """Returns an async client of this sandbox. The options are those of `AsyncBimpeAI`."""
        return AsyncBimpeAI(**self._settings(options))

    def requests(self, operation: str | None = None) -> list[RecordedRequest]:
        """Returns the requests that the sandbox received since the last reset, oldest first.

        Args:
            operation: Only requests of this operation, such as `workflows.create`.

        Example:
            ```python
            from bimpe.testing import Sandbox

            with Sandbox() as sandbox, sandbox.client() as client:
                client.agents.update(sandbox.agent_id, name="Support")
                [request] = sandbox.requests("agents.update")
                assert request.body == {"name": "Support"}
            ```
        """
        query = "" if operation is None else "?" + urlencode({"operation": operation})
        names = [field.name for field in fields(RecordedRequest)]
        records: list[dict[str, Any]] = self._request("GET", f"/requests{query}")
        return [RecordedRequest(**{name: record[name] for name in names}) for record in records]

    def fail(self, operation: str | None = None, **fault: hints.Unpack[FaultOptions]) -> None:
        """Injects a fault into requests until the next reset, or into `times` requests.

        The first fault that matches a request applies.

        Args:
            operation: Operation of the requests, such as `agents.list`. Defaults to all.
            **fault: The fault, and further conditions.

        Raises:
            SandboxError: The fields have no effect or contradict each other.

        Example:
            ```python
            from bimpe.testing import Sandbox

            with Sandbox() as sandbox, sandbox.client() as client:
                sandbox.fail("agents.list", status=503, times=1)
                assert client.agents.list().data  # the client retried
                assert [request.status for request in sandbox.requests()] == [503, 200]
            ```
        """
        condition = {} if operation is None else {"operation": operation}
        self._request("POST", "/faults", {**condition, **fault})

    def approve_all(self) -> int:
        """Approves all pending onboardings, as their owners would. Returns their number."""
        return self._request("POST", "/onboardings/approve-all")["approved"]

    def advance(self, seconds: int) -> None:
        """Advances the clock of the sandbox by whole seconds. A running clock continues from there."""
        self._request("POST", "/clock", {"advance": seconds})

    def freeze(self) -> None:
        """Stops the clock of the sandbox until the next reset. `advance` still moves it."""
        self._request("POST", "/clock", {"frozen": True})

    def reset(self) -> None:
        """Restores the initial state: objects, clock, recorded requests and faults. Snapshots stay."""
        self._request("POST", "/reset")

    def snapshot(self, name: str) -> None:
        """Saves the objects and the clock under a name. Replaces an earlier snapshot of that name."""
        self._request("PUT", f"/snapshots/{quote(name, safe='')}")

    def restore(self, name: str) -> None:
        """Restores the objects and the clock of a snapshot."""
        self._request("POST", f"/snapshots/{quote(name, safe='')}/restore")

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"api_key": self.api_key, "base_url": self.url, **options}

    def _ready(self, name: str) -> str:
        if self._process is None:
            raise SandboxError(
                "the sandbox is not running: use `with Sandbox() as sandbox:`, or call `start()`"
            )
        return self._process.ready[name]

    def _request(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        return Admin(self.url).request(method, path, body)
