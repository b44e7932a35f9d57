"""Helpers for tests of programs that use `bimpe`.

```python
from bimpe.testing import Sandbox

with Sandbox() as sandbox, sandbox.client() as client:
    sandbox.fail("agents.list", status=503, times=1)
    assert client.agents.list().data  # the client retried
    assert [request.status for request in sandbox.requests("agents.list")] == [503, 200]
```

`Sandbox` needs the `bimpe` command: `pip install "bimpe[sandbox]"`. The package has pytest fixtures as well:
`bimpe_sandbox`, `bimpe_client` and `async_bimpe_client`.
"""

from __future__ import annotations

from ._admin import SandboxError
from ._faults import FaultOptions
from ._pages import async_page, page
from ._sandbox import RecordedRequest, Sandbox

__all__ = ["FaultOptions", "RecordedRequest", "Sandbox", "SandboxError", "async_page", "page"]
