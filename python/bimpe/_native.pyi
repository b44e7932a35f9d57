"""The native part: the engine behind all clients."""

from asyncio import Future
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, final

__all__ = [
    "CallTask",
    "NativeClient",
    "NativePending",
    "NativeStream",
    "build",
    "leave",
    "register_error",
    "register_types",
    "version",
    "webchat_user_id",
]

version: str

@final
class CallTask:
    def cancel(self) -> None: ...

@final
class NativeClient:
    def __new__(cls, **settings: object) -> NativeClient: ...
    def with_options(self, options: tuple[object, ...]) -> NativeClient: ...
    def request(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: tuple[object, ...],
        cursor: str | None,
        raw: bool,
        on_retry: Callable[[int, float, Any], object] | None = None,
    ) -> Any: ...
    def begin(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: tuple[object, ...],
        cursor: str | None,
        raw: bool,
        on_retry: Callable[[int, float, Any], object] | None = None,
    ) -> NativePending: ...
    def request_async(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: tuple[object, ...],
        cursor: str | None,
        raw: bool,
        on_retry: Callable[[int, float, Any], object] | None = None,
    ) -> Future[Any]: ...
    @staticmethod
    def route(operation: str) -> tuple[str, str]: ...
    def stream(
        self,
        operation: str,
        paths: list[tuple[tuple[str, ...], dict[str, object]]],
        named: bool,
    ) -> NativeStream: ...
    def base_url(self) -> str: ...
    def close(self) -> None: ...

@final
class NativePending:
    def result(self) -> Any: ...
    def cancel(self) -> None: ...

# Events with their ids and sources, and what happened to the connection.
_Brought: TypeAlias = tuple[list[tuple[str | None, Any, str | None]], list[dict[str, Any]]]

@final
class NativeStream:
    @property
    def operation(self) -> str: ...
    def next_batch(self) -> _Brought: ...
    def use_key(self, key: str) -> bool: ...
    def next_batch_async(self) -> Future[_Brought]: ...
    def close(self) -> None: ...

def register_types(find: Callable[[str], object]) -> None: ...
def register_error(factory: Callable[[dict[str, Any]], BaseException]) -> None: ...
def build(name: str, text: str) -> Any: ...
def leave() -> None: ...
def webchat_user_id(text: str) -> str: ...
