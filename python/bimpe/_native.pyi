"""The native part: the engine behind all clients."""

from asyncio import Future
from collections.abc import Callable, Mapping
from typing import Any

version: str

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
    ) -> Any: ...
    def request_async(
        self,
        operation: str,
        path: tuple[str, ...],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        options: tuple[object, ...],
        cursor: str | None,
        raw: bool,
    ) -> Future[Any]: ...
    def base_url(self) -> str: ...
    def close(self) -> None: ...

def register_types(find: Callable[[str], object]) -> None: ...
def register_error(factory: Callable[[dict[str, Any]], BaseException]) -> None: ...
def build(name: str, text: str) -> Any: ...
def leave() -> None: ...
