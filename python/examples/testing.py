"""Test a program without account and network: inject an error, and check the requests.

Usage: testing.py. Needs the `bimpe` command: `pip install "bimpe[sandbox]"`.
"""

from bimpe import BimpeAI
from bimpe.testing import Sandbox


def rename(client: BimpeAI, agent_id: str, name: str) -> None:
    """The program under test."""
    client.agents.update(agent_id, name=name)


with Sandbox() as sandbox:
    sandbox.fail("agents.update", status=503, times=1)
    rename(sandbox.client(), sandbox.agent_id, "Support")
    failed, succeeded = sandbox.requests("agents.update")
    assert (failed.status, succeeded.status) == (503, 200)
    assert failed.headers["idempotency-key"] == succeeded.headers["idempotency-key"]
    print(f"retried with the same idempotency key: {succeeded.body}")
