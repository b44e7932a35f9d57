"""Agents, integrations, conversations and calls of BimpeAI: an unofficial, compatible client.

    from bimpe import BimpeAI

    client = BimpeAI()  # reads BIMPEAI_API_KEY; without an account, run `bimpe sandbox`
    for agent in client.agents.list():
        print(agent.name)

`AsyncBimpeAI` is the same for asyncio. Results and inputs are in `bimpe.types`.
"""

from __future__ import annotations

# The annotations of the errors are evaluated in this module.
from . import _hints as hints  # noqa: F401  # pyright: ignore[reportUnusedImport]
from ._client import AsyncBimpeAI, BimpeAI
from ._errors import (
    APIConnectionError,
    APIError,
    APINotImplementedError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BimpeAIError,
    ClientClosedError,
    ConflictError,
    EnsureConflictError,
    ForkedStreamError,
    InternalError,
    InternalServerError,
    MissingFieldError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RedirectError,
    ResponseTooLargeError,
    StreamDecodeError,
    StreamEndedError,
    UnexpectedResponseError,
    UserError,
    ValidationError,
)
from ._model import Model
from ._native import version as __version__, webchat_user_id
from ._resource import OMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import types
    from ._compat_names import *  # noqa: F403 (every name of its `__all__`)
    from ._hooks import RequestInfo, ResponseInfo, RetryInfo
    from ._page import AsyncListing, AsyncPage, Page
    from ._raw import RawResponse
    from ._stream import AsyncStream, Stream

__all__ = [
    "OMIT",
    "APIConnectionError",
    "APIError",
    "APINotImplementedError",
    "APITimeoutError",
    "AsyncBimpeAI",
    "AsyncListing",
    "AsyncPage",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "BimpeAI",
    "BimpeAIError",
    "ClientClosedError",
    "ConflictError",
    "EnsureConflictError",
    "ForkedStreamError",
    "InternalError",
    "InternalServerError",
    "MissingFieldError",
    "Model",
    "NotFoundError",
    "Page",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "RedirectError",
    "RequestInfo",
    "ResponseInfo",
    "ResponseTooLargeError",
    "RetryInfo",
    "Stream",
    "StreamDecodeError",
    "StreamEndedError",
    "UnexpectedResponseError",
    "UserError",
    "ValidationError",
    "__version__",
    "types",
    "webchat_user_id",
]


_LAZY_IMPORTS = {
    "AsyncListing": "_page",
    "AsyncPage": "_page",
    "AsyncStream": "_stream",
    "Page": "_page",
    "RawResponse": "_raw",
    "RequestInfo": "_hooks",
    "ResponseInfo": "_hooks",
    "RetryInfo": "_hooks",
    "Stream": "_stream",
}


def __getattr__(name: str) -> object:
    """Imports rarely used names on first access."""
    if name in _LAZY_IMPORTS:
        from importlib import import_module

        return getattr(import_module(f".{_LAZY_IMPORTS[name]}", __name__), name)
    if name == "types":
        from importlib import import_module

        return import_module(".types", __name__)
    if not name.startswith("_"):
        from . import _compat_names

        if name in _compat_names.__all__:
            return getattr(_compat_names, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
