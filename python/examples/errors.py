"""Handle errors and retries of a write: create an agent exactly once.

Usage: errors.py WORKFLOW_ID NAME. Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL. Prints the id of the agent.
"""

import sys
from functools import partial

from bimpe import APITimeoutError, BimpeAI, BimpeAIError, RateLimitError, RetryInfo, ValidationError, types


def log_retry(retry: RetryInfo) -> None:
    reason = type(retry.error).__name__
    log(f"{retry.operation}: attempt {retry.attempt} failed with {reason}, retry in {retry.wait:.1f} s")


def log(text: str) -> None:
    print(text, file=sys.stderr)


workflow_id, name = sys.argv[1:]
# The timeout is that of a request, including its retries.
client = BimpeAI(timeout=20, max_retries=2, on_retry=log_retry)


def create_once() -> types.Agent:
    """Creates one agent, even if the first request may have been applied: the second has the same key."""
    create = partial(client.agents.create, workflow_id=workflow_id, name=name, description="Takes orders")
    try:
        return create()
    except BimpeAIError as error:
        if not error.may_have_been_applied or error.idempotency_key is None:
            raise
        log(f"unknown result, repeats the request: {error.message}")
        return create(idempotency_key=error.idempotency_key, timeout=60)


try:
    print(create_once().id)
# Specific classes come before the base class.
except ValidationError as error:
    sys.exit("\n".join(f"{field['path']}: {field['message']}" for field in error.field_errors))
except RateLimitError as error:
    sys.exit(f"try again in {error.retry_after} seconds")
except APITimeoutError:
    sys.exit("the API did not respond in time")
except BimpeAIError as error:
    sys.exit(f"{error.code or type(error).__name__}, request {error.request_id}: {error.message}")
