"""The clients: settings, options and life cycle. The resources come with the generated base classes."""

from __future__ import annotations

import os
import sys

from . import _hints as hints
from ._errors import UserError, from_native
from ._native import ENVIRONMENT, NativeClient, register_error, register_types, version
from ._resource import part, show_without_unknown
from .resources import AsyncRoots, SyncRoots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._auth import ApiKeyProvider
    from ._request import Observer
    from ._transport import Transport


def _find_class(name: str) -> object:
    """Returns the class of a result. Imports it when the first such result arrives."""
    from . import types

    return getattr(types, name, None)


register_error(from_native)
register_types(_find_class)

_USER_AGENT = f"bimpe-python/{version} (Python/{sys.version.split()[0]}; {sys.platform})"


class _Settings:
    """The settings and options that both clients share."""

    _core: NativeClient
    _key: ApiKeyProvider | None
    _observers: list[Observer]
    """The observers, which clients from `with_options` share."""
    _recipe: dict[str, Any] | str
    """The settings with which another process can create the client, or the reason why none can."""
    _transport: Transport

    def __init__(
        self,
        *,
        api_key: str | hints.Callable[[], str | hints.Awaitable[str]] | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        pace: hints.Literal["adaptive"] | None = None,
        default_headers: hints.Mapping[str, str] | None = None,
        proxy: str | None = None,
        ca_file: str | hints.PathLike[str] | None = None,
        allow_insecure_http: bool = False,
        on_request: hints.Callable[[hints.RequestInfo], object] | None = None,
        on_response: hints.Callable[[hints.ResponseInfo], object] | None = None,
        on_retry: hints.Callable[[hints.RetryInfo], object] | None = None,
        **unknown: hints.Unpack[hints.NoFields],
    ) -> None:
        """Checks the settings. Opens no connection before the first request.

        The logger `bimpe` records requests. With BIMPEAI_LOG=info or debug it writes to standard error.

        Args:
            api_key: API key of the dashboard. Defaults to the variable BIMPEAI_API_KEY. Or a function that
                returns the key, called before each request. AsyncBimpeAI also accepts a coroutine
                function. A stream calls the function again when the server rejects its key.
            base_url: Base URL of the API, with or without `/api/v1/console`. Defaults to the variable
                BIMPEAI_BASE_URL, then to the public API.
            timeout: Timeout of a request in seconds, retries and body included. Defaults to 60.
            max_retries: Maximum number of retries, at most 10. Defaults to 2.
            pace: "adaptive" makes requests wait, within their timeouts, while the rate limit of their API key
                is used up. All clients of a process share what they know of a key. Streams do not wait.
            default_headers: Headers for every request.
            proxy: Proxy for all hosts except this machine, such as `http://host:3128` or
                `socks5h://host:1080`. If omitted, HTTPS_PROXY (or ALL_PROXY) and NO_PROXY are read.
            ca_file: PEM file of certificates to trust in addition to those of the system. Defaults to the
                variable REQUESTS_CA_BUNDLE. SSL_CERT_FILE replaces the certificates of the system.
            allow_insecure_http: Permits http:// to other machines, which sends the key unencrypted.
            on_request: Called before a request is sent, and may add headers. Exceptions propagate to the
                caller. Not called for streams or for requests made by helpers.
            on_response: Called after each request, successful or not. Exceptions go to
                `sys.unraisablehook` and do not change the result.
            on_retry: Called before the wait for each retry, with the context variables of the request.
                Exceptions go to `sys.unraisablehook`.

        Raises:
            UserError: A setting is invalid or belongs to another library, or the key is missing.
            TypeError: A setting is unknown.
        """
        if "BIMPEAI_LOG" in os.environ:
            from ._log import read_environment

            read_environment()
        key = None
        if callable(api_key):
            from ._auth import ApiKeyProvider

            key = ApiKeyProvider(api_key)
            api_key = None
        try:
            if unknown:
                from ._foreign import refuse

                refuse(type(self).__name__, unknown, _Settings.__init__.__kwdefaults__)
            core = NativeClient(
                api_key=api_key,
                api_key_per_call=key is not None,
                base_url=base_url,
                timeout=timeout,
                max_retries=max_retries,
                pace=pace,
                default_headers=default_headers,
                proxy=proxy,
                ca_file=None if ca_file is None else os.fspath(ca_file),
                allow_insecure_http=allow_insecure_http,
                user_agent=_USER_AGENT,
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            )
            self._recipe = _recipe(
                {"base_url": base_url, "timeout": timeout, "max_retries": max_retries, "pace": pace}
                | {"ca_file": ca_file, "allow_insecure_http": allow_insecure_http or None},
                {"api_key": api_key or key, "default_headers": default_headers, "proxy": proxy}
                | {"on_request": on_request, "on_response": on_response, "on_retry": on_retry},
            )
        finally:
            # Error trackers record the variables of a traceback.
            api_key = base_url = proxy = default_headers = None
        observers: list[Observer] = []
        if on_request or on_response or on_retry:
            from ._hooks import Hooks

            observers.append(Hooks(on_request, on_response, on_retry))
        self._use(core, key, observers)

    def _use(self, core: NativeClient, key: ApiKeyProvider | None, observers: list[Observer]) -> None:
        from ._transport import Transport

        self._core = core
        self._key = key
        self._observers = observers
        sender: Any = core
        if "gevent.monkey" in sys.modules:
            from ._gevent import GreenClient, is_patched

            if is_patched():
                sender = GreenClient(core)
        if key is not None:
            from ._auth import AuthenticatingSender

            sender = AuthenticatingSender(sender, key)
        self._transport = Transport(sender, observers)

    @property
    def base_url(self) -> str:
        """The base URL of the API."""
        return self._core.base_url()

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        default_headers: hints.Mapping[str, str] | None = None,
    ) -> hints.Self:
        """Returns a client with other defaults that shares the connections of this one.

        The copy has the same class and attributes; its `__init__` does not run. Closing the copy ends only
        its own requests and streams. Closing this client ends those of both.
        """
        client = object.__new__(type(self))
        for name, value in vars(self).items():
            # Cached resources send with the options of their own client.
            if not isinstance(getattr(type(self), name, None), part):
                vars(client)[name] = value
        core = self._core.with_options((None, timeout, max_retries, default_headers))
        if isinstance(self._recipe, dict):
            given = _recipe(
                {"timeout": timeout, "max_retries": max_retries}, {"default_headers": default_headers}
            )
            client._recipe = self._recipe | given if isinstance(given, dict) else given
        client._use(core, self._key, self._observers)
        return client

    def _observe(self, make: hints.Callable[[NativeClient], Observer]) -> None:
        """Adds an observer of this client and its derived clients, in the place of one of the same class."""
        observer = make(self._core)
        others = [one for one in self._observers if type(one) is not type(observer)]
        self._observers[:] = [*others, observer]
        self._recipe = "it is instrumented"

    def __repr__(self) -> str:
        if not hasattr(self, "_core"):  # a traceback of invalid settings
            return f"<{type(self).__name__} without settings>"
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles the settings, never the key. Another process reads its key from BIMPEAI_API_KEY."""
        recipe, name = self._recipe, type(self).__name__
        if type(self) not in (BimpeAI, AsyncBimpeAI):
            recipe = "it is of a subclass"
        if isinstance(recipe, str):
            raise UserError(
                f"this {name} cannot be pickled, because {recipe}; create it in each process, or without the "
                "setting, so that each process reads BIMPEAI_API_KEY"
            )
        return _create, (type(self), recipe)


def _recipe(settings: dict[str, Any], unsafe: dict[str, Any]) -> dict[str, Any] | str:
    for name, value in unsafe.items():
        if value is not None:
            return f"its setting {name} may hold a secret or a function"
    return {name: value for name, value in settings.items() if value is not None}


def _create(kind: type[BimpeAI | AsyncBimpeAI], recipe: dict[str, Any]) -> BimpeAI | AsyncBimpeAI:
    return kind(**recipe)


show_without_unknown(_Settings.__init__)


class BimpeAI(_Settings, SyncRoots):
    """A sync client of the Console API. Safe to share between threads."""

    def close(self) -> None:
        """Ends requests and streams and refuses new ones, those of clients from `with_options` included."""
        self._core.close()

    def __enter__(self) -> hints.Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncBimpeAI(_Settings, AsyncRoots):
    """An asyncio client of the Console API. Safe to share between event loops and threads."""

    async def aclose(self) -> None:
        """Ends requests and streams and refuses new ones, those of clients from `with_options` included."""
        self._core.close()

    async def __aenter__(self) -> hints.Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()
