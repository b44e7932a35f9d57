"""Pages of lists, in a module of the official package's name."""

from ._page import AsyncPage, Page

__all__ = ["AsyncPage", "Page"]
