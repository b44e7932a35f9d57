"""The clients: settings, options and life cycle. The resources come with the generated base classes."""

from __future__ import annotations

import atexit
import os
import sys

from ._errors import UserError, from_facts
from ._native import NativeClient, leave, register_error, register_types, version
from .resources import AsyncRoots, SyncRoots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self


def _find_class(name: str) -> object:
    """The class of a result, imported when the first such result comes."""
    from . import types

    return getattr(types, name, None)


register_error(from_facts)
register_types(_find_class)
atexit.register(leave)

_USER_AGENT = f"bimpe-python/{version} (Python/{sys.version.split()[0]}; {sys.platform})"


class _Settings:
    """What both clients share."""

    _native: NativeClient

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        allow_insecure_http: bool = False,
        http_client: object = None,
    ) -> None:
        """Checks the settings. Nothing is sent, and no connection opened, before the first call.

        Args:
            api_key: The key of the dashboard. Without it, the variable BIMPEAI_API_KEY is read.
            base_url: Where the API lives, with or without `/api/v1/console`. Without it, the variable
                BIMPEAI_BASE_URL is read; without that, it is the public address.
            timeout: Seconds that a call may take in all, retries and body included. 60 if not given.
            max_retries: How often a failed request is sent again. 2 if not given.
            default_headers: Headers for every request.
            proxy: A proxy for all hosts but this machine. Without it, HTTPS_PROXY and NO_PROXY are read.
            ca_file: A PEM file with certificates to trust beside those of the system.
            allow_insecure_http: Permit http:// to other machines. The key then travels in clear.
            http_client: Refused: this library does not use httpx.

        Raises:
            UserError: A setting is wrong, or there is no key.
        """
        if http_client is not None:
            raise UserError(
                "http_client is not supported, since requests are not sent by httpx. Use proxy=, ca_file= or "
                "timeout= for what it was to do; in tests, point base_url= at `bimpe sandbox`"
            )
        self._native = NativeClient(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            default_headers=default_headers,
            proxy=proxy,
            ca_file=None if ca_file is None else os.fspath(ca_file),
            allow_insecure_http=allow_insecure_http,
            user_agent=_USER_AGENT,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._native.base_url()

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """A client with other defaults that shares the connections of this one."""
        client = object.__new__(type(self))
        client._native = self._native.with_options((None, timeout, max_retries, default_headers))
        return client

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    def __reduce__(self) -> str | tuple[object, ...]:
        name = type(self).__name__
        raise UserError(
            f"{name} holds a key and connections, so it cannot be pickled; make one in each process"
        )


_ENVIRONMENT = ("BIMPEAI_API_KEY", "BIMPEAI_BASE_URL")


class BimpeAI(_Settings, SyncRoots):
    """A client of the Console API whose methods wait for the answer. Threads may share it."""

    def close(self) -> None:
        """Refuses further calls."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncBimpeAI(_Settings, AsyncRoots):
    """A client of the Console API for asyncio. Event loops and threads may share it."""

    async def aclose(self) -> None:
        """Refuses further calls."""
        self._native.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
