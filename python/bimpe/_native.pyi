"""The native module: the engine of all clients."""

from asyncio import Future
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, final

from typing_extensions import Self

__all__ = [
    "ENVIRONMENT",
    "AsyncEvents",
    "CallTask",
    "CompletionQueue",
    "EventBatch",
    "NativeClient",
    "NativePending",
    "NativeStream",
    "SyncEvents",
    "build",
    "notify",
    "register_error",
    "register_types",
    "version",
    "webchat_user_id",
]

_T = TypeVar("_T")

version: str

ENVIRONMENT: tuple[str, ...]
"""The environment variables that a client reads when it is constructed."""

@final
class CallTask:
    def cancel(self) -> None: ...

@final
class CompletionQueue:
    def take(self) -> list[tuple[Any, ...]]: ...

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

@final
class EventBatch:
    """Events that arrived together."""

class _Events:
    def _add(self, batch: EventBatch) -> None: ...
    def _clear(self) -> None: ...

class SyncEvents(_Events, Generic[_T]):
    def __new__(cls, native: Any) -> Self: ...
    @classmethod
    def __class_getitem__(cls, _item: object) -> type[Self]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> _T: ...

class AsyncEvents(_Events, Generic[_T]):
    def __new__(cls, native: Any) -> Self: ...
    @classmethod
    def __class_getitem__(cls, _item: object) -> type[Self]: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Coroutine[Any, Any, _T]: ...

# The events, if any, and the connection events.
_StreamBatch: TypeAlias = tuple[EventBatch | None, list[dict[str, Any]]]

@final
class NativeStream:
    @property
    def operation(self) -> str: ...
    @property
    def last_event_id(self) -> str | None: ...
    @property
    def last_event_ids(self) -> dict[str, str]: ...
    def next_batch(self) -> _StreamBatch: ...
    def use_key(self, key: str) -> None: ...
    def next_batch_async(self) -> Future[_StreamBatch]: ...
    def close(self) -> None: ...

def register_types(find: Callable[[str], object]) -> None: ...
def register_error(factory: Callable[[dict[str, Any]], BaseException]) -> None: ...
def build(name: str, text: str) -> Any: ...
def notify(observer: Callable[..., object], /, *arguments: object, **keywords: object) -> None: ...
def webchat_user_id(text: str) -> str: ...
