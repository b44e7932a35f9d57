"""An MCP server by a Python library: `mcp_server.py mcp|fastmcp streamable-http|sse PORT`."""

from __future__ import annotations

import sys
from typing import Any


def server(library: str) -> Any:
    """Returns a server of the library."""
    if library == "fastmcp":
        from fastmcp import FastMCP

        return FastMCP("shop")
    from mcp.server.mcpserver import MCPServer

    return MCPServer("shop")


if __name__ == "__main__":
    library, transport, port = sys.argv[1:]
    shop = server(library)

    @shop.tool()
    def stock(product: str, wanted: int = 1) -> str:
        """Says whether the shop has a product."""
        if wanted > 3:
            raise ValueError(f"only 3 of {product}")
        return f"{wanted} of {product}"

    shop.run(transport=transport, host="127.0.0.1", port=int(port))
