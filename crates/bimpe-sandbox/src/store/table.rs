//! The tables of the database.

/// A table: one for each resource of the API, and some for the sandbox itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Agents,
    Calls,
    Conversations,
    Integrations,
    ApiKeys,
    KnowledgeBases,
    Messages,
    Onboarding,
    PhoneNumberRequests,
    PhoneNumbers,
    StoredResponses,
    Settings,
    Snapshots,
    StreamTickets,
    Tools,
    Workflows,
}

impl Table {
    pub(super) const ALL: [Self; 16] = [
        Self::Agents,
        Self::Calls,
        Self::Conversations,
        Self::Integrations,
        Self::ApiKeys,
        Self::KnowledgeBases,
        Self::Messages,
        Self::Onboarding,
        Self::PhoneNumberRequests,
        Self::PhoneNumbers,
        Self::StoredResponses,
        Self::Settings,
        Self::Snapshots,
        Self::StreamTickets,
        Self::Tools,
        Self::Workflows,
    ];

    /// Returns the tables whose rows can have a row of this table as their parent.
    pub(super) fn children(self) -> &'static [Self] {
        match self {
            Self::Agents => &[
                Self::Calls,
                Self::Conversations,
                Self::Integrations,
                Self::KnowledgeBases,
                Self::Onboarding,
            ],
            Self::Conversations => &[Self::Messages, Self::StreamTickets],
            Self::Integrations => &[Self::Tools],
            _ => &[],
        }
    }

    /// Returns the SQL name. Existing database files use these names, so a change would hide their rows.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Calls => "calls",
            Self::Conversations => "conversations",
            Self::Integrations => "integrations",
            Self::ApiKeys => "keys",
            Self::KnowledgeBases => "knowledge_bases",
            Self::Messages => "messages",
            Self::Onboarding => "onboarding",
            Self::PhoneNumberRequests => "phone_number_requests",
            Self::PhoneNumbers => "phone_numbers",
            Self::StoredResponses => "replays",
            Self::Settings => "settings",
            Self::Snapshots => "snapshots",
            Self::StreamTickets => "tickets",
            Self::Tools => "tools",
            Self::Workflows => "workflows",
        }
    }
}
