"""Advice for settings of other libraries."""

from __future__ import annotations

from ._errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_NETWORK = (
    "requests are sent by native code, which keeps its connections; use proxy=, ca_file=, timeout= or "
    "default_headers=, and in tests point base_url= at `bimpe sandbox`"
)
_CERTIFICATES = "certificates are always checked; name your own authority with ca_file="
_CLIENT_CERTIFICATE = "there are no client certificates; a proxy can add one, see proxy="
_KEY = "use api_key="
_TEAM = "the key belongs to a team; for another team, use its key as api_key="
_RETRIES = "use max_retries="
_TIMEOUT = "use timeout=, in seconds"
_HOOKS = "use on_request=, on_response= and on_retry="

_ADVICE = {
    "http_client": _NETWORK,
    "transport": _NETWORK,
    "mounts": _NETWORK,
    "limits": _NETWORK,
    "session": _NETWORK,
    "connector": _NETWORK,
    "adapter": _NETWORK,
    "pool": _NETWORK,
    "max_connections": _NETWORK,
    "http1": "HTTP/2 is used where the server offers it, and HTTP/1.1 elsewhere",
    "http2": "HTTP/2 is used where the server offers it, and HTTP/1.1 elsewhere",
    "verify": _CERTIFICATES,
    "verify_ssl": _CERTIFICATES,
    "ssl": _CERTIFICATES,
    "ssl_context": _CERTIFICATES,
    "ca_bundle": _CERTIFICATES,
    "cert": _CLIENT_CERTIFICATE,
    "client_cert": _CLIENT_CERTIFICATE,
    "proxies": "use proxy=, one address for all requests",
    "trust_env": "proxy= and ca_file= take the place of the variables for proxies and certificates",
    "follow_redirects": "redirects are not followed, because the new host would receive the key",
    "event_hooks": _HOOKS,
    "hooks": _HOOKS,
    "auth": _KEY,
    "token": _KEY,
    "access_token": _KEY,
    "auth_token": _KEY,
    "bearer_token": _KEY,
    "secret_key": _KEY,
    "organization": _TEAM,
    "project": _TEAM,
    "headers": "use default_headers=",
    "cookies": "the API takes no cookies; default_headers= can send the header `Cookie`",
    "params": "pass parameters to each method",
    "default_query": "pass parameters to each method",
    "retries": _RETRIES,
    "retry": _RETRIES,
    "max_network_retries": _RETRIES,
    "connect_timeout": _TIMEOUT,
    "read_timeout": _TIMEOUT,
    "request_timeout": _TIMEOUT,
    "timeout_ms": _TIMEOUT,
    "host": "use base_url=",
    "api_base": "use base_url=",
    "endpoint": "use base_url=",
}


def refuse(kind: str, unknown: Any, known: Iterable[str] | None) -> None:
    """Refuses unknown settings. Accepts None for settings of other libraries.

    Args:
        kind: Name of the called class.
        unknown: Dict of the unknown settings. Emptied, because tracebacks show secrets in it.
        known: Names of the supported settings.
    """
    given = {name: value is not None for name, value in unknown.items()}
    unknown.clear()
    for name, is_given in given.items():
        if name not in _ADVICE:
            hint = _nearest(name, known or ())
            raise TypeError(f"{kind}() got an unexpected keyword argument {name!r}{hint}")
        if is_given:
            raise UserError(f"`{name}` is not supported: {_ADVICE[name]}")


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(name, known, 1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
