"""The results that the official package has at its root, by its names, so that a changed import is enough."""

from .types import (
    Action,
    Agent,
    AgentCreateResponse,
    AgentDetail,
    AgentTestCode,
    BimpeaiIntegration,
    Call,
    CallDetail,
    Channel,
    Conversation,
    ConversationDetail,
    CustomApiIntegration,
    Integration,
    IntegrationSummary,
    KnowledgeBase,
    KnowledgeBaseSummary,
    LiveStatus,
    MakeCallResult,
    McpDiscoverResult,
    McpServerIntegration,
    McpTestResult,
    Message,
    OnboardingUrl,
    PaginationMeta,
    PhoneNumber,
    PhoneNumberDetail,
    PhoneNumberRequest,
    PipedreamIntegration,
    Rule,
    StreamMessageEvent,
    StreamTicket,
    TestCodeChannels,
    Tool,
    UpdatedActions,
    Workflow,
)

AgentAction = Action
AgentChannel = Channel
AgentIntegration = Integration
AgentLiveStatus = LiveStatus
BulkActionUpdate = UpdatedActions
DeploymentChannels = TestCodeChannels
IntegrationTool = Tool
KnowledgeBaseItem = KnowledgeBase
McpServerDiscoverResult = McpDiscoverResult
McpServerTestResult = McpTestResult
WorkflowDetail = Workflow
WorkflowSummary = Workflow

__all__ = [
    "Agent",
    "AgentAction",
    "AgentChannel",
    "AgentCreateResponse",
    "AgentDetail",
    "AgentIntegration",
    "AgentLiveStatus",
    "AgentTestCode",
    "BimpeaiIntegration",
    "BulkActionUpdate",
    "Call",
    "CallDetail",
    "Conversation",
    "ConversationDetail",
    "CustomApiIntegration",
    "DeploymentChannels",
    "IntegrationSummary",
    "IntegrationTool",
    "KnowledgeBaseItem",
    "KnowledgeBaseSummary",
    "MakeCallResult",
    "McpServerDiscoverResult",
    "McpServerIntegration",
    "McpServerTestResult",
    "Message",
    "OnboardingUrl",
    "PaginationMeta",
    "PhoneNumber",
    "PhoneNumberDetail",
    "PhoneNumberRequest",
    "PipedreamIntegration",
    "Rule",
    "StreamMessageEvent",
    "StreamTicket",
    "Workflow",
    "WorkflowDetail",
    "WorkflowSummary",
]
