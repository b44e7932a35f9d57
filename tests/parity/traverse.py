"""Calls all 57 operations in an order that gives each operation existing objects."""

from __future__ import annotations

import urllib.request
from typing import Any

from operations import STREAM, invoke

from sandbox_process import control

VISITOR = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11"


class Traversal:
    """The result or the error of each step."""

    def __init__(self, client: Any, sandbox: dict[str, Any]) -> None:
        self.client = client
        self.sandbox = sandbox
        self.steps: dict[str, Any] = {}
        self.called: set[str] = set()

    def call(self, operation_id: str, *path: str, label: str = "", **arguments: Any) -> Any:
        name = f"{operation_id} {label}".strip()
        assert name not in self.steps
        try:
            result = invoke(self.client, operation_id, list(path), **arguments)
        except Exception as error:
            result = error
        self.steps[name] = result
        self.called.add(operation_id)
        return result


def traverse(client: Any, sandbox: dict[str, Any], mcp_url: str) -> Traversal:
    """Resets the sandbox and calls all operations."""
    control(sandbox["url"], "reset")
    this = Traversal(client, sandbox)
    call = this.call
    workflow = call("workflows.create", body=WORKFLOW)
    call("workflows.list", query={"scope": "owned", "sort": "-created_at", "limit": 1})
    call("workflows.retrieve", workflow.id)
    call("workflows.update", workflow.id, body={"tags": ["shop"], "description": "Sells shoes"})
    copy = call("workflows.clone", body={"source_workflow_id": workflow.id})
    call("workflows.delete", copy.id)
    agent = call("agents.create", body={"workflow_id": workflow.id, "name": "Bisi", "description": "Sells"}).id
    call("agents.list", query={"page": 1, "limit": 1})
    call("agents.update", agent, body={"persona": "concise"})
    call("agents.update_live_status", agent, body={"status": "live"})
    call("agents.get_test_code", agent)
    _knowledge(call, agent)
    _integrations(this, agent, mcp_url)
    call("agents.retrieve", agent)
    _conversations(call, agent)
    _calls_and_numbers(this, agent)
    call("agents.update", agent, label="refused", body={"logo": None})
    call("agents.delete", agent)
    call("agents.retrieve", agent, label="after deletion")
    return this


WORKFLOW = {
    "name": "Shop",
    "system_prompt": "Help the customers.\nBe brief.",
    "rules": [{"id": "greet", "name": "Greet", "trigger": "hello", "response": "Welcome", "enabled": True}],
    "flows": [{"name": "Order", "trigger_keywords": [{"keyword": "order", "weight": "high"}]}],
    "guide": {"youtubeUrl": "https://example.com/video", "steps": ["Open the shop"]},
    "faq": [{"question": "Open?", "answer": "Always"}],
    "setup_steps": ["Choose a name", {"title": "Go live"}],
    "setup_time": 15,
}


def _knowledge(call: Any, agent: str) -> None:
    call("agents.knowledge_bases.create", agent, body={"type": "text", "name": "Hours", "content": "Always"})
    url = {"type": "url", "name": "Site", "url": "https://example.com"}
    site = call("agents.knowledge_bases.create", agent, label="url", body=url)
    call("agents.knowledge_bases.update", agent, site.id, body={"description": "The site"})
    call("agents.knowledge_bases.list", agent)
    call("agents.knowledge_bases.delete", agent, site.id)


def _integrations(this: Traversal, agent: str, mcp_url: str) -> None:
    call, prefix = this.call, "agents.integrations."
    keys = {"public_key": "pk_1", "secret_key": "sk_1", "currency": "NGN"}
    call(f"{prefix}bimpeai.configure", agent, label="stripe", body={"type": "stripe", **keys})
    call(f"{prefix}bimpeai.configure", agent, label="paystack", body={"type": "paystack", **keys})
    call(f"{prefix}bimpeai.configure", agent, label="bumpa", body={"type": "bumpa", "token": "t"})
    call(f"{prefix}bimpeai.configure", agent, label="google", body={"type": "google_calendar"})
    services = call(f"{prefix}bimpeai.list", agent)
    stripe = next(service for service in services if service.type == "stripe")
    call(f"{prefix}bimpeai.disconnect", agent, stripe.id)
    api = call(
        f"{prefix}custom_api.configure",
        agent,
        body={"name": "Orders", "auth_type": "bearer", "auth_config": {"token": "t"}},
    )
    tool = {
        "name": "Find order",
        "http_method": "GET",
        "url_template": "/orders/{{id}}",
        "url_params": [{"name": "id", "type": "string", "description": "Number", "required": True}],
        "timeout": 5000,
    }
    added = call(f"{prefix}custom_api.tools.add", agent, api.id, body=tool)
    call(f"{prefix}custom_api.tools.list", agent, api.id)
    call(f"{prefix}custom_api.list", agent)
    mcp = call(f"{prefix}mcp_server.configure", agent, body={"name": "Stock room", "server_url": mcp_url})
    call(f"{prefix}mcp_server.test", agent, mcp.id)
    call(f"{prefix}mcp_server.discover", agent, mcp.id)
    call(f"{prefix}mcp_server.tools.list", agent, mcp.id)
    call(f"{prefix}mcp_server.list", agent)
    onboarding = call(f"{prefix}pipedream.configure", agent, body={"app_slug": "google-sheets"})
    with urllib.request.urlopen(f"{onboarding.onboarding_url}/approve", b""):
        pass
    apps = call(f"{prefix}pipedream.list", agent)
    call("agents.integrations.list", agent)
    actions = [action.id for action in call("agents.actions.list", agent)]
    call("agents.actions.disable", agent, body={"action_ids": actions[:2]})
    call("agents.actions.enable", agent, body={"action_ids": actions[:1]})
    call(f"{prefix}custom_api.tools.delete", agent, api.id, added.id)
    call(f"{prefix}custom_api.disconnect", agent, api.id)
    call(f"{prefix}mcp_server.disconnect", agent, mcp.id)
    call(f"{prefix}pipedream.disconnect", agent, apps[0].id)


def _conversations(call: Any, agent: str) -> None:
    hello = {
        "message": "Hello",
        "channel_type": "webchat",
        "channel_user_id": VISITOR,
        "channel_username": "Bisi",
        "is_test_channel": True,
    }
    call("conversations.send", agent, body=hello)
    conversation = call("conversations.list", agent, query={"channel": "test_webchat"}).data[0].id
    call("conversations.retrieve", agent, conversation)
    call("conversations.set_ai_status", agent, conversation, body={"is_ai_chat_paused": True})
    call("conversations.messages.send", agent, conversation, body={"message": "A person", "role": "assistant"})
    messages = call("conversations.messages.list", agent, conversation, query={"sort": "created_at"})
    first = messages.data[0].id
    call("conversations.messages.retrieve", agent, conversation, first)
    call("conversations.messages.stream_ticket", agent, conversation)
    call(STREAM, agent, conversation, query={"after": first})


def _calls_and_numbers(this: Traversal, agent: str) -> None:
    call = this.call
    made = call("calls.make", agent, body={"destination": "+2348012345678", "is_test_call": True})
    control(this.sandbox["url"], "clock", {"advance": 60})
    call("calls.list", agent, query={"is_test_call": True})
    call("calls.retrieve", agent, made.call_id)
    wanted = {"business_name": "Shop", "intended_use": "Orders", "region": "ng", "agent_count": 1}
    call("phone_numbers.requests.create", body={**wanted, "outbound_minutes": 10})
    request = call("phone_numbers.requests.list").data[0]
    control(this.sandbox["url"], f"phone-number-requests/{request.id}/approve")
    number = call("phone_numbers.list", query={"limit": 50}).data[0].id
    call("phone_numbers.update", number, body={"agent_id": agent, "label": "Line"})
    call("phone_numbers.retrieve", number)
    call("agents.channels.list", agent)
    call("phone_numbers.update", number, label="unassign", body={"agent_id": None})
