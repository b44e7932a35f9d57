"""Connect a web chat to an agent: POST /messages with {"visitor": "ada", "text": "Hello"} returns the reply.

Start it with `uvicorn web_service:app`. Reads BIMPEAI_API_KEY, BIMPEAI_BASE_URL and BIMPE_AGENT_ID.
"""

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from bimpe import AsyncBimpeAI, BimpeAIError, RateLimitError, UserError, ValidationError, webchat_user_id

# One client for all requests, because it holds the connections.
client = AsyncBimpeAI(timeout=60)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with client:  # closes the client at shutdown
        yield


app = FastAPI(lifespan=lifespan)


class Question(BaseModel):
    """A message of a visitor."""

    visitor: str
    text: str


@app.post("/messages")
async def reply(question: Question) -> dict[str, str | None]:
    message = await client.conversations.ask(
        os.environ["BIMPE_AGENT_ID"],
        message=question.text,
        channel_type="webchat",
        channel_user_id=webchat_user_id(question.visitor),
        is_test_channel=True,
    )
    return {"text": message.message}


@app.exception_handler(BimpeAIError)
async def error_response(_: Request, error: BimpeAIError) -> JSONResponse:
    if isinstance(error, ValidationError):
        return JSONResponse({"error": error.field_errors}, 400)
    if isinstance(error, UserError):
        return JSONResponse({"error": error.message}, 400)
    if isinstance(error, RateLimitError):
        return JSONResponse({"error": "busy", "retry_after": error.retry_after}, 503)
    # The log has the request id for the support. The visitor sees no detail.
    logging.getLogger(__name__).error("%s", error)
    return JSONResponse({"error": "the agent is not available"}, 502)
