"""Advice for settings of other libraries."""

from __future__ import annotations

from ._errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# Hints, each with the settings of other libraries that have it.
_HINTS = (
    (
        (
            "requests are sent by native code, which keeps its connections; use proxy=, ca_file=, timeout= "
            "or default_headers=, and in tests point base_url= at `bimpe sandbox`"
        ),
        "http_client transport mounts limits session connector adapter pool max_connections",
    ),
    ("HTTP/2 is used where the server offers it, and HTTP/1.1 elsewhere", "http1 http2"),
    (
        "certificates are always checked; name your own authority with ca_file=",
        "verify verify_ssl ssl ssl_context ca_bundle",
    ),
    ("there are no client certificates; a proxy can add one, see proxy=", "cert client_cert"),
    ("use proxy=, one address for all requests", "proxies"),
    ("proxy= and ca_file= take the place of the variables for proxies and certificates", "trust_env"),
    ("redirects are not followed, because the new host would receive the key", "follow_redirects"),
    ("use on_request=, on_response= and on_retry=", "event_hooks hooks"),
    ("use api_key=", "auth token access_token auth_token bearer_token secret_key"),
    ("the key belongs to a team; for another team, use its key as api_key=", "organization project"),
    ("use default_headers=", "headers"),
    ("the API takes no cookies; default_headers= can send the header `Cookie`", "cookies"),
    ("pass parameters to each method", "params default_query"),
    ("use max_retries=", "retries retry max_network_retries"),
    ("use timeout=, in seconds", "connect_timeout read_timeout request_timeout timeout_ms"),
    ("use base_url=", "host api_base endpoint"),
)
_ADVICE = {name: hint for hint, names in _HINTS for name in names.split()}


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
