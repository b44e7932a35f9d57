"""The names at the root of the official package, so that migration only changes the import."""

from __future__ import annotations

from . import _hints as hints
from ._raw import RawResponse
from .types import (
    Agent as Agent,
    AgentAction as AgentAction,
    AgentChannel as AgentChannel,
    AgentCreateResponse as AgentCreateResponse,
    AgentDetail as AgentDetail,
    AgentIntegration as AgentIntegration,
    AgentLiveStatus as AgentLiveStatus,
    AgentTestCode as AgentTestCode,
    BimpeaiIntegration as BimpeaiIntegration,
    BulkActionUpdate as BulkActionUpdate,
    Call as Call,
    CallDetail as CallDetail,
    Conversation as Conversation,
    ConversationDetail as ConversationDetail,
    CustomApiIntegration as CustomApiIntegration,
    DeploymentChannels as DeploymentChannels,
    IntegrationSummary as IntegrationSummary,
    IntegrationTool as IntegrationTool,
    KnowledgeBaseItem as KnowledgeBaseItem,
    KnowledgeBaseSummary as KnowledgeBaseSummary,
    MakeCallResult as MakeCallResult,
    McpServerDiscoverResult as McpServerDiscoverResult,
    McpServerIntegration as McpServerIntegration,
    McpServerTestResult as McpServerTestResult,
    Message as Message,
    OnboardingUrl as OnboardingUrl,
    PaginationMeta as PaginationMeta,
    PhoneNumber as PhoneNumber,
    PhoneNumberDetail as PhoneNumberDetail,
    PhoneNumberRequest as PhoneNumberRequest,
    PipedreamIntegration as PipedreamIntegration,
    Rule as Rule,
    StreamHeartbeatEvent as StreamHeartbeatEvent,
    StreamMessageEvent as StreamMessageEvent,
    StreamTicket as StreamTicket,
    Workflow as Workflow,
    WorkflowDetail as WorkflowDetail,
    WorkflowSummary as WorkflowSummary,
)

ApiResponse = RawResponse
ErrorCode: hints.TypeAlias = (
    hints.Literal[
        "agent_limit_reached",
        "api_key_expired",
        "api_key_invalid",
        "api_key_missing",
        "bad_request",
        "channel_not_configured",
        "conflict",
        "ensure_conflict",
        "forbidden",
        "insufficient_scope",
        "integration_connection_failed",
        "integration_limit_reached",
        "internal_error",
        "not_found",
        "not_implemented",
        "rate_limited",
        "too_many_requests",
        "too_many_streams",
        "unauthorized",
        "validation_error",
        "workflow_required",
    ]
    | str
)
"""The known error codes of the API. Other codes are plain strings."""
