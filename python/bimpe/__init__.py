"""Agents, integrations, conversations and calls of BimpeAI: an unofficial, compatible client.

    from bimpe import BimpeAI

    client = BimpeAI()  # reads BIMPEAI_API_KEY; without an account, run `bimpe sandbox`
    for agent in client.agents.list():
        print(agent.name)

`AsyncBimpeAI` is the same for asyncio. Results and inputs are in `bimpe.types`.
"""

from __future__ import annotations

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
from ._native import version as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import types
    from ._page import AsyncPage, Page
    from ._stream import AsyncStream, Stream

__all__ = [
    "APIConnectionError",
    "APIError",
    "APINotImplementedError",
    "APITimeoutError",
    "AsyncBimpeAI",
    "AsyncPage",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "BimpeAI",
    "BimpeAIError",
    "ClientClosedError",
    "ConflictError",
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
    "RedirectError",
    "ResponseTooLargeError",
    "Stream",
    "StreamDecodeError",
    "StreamEndedError",
    "UnexpectedResponseError",
    "UserError",
    "ValidationError",
    "__version__",
    "types",
]


def __getattr__(name: str) -> object:
    """Imports what most programs never name, when it is first named."""
    if name in ("Page", "AsyncPage"):
        from . import _page

        return getattr(_page, name)
    if name in ("Stream", "AsyncStream"):
        from . import _stream

        return getattr(_stream, name)
    if name == "types":
        from importlib import import_module

        return import_module(".types", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
