"""Types of the official package that no schema stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._model import Model
from .integrations_inputs import ApiKeyAuthParams, BasicAuthParams, BearerAuthParams

if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Self

IntegrationAuthConfig: TypeAlias = BearerAuthParams | BasicAuthParams | ApiKeyAuthParams
"""Credentials of an integration; which fields they have follows from `auth_type`."""


class StreamHeartbeatEvent(Model, init=False):
    """An event that keeps an idle stream open. Streams do not return it."""

    __slots__ = ("ts",)

    ts: int
    """When it was sent, in milliseconds since 1970."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """An event from plain values."""
        return cls.model_construct(**data)
