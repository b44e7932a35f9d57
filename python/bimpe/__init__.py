"""Agents, integrations, conversations and calls of BimpeAI: an unofficial, compatible client.

    from bimpe import BimpeAI

    client = BimpeAI()  # reads BIMPEAI_API_KEY; without an account, run `bimpe sandbox`
    for agent in client.agents.list():
        print(agent.name)

`AsyncBimpeAI` is the same for asyncio. Results and inputs are in `bimpe.types`.
"""

from __future__ import annotations

# The annotations of the errors are evaluated in this module.
from . import _errors, _hints as hints
from ._client import AsyncBimpeAI, BimpeAI
from ._errors import *  # noqa: F403 (every name of its `__all__`)
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
    "AsyncBimpeAI",
    "AsyncListing",
    "AsyncPage",
    "AsyncStream",
    "BimpeAI",
    "Model",
    "Page",
    "RawResponse",
    "RequestInfo",
    "ResponseInfo",
    "RetryInfo",
    "Stream",
    "__version__",
    "types",
    "webchat_user_id",
]
__all__ += _errors.__all__


def __getattr__(name: str) -> object:
    """Imports rarely used names on first access."""
    if name == "types":
        from importlib import import_module

        return import_module(".types", __name__)
    if name in __all__:
        return getattr(hints, name)
    if not name.startswith("_"):
        from . import _compat_names

        if name in vars(_compat_names):
            return getattr(_compat_names, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
