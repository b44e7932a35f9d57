//! The kinds of objects that a file describes, with the operations of each. Fields come from the operations.

use bimpe::operations as op;
use bimpe::schema::{Field, ObjectType, Operation, Type};
use serde_json::{Map, Value};

/// One kind of object.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The key of the list in a file, and the word in addresses.
    pub(crate) section: &'static str,
    pub(crate) list: &'static Operation,
    pub(crate) create: &'static Operation,
    pub(crate) update: Option<&'static Operation>,
    pub(crate) delete: &'static Operation,
    /// Sets fields that the other operations do not take, when everything below the object exists.
    pub(crate) status: Option<&'static Operation>,
    /// The field of the body that holds the name.
    pub(crate) name_field: &'static str,
    /// The field of a list entry that holds what was configured; none if the entry itself does.
    pub(crate) part: Option<&'static str>,
    /// Whether the creation of an existing object changes that object.
    pub(crate) upsert: bool,
    /// The kinds below an object.
    pub(crate) children: &'static [&'static Kind],
    /// Keys of an object in a file that are no fields of the API.
    pub(crate) keys: &'static [&'static str],
}

/// A field of a body that the file names otherwise: the id of a workflow is written as its name.
pub(crate) const WORKFLOW_ID: &str = "workflow_id";
pub(crate) const WORKFLOW: &str = "workflow";
pub(crate) const ACTIONS: &str = "actions";
pub(crate) const DISCOVER: &str = "discover";
/// The section of what each agent of a selection is to have.
pub(crate) const EACH_AGENT: &str = "each_agent";
/// The key that holds the lists of all families of integrations.
pub(crate) const INTEGRATIONS: &str = "integrations";
/// The kinds within `integrations`.
pub(crate) const FAMILIES: &[&Kind] = &[&BIMPEAI, &CUSTOM_API, &MCP_SERVER, &PIPEDREAM];
/// The kinds at the top of a file.
pub(crate) const TOP: &[&Kind] = &[&WORKFLOWS, &AGENTS];
/// All kinds, for `defaults`.
pub(crate) const ALL: &[&Kind] =
    &[&WORKFLOWS, &AGENTS, &KNOWLEDGE, &BIMPEAI, &CUSTOM_API, &TOOLS, &MCP_SERVER, &PIPEDREAM];

pub(crate) static WORKFLOWS: Kind = Kind {
    section: "workflows",
    update: Some(&op::WORKFLOWS_UPDATE),
    ..plain(&op::WORKFLOWS_LIST, &op::WORKFLOWS_CREATE, &op::WORKFLOWS_DELETE)
};

pub(crate) static AGENTS: Kind = Kind {
    section: "agents",
    update: Some(&op::AGENTS_UPDATE),
    status: Some(&op::AGENTS_UPDATE_LIVE_STATUS),
    children: &[&KNOWLEDGE, &BIMPEAI, &CUSTOM_API, &MCP_SERVER, &PIPEDREAM],
    keys: &[WORKFLOW, INTEGRATIONS, ACTIONS],
    ..plain(&op::AGENTS_LIST, &op::AGENTS_CREATE, &op::AGENTS_DELETE)
};

static KNOWLEDGE: Kind = Kind {
    section: "knowledge",
    update: Some(&op::AGENTS_KNOWLEDGE_BASES_UPDATE),
    ..plain(
        &op::AGENTS_KNOWLEDGE_BASES_LIST,
        &op::AGENTS_KNOWLEDGE_BASES_CREATE,
        &op::AGENTS_KNOWLEDGE_BASES_DELETE,
    )
};

static BIMPEAI: Kind = Kind {
    section: "bimpeai",
    name_field: "type",
    upsert: true,
    ..plain(
        &op::AGENTS_INTEGRATIONS_BIMPEAI_LIST,
        &op::AGENTS_INTEGRATIONS_BIMPEAI_CONFIGURE,
        &op::AGENTS_INTEGRATIONS_BIMPEAI_DISCONNECT,
    )
};

static CUSTOM_API: Kind = Kind {
    section: "custom_api",
    part: Some("config"),
    children: &[&TOOLS],
    ..plain(
        &op::AGENTS_INTEGRATIONS_CUSTOM_API_LIST,
        &op::AGENTS_INTEGRATIONS_CUSTOM_API_CONFIGURE,
        &op::AGENTS_INTEGRATIONS_CUSTOM_API_DISCONNECT,
    )
};

static TOOLS: Kind = Kind {
    section: "tools",
    ..plain(
        &op::AGENTS_INTEGRATIONS_CUSTOM_API_TOOLS_LIST,
        &op::AGENTS_INTEGRATIONS_CUSTOM_API_TOOLS_ADD,
        &op::AGENTS_INTEGRATIONS_CUSTOM_API_TOOLS_DELETE,
    )
};

pub(crate) static MCP_SERVER: Kind = Kind {
    section: "mcp_server",
    part: Some("config"),
    keys: &[DISCOVER],
    ..plain(
        &op::AGENTS_INTEGRATIONS_MCP_SERVER_LIST,
        &op::AGENTS_INTEGRATIONS_MCP_SERVER_CONFIGURE,
        &op::AGENTS_INTEGRATIONS_MCP_SERVER_DISCONNECT,
    )
};

static PIPEDREAM: Kind = Kind {
    section: "pipedream",
    name_field: "app_slug",
    part: Some("config"),
    ..plain(
        &op::AGENTS_INTEGRATIONS_PIPEDREAM_LIST,
        &op::AGENTS_INTEGRATIONS_PIPEDREAM_CONFIGURE,
        &op::AGENTS_INTEGRATIONS_PIPEDREAM_DISCONNECT,
    )
};

const fn plain(list: &'static Operation, create: &'static Operation, delete: &'static Operation) -> Kind {
    Kind {
        section: "",
        list,
        create,
        update: None,
        delete,
        status: None,
        name_field: "name",
        part: None,
        upsert: false,
        children: &[],
        keys: &[],
    }
}

impl Kind {
    /// Returns the fields of the file for this kind, each once. The name and the id of the workflow are none of them.
    pub(crate) fn fields(&self) -> Vec<&'static Field> {
        let mut fields: Vec<&'static Field> = Vec::new();
        for field in
            object_types(self.create).into_iter().chain(self.status_type()).flat_map(|object| object.fields)
        {
            let is_key = field.name == self.name_field || field.name == WORKFLOW_ID;
            if !is_key && !fields.iter().any(|other| other.name == field.name) {
                fields.push(field);
            }
        }
        fields
    }

    /// Returns the definition of a field: that of the variant that the body selects, or else of any variant.
    pub(crate) fn field(&self, name: &str, body: &Map<String, Value>) -> Option<&'static Field> {
        let own = variant(self.create, body).and_then(|object| field(object, name));
        own.or_else(|| self.fields().into_iter().find(|field| field.name == name))
    }

    /// Returns the fields of an object with this body. The name and the id of the workflow are none of them.
    pub(crate) fn fields_of(&self, body: &Map<String, Value>) -> Vec<&'static Field> {
        let own = variant(self.create, body).into_iter().chain(self.status_type());
        let fields = own.flat_map(|object| object.fields);
        fields.filter(|field| field.name != self.name_field && field.name != WORKFLOW_ID).collect()
    }

    /// Whether the status operation sets the field.
    pub(crate) fn is_status(&self, name: &str) -> bool {
        let created = object_types(self.create).iter().any(|object| field(object, name).is_some());
        !created && self.status_type().is_some_and(|object| field(object, name).is_some())
    }

    fn status_type(&self) -> Option<&'static ObjectType> {
        self.status.and_then(|operation| object_types(operation).first().copied())
    }

    /// Whether the update operation takes the field.
    pub(crate) fn can_update(&self, name: &str) -> bool {
        let types = self.update.map(object_types).unwrap_or_default();
        self.upsert || types.iter().any(|object| field(object, name).is_some())
    }

    /// Returns the configured part of a list entry.
    pub(crate) fn configured<'a>(&self, entry: &'a Value) -> &'a Value {
        self.part.map_or(entry, |part| &entry[part])
    }

    /// Returns the name of a list entry.
    pub(crate) fn name_of<'a>(&self, entry: &'a Value) -> &'a str {
        self.configured(entry)[self.name_field].as_str().unwrap_or_default()
    }
}

fn field(object: &'static ObjectType, name: &str) -> Option<&'static Field> {
    object.fields.iter().find(|field| field.name == name)
}

/// Returns the object types of a body, one for each variant.
pub(crate) fn object_types(operation: &Operation) -> Vec<&'static ObjectType> {
    match operation.body {
        Some(Type::Object(object)) => vec![object],
        Some(Type::Union(union)) => union.variants.iter().map(|variant| variant.object).collect(),
        _ => Vec::new(),
    }
}

/// Returns the object type that the tag of a body selects.
fn variant(operation: &Operation, body: &Map<String, Value>) -> Option<&'static ObjectType> {
    match operation.body {
        Some(Type::Object(object)) => Some(object),
        Some(Type::Union(union)) => {
            let tag = union.tag.and_then(|tag| body.get(tag)).and_then(Value::as_str);
            let chosen = union.variants.iter().find(|variant| match tag {
                Some(tag) => variant.tags.contains(&tag),
                None => variant.default,
            });
            chosen.map(|variant| variant.object)
        }
        _ => None,
    }
}
