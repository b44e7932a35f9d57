"""The clients: settings, options and life cycle. The resources come with the generated base classes."""

from __future__ import annotations

import os
import sys

from . import _hints as hints
from ._errors import UserError, from_facts
from ._native import ENVIRONMENT, NativeClient, register_error, register_types, version
from ._resource import forget, own, part, show_without_unknown
from .resources import AsyncRoots, SyncRoots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._hooks import Hooks
    from ._key import KeyedSender, KeySource
    from ._resource import Sender
    from .resources.raw import AsyncRawRoots, RawRoots


def _find_class(name: str) -> object:
    """The class of a result, imported when the first such result comes."""
    from . import types

    return getattr(types, name, None)


register_error(from_facts)
register_types(_find_class)

_USER_AGENT = f"bimpe-python/{version} (Python/{sys.version.split()[0]}; {sys.platform})"


class _Settings:
    """What both clients share."""

    _core: NativeClient
    _hooks: Hooks | None
    _key: KeySource | None
    _native: Sender

    def __init__(
        self,
        *,
        api_key: str | hints.Callable[[], str | hints.Awaitable[str]] | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        default_headers: hints.Mapping[str, str] | None = None,
        proxy: str | None = None,
        ca_file: str | hints.PathLike[str] | None = None,
        allow_insecure_http: bool = False,
        on_request: hints.Callable[[hints.RequestInfo], object] | None = None,
        on_response: hints.Callable[[hints.ResponseInfo], object] | None = None,
        on_retry: hints.Callable[[hints.RetryInfo], object] | None = None,
        **unknown: hints.Unpack[hints.NoFields],
    ) -> None:
        """Checks the settings. Nothing is sent, and no connection opened, before the first call.

        The logger `bimpe` tells how calls went. With BIMPEAI_LOG=info or debug it writes to standard error.

        Args:
            api_key: The key of the dashboard. Without it, the variable BIMPEAI_API_KEY is read. Or a function
                that returns the key: it is called before each request, so that keys can be replaced; with
                AsyncBimpeAI it may be a coroutine function. A stream asks again when its key is refused.
            base_url: Where the API lives, with or without `/api/v1/console`. Without it, the variable
                BIMPEAI_BASE_URL is read; without that, it is the public address.
            timeout: Seconds that a call may take in all, retries and body included. 60 if not given.
            max_retries: How often a failed request is sent again, at most 10. 2 if not given.
            default_headers: Headers for every request.
            proxy: A proxy for all hosts but this machine, such as `http://host:3128` or
                `socks5h://host:1080`. If omitted, HTTPS_PROXY (or ALL_PROXY) and NO_PROXY are read.
            ca_file: A PEM file with certificates to trust beside those of the system. If omitted, the
                variable REQUESTS_CA_BUNDLE is read. SSL_CERT_FILE replaces those of the system.
            allow_insecure_http: Permit http:// to other machines. The key then travels in clear.
            on_request: Is called before a request is sent, and may add headers. What it raises goes to the
                caller. Streams and the requests inside a helper are not announced.
            on_response: Is called when a call has ended, well or not. What it raises goes to
                `sys.unraisablehook`, and the call ends as it would have.
            on_retry: Is called before each wait for another attempt, with the context variables of the call.
                What it raises goes to `sys.unraisablehook` too.

        Raises:
            UserError: A setting is wrong or one of another library, or there is no key.
            TypeError: There is no such setting.
        """
        if "BIMPEAI_LOG" in os.environ:
            from ._log import read_environment

            read_environment()
        key = None
        if callable(api_key):
            from ._key import KeySource

            key = KeySource(api_key)
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
                default_headers=default_headers,
                proxy=proxy,
                ca_file=None if ca_file is None else os.fspath(ca_file),
                allow_insecure_http=allow_insecure_http,
                user_agent=_USER_AGENT,
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            )
        finally:
            # Collectors of errors show the variables of a traceback.
            api_key = base_url = proxy = default_headers = None
        hooks = None
        if on_request or on_response or on_retry:
            from ._hooks import Hooks

            hooks = Hooks(on_request, on_response, on_retry)
        self._use(core, key, hooks)

    def _use(self, core: NativeClient, key: KeySource | None, hooks: Hooks | None) -> None:
        from ._sender import NativeSender

        self._core = core
        self._key = key
        self._hooks = hooks
        native: Any = core
        if "gevent.monkey" in sys.modules:
            from ._gevent import GreenClient, is_patched

            if is_patched():
                native = GreenClient(core)
        keyed: NativeClient | KeyedSender = native
        if key is not None:
            from ._key import KeyedSender

            keyed = KeyedSender(native, key)
        self._native = NativeSender(keyed, hooks)

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._core.base_url()

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        default_headers: hints.Mapping[str, str] | None = None,
    ) -> hints.Self:
        """A client with other defaults that shares the connections of this one.

        It is of the same class and has the same attributes; its `__init__` does not run. To close it ends
        only its own calls and streams; to close this one ends both.
        """
        client = object.__new__(type(self))
        for name, value in vars(self).items():
            # Resources belong to the client that they were asked of.
            if not isinstance(getattr(type(self), name, None), part):
                vars(client)[name] = value
        core = self._core.with_options((None, timeout, max_retries, default_headers))
        client._use(core, self._key, self._hooks)
        return client

    def __repr__(self) -> str:
        if not hasattr(self, "_core"):  # as in the traceback of settings that are wrong
            return f"<{type(self).__name__} that was not set up>"
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    def __reduce__(self) -> str | tuple[object, ...]:
        name = type(self).__name__
        raise UserError(
            f"{name} holds a key and connections, so it cannot be pickled; make one in each process"
        )


show_without_unknown(_Settings.__init__)


class BimpeAI(_Settings, SyncRoots):
    """A client of the Console API whose methods wait for the answer. Threads may share it."""

    @property
    def with_raw_response(self) -> RawRoots:
        """The same methods, which give a `RawResponse`: the result with status, headers and request id."""
        from ._raw import RawSender

        roots: Any = object.__new__(SyncRoots)
        roots._native = RawSender(self._native)
        return roots

    def request(
        self,
        method: str,
        path: str,
        *,
        query: hints.Mapping[str, object] | None = None,
        body: hints.Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        headers: hints.Mapping[str, str] | None = None,
    ) -> hints.RawResponse[hints.Any]:
        """Sends a request that this library has no method for, with retries and errors as for the others.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: The path below `/api/v1/console`, percent-encoded, as in `/agents`.
            query: Query parameters.
            body: The JSON body.
            idempotency_key: Marks a write that is sent again. Made up if not given.
            timeout: Seconds that the call may take in all, in place of the client's.
            max_retries: How often to try again, in place of the client's.
            headers: More headers.

        Returns:
            The `data` and `meta` of the answer as plain JSON, and what came along.
        """
        from ._raw import RawSender

        options = (idempotency_key, timeout, max_retries, headers)
        body = own(body)
        try:
            return RawSender(self._native).request(f"{method} {path}", (), query, body, options, None, True)
        finally:
            forget(body)

    def close(self) -> None:
        """Ends calls and streams, and refuses further ones; those of clients made from this one as well."""
        self._core.close()

    def __enter__(self) -> hints.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: hints.TracebackType | None,
    ) -> None:
        self.close()


class AsyncBimpeAI(_Settings, AsyncRoots):
    """A client of the Console API for asyncio. Event loops and threads may share it."""

    @property
    def with_raw_response(self) -> AsyncRawRoots:
        """The same methods, which give a `RawResponse`: the result with status, headers and request id."""
        from ._raw import RawSender

        roots: Any = object.__new__(AsyncRoots)
        roots._native = RawSender(self._native)
        return roots

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: hints.Mapping[str, object] | None = None,
        body: hints.Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        headers: hints.Mapping[str, str] | None = None,
    ) -> hints.RawResponse[hints.Any]:
        """Sends a request that this library has no method for, with retries and errors as for the others.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: The path below `/api/v1/console`, percent-encoded, as in `/agents`.
            query: Query parameters.
            body: The JSON body.
            idempotency_key: Marks a write that is sent again. Made up if not given.
            timeout: Seconds that the call may take in all, in place of the client's.
            max_retries: How often to try again, in place of the client's.
            headers: More headers.

        Returns:
            The `data` and `meta` of the answer as plain JSON, and what came along.
        """
        from ._raw import RawSender

        options = (idempotency_key, timeout, max_retries, headers)
        sender, body = RawSender(self._native), own(body)
        try:
            return await sender.request_async(f"{method} {path}", (), query, body, options, None, True)
        finally:
            forget(body)

    async def aclose(self) -> None:
        """Ends calls and streams, and refuses further ones; those of clients made from this one as well."""
        self._core.close()

    async def __aenter__(self) -> hints.Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: hints.TracebackType | None,
    ) -> None:
        await self.aclose()
