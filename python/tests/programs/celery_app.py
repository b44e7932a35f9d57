"""A Celery application that uses its client before the workers are forked.

`BIMPE_TEST_URL` is the echo server, `BIMPE_TEST_QUEUE` a folder.
"""

import os
from typing import Any

from celery import Celery

from bimpe import BimpeAI

folder = os.environ["BIMPE_TEST_QUEUE"]
client = BimpeAI(api_key="sk_test", base_url=os.environ["BIMPE_TEST_URL"])
client.agents.retrieve("before-the-fork")

app = Celery(
    "tasks",
    broker="filesystem://",
    backend=f"file://{folder}/results",
    broker_transport_options={
        "data_folder_in": f"{folder}/queue",
        "data_folder_out": f"{folder}/queue",
        "control_folder": f"{folder}/control",
    },
    broker_connection_retry_on_startup=False,
)


@app.task  # type: ignore[untyped-decorator]
def retrieve(canary: str) -> Any:
    agent = client.agents.retrieve(canary, headers={"x-canary": canary})
    return [os.getpid(), agent.id, agent.name]
