//! One malformed item in a list never hides the others, and nothing of it is lost: a lenient read keeps it, and a strict one names
//! just that item.

use bimpe::engine::OperationRequest;
use bimpe::operations::OPERATIONS;
use bimpe::schema::{Field, ResponseShape, Type};
use bimpe::testing::reply;
use bimpe::{Client, Error, Page};
use fastrand::Rng;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cases::try_all;
use crate::invariants::block_on::block_on;
use crate::invariants::wire::Wire;

/// Types that hold themselves are not followed deeper than this.
const DEEPEST: usize = 6;

/// A list as a program reads it, leniently or not, written down again item by item.
type List = fn(&Client, bool) -> Result<Vec<Value>, Error>;

trait Written {
    fn written(&self) -> Vec<Value>;
}

impl<T: Serialize> Written for Vec<T> {
    fn written(&self) -> Vec<Value> {
        self.iter().map(|item| serde_json::to_value(item).expect("it can be written")).collect()
    }
}

impl<T: Serialize> Written for Page<T> {
    fn written(&self) -> Vec<Value> {
        self.data.written()
    }
}

macro_rules! lists {
    ($($operation:literal: |$client:ident| $request:expr;)*) => {
        &[$(($operation, |$client, lenient| {
            let request = $request;
            let request = if lenient { request.lenient() } else { request };
            block_on(async { Ok(request.await?.written()) })
        })),*]
    };
}

const LISTS: &[(&str, List)] = lists! {
    "agents.actions.list": |c| c.agents().actions().list("a");
    "agents.channels.list": |c| c.agents().channels().list("a");
    "agents.integrations.bimpeai.list": |c| c.agents().integrations().bimpeai().list("a");
    "agents.integrations.custom_api.list": |c| c.agents().integrations().custom_api().list("a");
    "agents.integrations.custom_api.tools.list":
        |c| c.agents().integrations().custom_api().tools().list("a", "b");
    "agents.integrations.list": |c| c.agents().integrations().list("a");
    "agents.integrations.mcp_server.list": |c| c.agents().integrations().mcp_server().list("a");
    "agents.integrations.mcp_server.tools.list":
        |c| c.agents().integrations().mcp_server().tools().list("a", "b");
    "agents.integrations.pipedream.list": |c| c.agents().integrations().pipedream().list("a");
    "agents.knowledge_bases.list": |c| c.agents().knowledge_bases().list("a");
    "agents.list": |c| c.agents().list();
    "calls.list": |c| c.calls().list("a");
    "conversations.list": |c| c.conversations().list("a");
    "conversations.messages.list": |c| c.conversations().messages().list("a", "b");
    "phone_numbers.list": |c| c.phone_numbers().list();
    "phone_numbers.requests.list": |c| c.phone_numbers().requests().list();
    "workflows.list": |c| c.workflows().list();
};

fn item_type(operation: &str) -> &'static Type {
    match OperationRequest::new(operation).expect("it exists").operation.response {
        ResponseShape::List(item) | ResponseShape::Page(item) => item,
        _ => panic!("{operation} is no list"),
    }
}

#[test]
fn every_list_is_tried() {
    let lists: Vec<&str> = OPERATIONS
        .iter()
        .filter(|operation| matches!(operation.response, ResponseShape::List(_) | ResponseShape::Page(_)))
        .map(|operation| operation.id)
        .collect();
    assert_eq!(lists, LISTS.iter().map(|(operation, _)| *operation).collect::<Vec<_>>());
}

#[test]
fn a_malformed_item_hides_no_other() {
    let wire = Wire::new(|builder| builder);
    let inputs = (prop::sample::select(LISTS), any::<u64>());
    try_all(13, "A list with one malformed item", 200_000, &inputs, |((operation, list), seed)| {
        let mut random = Rng::with_seed(seed);
        let mut items: Vec<Value> = (0..5).map(|_| sample(item_type(operation), 0, &mut random)).collect();
        let malformed = random.usize(..items.len());
        let change = mutate(&mut items[malformed], &mut random);

        let meta = json!({"current_page": 1, "page_count": 1, "has_next_page": false});
        let body = json!({"message": "ok", "data": items, "meta": meta}).to_string();
        wire.reply_with([reply(200, body.clone()), reply(200, body)]);
        if let Err(error) = list(&wire.client, false) {
            // A required field is missing, and not only unknown.
            assert!(error.message().contains(&format!("`[{malformed}]")), "{operation}, {change}: {error}");
        }
        let read = list(&wire.client, true).unwrap_or_else(|error| panic!("{operation}, {change}: {error}"));
        assert_eq!(read.len(), items.len(), "{operation}, {change}");
        for (index, (came, read)) in items.iter().zip(&read).enumerate() {
            assert!(kept(came, read), "{operation}, {change}, item {index}: {came} became {read}");
        }
    });
}

/// A value with every field, or nearly: optional ones are sometimes missing or null.
fn sample(ty: &Type, depth: usize, random: &mut Rng) -> Value {
    match ty {
        Type::String(limits) => match random.choice(limits.values) {
            Some(known) => json!(known),
            None => json!(["", "text", "2026-01-01T00:00:00.000Z", "https://x.test/é"][random.usize(..4)]),
        },
        Type::Integer { .. } => json!(random.i64(..)),
        Type::Number { .. } => json!(random.f64()),
        Type::Boolean => json!(random.bool()),
        Type::Any => json!({"any": [random.u8(..), null, {}]}),
        Type::Map(inner) => json!({"one": sample(inner, depth + 1, random)}),
        Type::Array(_) if depth >= DEEPEST => json!([]),
        Type::Array(inner) => (0..random.usize(..3)).map(|_| sample(inner, depth + 1, random)).collect(),
        Type::Object(object) => fields(object.fields, depth, random),
        Type::Union(union) => {
            let variant = random.choice(union.variants).expect("a union has variants");
            let mut value = fields(variant.object.fields, depth, random);
            if let (Some(tag), Some(known)) = (union.tag, variant.tags.first()) {
                value[tag] = json!(known);
            }
            value
        }
        Type::Nullable(_) if depth >= DEEPEST || random.u8(..4) == 0 => Value::Null,
        Type::Nullable(inner) => sample(inner, depth, random),
    }
}

fn fields(fields: &[Field], depth: usize, random: &mut Rng) -> Value {
    let present = |field: &&Field, random: &mut Rng| field.required || depth < DEEPEST && random.u8(..4) > 0;
    let mut object = Map::new();
    for field in fields {
        if present(&field, random) {
            object.insert(field.name.to_owned(), sample(field.ty, depth + 1, random));
        }
    }
    Value::Object(object)
}

/// Changes one place of a value in one way, and says how.
fn mutate(value: &mut Value, random: &mut Rng) -> &'static str {
    // Somewhere on the way down, or at the bottom.
    let deeper = random.u8(..3) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let at = random.usize(..fields.len());
            let field = fields.values_mut().nth(at).expect("it is there");
            return mutate(field, random);
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = random.usize(..items.len());
            return mutate(&mut items[at], random);
        }
        Value::Object(fields) if random.bool() => {
            if !fields.is_empty() && random.bool() {
                let at = random.usize(..fields.len());
                let name = fields.keys().nth(at).expect("it is there").clone();
                fields.shift_remove(&name);
                return "a field left out";
            }
            let name = ["new_field", "extra", "type", "", "Ключ", "__proto__"][random.usize(..6)];
            fields.insert(name.to_owned(), json!({"of": "a later version"}));
            return "an unknown field";
        }
        _ => {}
    }
    let (new, change) = match random.u8(..8) {
        0 => (Value::Null, "null"),
        1 => (json!("a_value_of_a_later_version"), "text"),
        2 => (json!(random.i64(..)), "a whole number"),
        3 => (json!(random.u64(..)), "a large number"),
        4 => (json!(-0.5), "a number"),
        5 => (json!(random.bool()), "true or false"),
        6 => (json!([["list"], null, 7]), "a list"),
        _ => (json!({"shape": {"of": "a later version"}}), "an object"),
    };
    *value = new;
    change
}

/// Whether all that came is still there. Null is the same as nothing, and what should be an object is kept under an
/// empty name.
fn kept(came: &Value, read: &Value) -> bool {
    match (came, read) {
        (Value::Null, _) => true,
        (Value::Object(came), Value::Object(read)) => came
            .iter()
            .all(|(name, came)| came.is_null() || read.get(name).is_some_and(|read| kept(came, read))),
        (Value::Array(came), Value::Array(read)) => {
            came.len() == read.len() && came.iter().zip(read).all(|(came, read)| kept(came, read))
        }
        (Value::Number(came), Value::Number(read)) => came == read || came.as_f64() == read.as_f64(),
        (came, Value::Object(read)) => read.get("").is_some_and(|read| kept(came, read)),
        (came, read) => came == read,
    }
}
