//! Tests of typed requests over a transport in memory.

mod futures;
mod watching;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use bimpe::testing::{MemoryTransport, VirtualClock, reply};
use bimpe::types::{
    Agent, AgentDetail, AgentId, AgentStatus, BearerAuth, BimpeaiConfigure, BimpeaiConfigureResult,
    ConversationId, CreateAgent, CreateTool, CustomApiBearer, GoogleSheetsConfigure, PaystackConfigure,
    Persona, StripeConfigure, ToolHttpMethod, UpdateLiveStatus, UpdatePhoneNumber,
};
use bimpe::{Client, ErrorKind};

fn client(response: &Value) -> (Client, Arc<MemoryTransport>) {
    let text = response.to_string();
    let transport = Arc::new(MemoryTransport::new(move |_| reply(200, text.clone())));
    (build(transport.clone()), transport)
}

fn build(transport: Arc<MemoryTransport>) -> Client {
    let builder =
        Client::builder().api_key("sk_test").transport(transport).clock(Arc::new(VirtualClock::new()));
    builder.build().expect("the settings are right")
}

fn sent(transport: &MemoryTransport) -> Value {
    let requests = transport.requests();
    let request = requests.last().expect("something was sent");
    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("it was JSON")
}

/// An agent as the API sends it.
pub(super) fn agent() -> Value {
    json!({
        "id": "a1", "name": "Ada", "description": "", "logo": null, "mood": "good",
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
        "knowledge_bases": [], "integrations": [],
        "channels": [{"id": "c1", "type": "whatsapp", "name": "Shop", "status": "active", "is_connected": true}],
    })
}

#[tokio::test]
async fn an_optional_field_of_another_type_is_kept_in_extra() {
    let mut data = agent();
    data["logo"] = json!(7);
    let (client, _) = client(&json!({"message": "ok", "data": data}));
    let agent = client.agents().retrieve("a1").await.expect("all required fields");
    assert_eq!((agent.logo, &agent.extra["logo"]), (None, &json!(7)));
}

#[tokio::test]
async fn a_read_without_a_required_field_is_an_error_with_its_path() {
    let (mut nameless, mut numbered) = (agent(), agent());
    nameless["channels"][0]["id"].take();
    numbered["id"] = json!(7);
    for (data, place) in [
        (Value::Null, "the value is missing"),
        (json!([1, 2]), "the value has another type"),
        (json!({"ID": "a1"}), "`id` is missing"),
        (numbered, "`id` has another type"),
        (nameless, "`channels[0].id` is missing"),
    ] {
        let (client, _) = client(&json!({"message": "ok", "data": data}));
        let error = client.agents().retrieve("a1").await.expect_err("something is missing");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert!(error.message().contains(place), "{error}");
        assert!(error.to_string().contains("lenient()"), "{error}");
        assert_eq!((error.status(), error.attempts()), (Some(200), 1));
        assert!(error.request_id().is_some());
        client.agents().retrieve("a1").lenient().await.expect("any shape is read");
        assert!(serde_json::from_value::<AgentDetail>(data).is_err());
    }
    let (client, _) = client(&json!({"message": "ok", "data": [agent(), {"id": "a2"}, agent()]}));
    let error = client.agents().list().await.expect_err("something is missing");
    assert!(error.message().contains("`[1].name` is missing"), "{error}");
    let mut items = client.agents().list().items();
    assert_eq!(items.try_next().await.expect("it fits").expect("there is one").id, "a1");
    let error = items.try_next().await.expect_err("something is missing");
    assert!(error.message().contains("`[1].name` is missing"), "{error}");
    assert_eq!((error.method(), error.attempts()), (Some("GET"), 1));
    assert_eq!(items.try_next().await.expect("it fits").expect("it hides no other").id, "a1");
    let page = client.agents().list().lenient().await.expect("any shape is read");
    assert_eq!((page.data[1].id.as_str(), page.data[1].name.as_str()), ("a2", ""));
}

#[tokio::test]
async fn an_applied_write_succeeds_with_a_response_of_any_shape() {
    for data in [Value::Null, json!([1, 2]), json!({"ID": "a1"}), json!("done")] {
        let (client, _) = client(&json!({"message": "ok", "data": data}));
        let agent = client.agents().create(CreateAgent::new("w1", "Ada", "Sells shoes")).await;
        assert_eq!(agent.expect("it was carried out").id, "");
        let sheets = client.agents().integrations().bimpeai().configure("a1", GoogleSheetsConfigure::new());
        assert!(matches!(sheets.await.expect("it was carried out"), BimpeaiConfigureResult::Unknown(_)));
    }
}

#[tokio::test]
async fn a_body_is_sent_and_a_response_decoded() {
    let (client, transport) =
        client(&json!({"message": "ok", "data": {"id": "a1", "name": "Ada", "mood": "good"}}));
    let body = CreateAgent::new("w1", "Ada", "Sells shoes").persona(Persona::Friendly);
    let response = client.agents().create(body).idempotency_key("k1").send_raw().await.expect("a response");
    assert_eq!(
        sent(&transport),
        json!({"workflow_id": "w1", "name": "Ada", "description": "Sells shoes", "persona": "friendly"})
    );
    assert_eq!(response.value.id, "a1");
    assert_eq!(response.value.extra["mood"], "good");
    assert_eq!(response.response.idempotency_key.as_deref(), Some("k1"));
}

#[tokio::test]
async fn a_malformed_response_of_a_write_is_no_error() {
    let (client, _) = client(&json!({"message": "ok", "data": ["what is this"]}));
    let status = UpdateLiveStatus::new(AgentStatus::Live);
    let response = client.agents().update_live_status("a1", status).await.expect("it was carried out");
    assert_eq!(response.status, AgentStatus::Unknown(String::new()));
    assert_eq!(response.extra[""], json!(["what is this"]));
}

#[tokio::test]
async fn a_union_is_encoded_by_its_tag_and_decoded_by_its_fields() {
    let (client, transport) =
        client(&json!({"message": "ok", "data": {"onboarding_url": "https://x.test/"}}));
    let bimpeai = client.agents().integrations().bimpeai();
    let response = bimpeai.configure("a1", GoogleSheetsConfigure::new()).await.expect("a response");
    assert_eq!(sent(&transport), json!({"type": "google_sheets"}));
    assert_eq!(
        response.onboarding_url().map(|response| response.onboarding_url.as_str()),
        Some("https://x.test/")
    );
    assert!(!matches!(response, BimpeaiConfigureResult::Unknown(_)));

    let body = CustomApiBearer::new("Orders", BearerAuth::new("very-secret"));
    assert!(!format!("{body:?}").contains("very-secret"));
    let _ = client.agents().integrations().custom_api().configure("a1", body).await;
    assert_eq!(sent(&transport)["auth_type"], "bearer");
    assert_eq!(sent(&transport)["auth_config"], json!({"token": "very-secret"}));
}

#[tokio::test]
async fn null_is_sent_only_if_set() {
    let (client, transport) = client(&json!({"message": "ok", "data": {"id": "p1"}}));
    client.phone_numbers().update("p1", UpdatePhoneNumber::new().agent_id(None)).await.expect("a response");
    assert_eq!(sent(&transport), json!({"agent_id": null}));
    client.phone_numbers().update("p1", UpdatePhoneNumber::new().label("Shop")).await.expect("a response");
    assert_eq!(sent(&transport), json!({"label": "Shop"}));
}

#[tokio::test]
async fn items_iterates_page_by_page() {
    let transport = Arc::new(MemoryTransport::new(|request| {
        let page = if request.uri.query().unwrap_or_default().contains("page=2") { 2 } else { 1 };
        let data = [json!({"id": format!("a{page}")}), json!({"id": format!("b{page}")})];
        let meta = json!({"current_page": page, "page_count": 2, "has_next_page": page == 1});
        reply(200, json!({"message": "ok", "data": data, "meta": meta}).to_string())
    }));
    let client = build(transport.clone());
    let list = || client.agents().list().lenient().limit(2).search("shop").timeout(Duration::from_secs(9));

    let agents: Vec<Agent> = list().items().try_collect().await.expect("all pages are good");
    assert_eq!(agents.iter().map(|agent| agent.id.as_str()).collect::<Vec<_>>(), ["a1", "b1", "a2", "b2"]);
    assert_eq!(transport.requests().len(), 2);
    assert!(transport.requests()[1].uri.query().expect("there is one").contains("search=shop"));

    let first = list().await.expect("the page is good");
    assert_eq!(first.meta.as_ref().map(|meta| meta.page_count), Some(2));
    let second = first.next_page().await.expect("the page is good").expect("there is a second page");
    assert_eq!(second.data[0].id, "a2");
    assert!(!second.has_next_page());
    assert!(second.next_page().await.expect("nothing is asked").is_none());

    let mut pages = list().pages();
    assert_eq!(pages.try_next().await.expect("the page is good").expect("there is one").data.len(), 2);
}

#[tokio::test]
async fn the_next_page_is_requested_ahead() {
    let transport = Arc::new(MemoryTransport::new(|request| {
        let page = if request.uri.query().unwrap_or_default().contains("page=2") { 2 } else { 1 };
        let meta = json!({"current_page": page, "page_count": 2, "has_next_page": page == 1});
        reply(200, json!({"message": "ok", "data": [{"id": format!("a{page}")}], "meta": meta}).to_string())
    }));
    let client = build(transport.clone());
    let mut agents = client.agents().list().lenient().items();
    assert!(transport.requests().is_empty(), "nothing is sent before it is asked for");
    assert_eq!(agents.try_next().await.expect("the page is good").expect("there is one").id, "a1");
    assert_eq!(transport.requests().len(), 2);
    assert_eq!(agents.try_next().await.expect("the page is good").expect("there is one").id, "a2");
    assert!(agents.try_next().await.expect("it has ended").is_none());
    assert_eq!(transport.requests().len(), 2);

    client.agents().list().lenient().first().await.expect("the page is good");
    assert_eq!(transport.requests().len(), 3, "one item needs one page");
}

#[tokio::test]
async fn setters_accept_values_and_options() {
    let language: Option<String> = None;
    let agent = CreateAgent::new("w1", "Ada", "Sells shoes").language(language).logo(Some("https://x.test/"));
    let agent = agent.persona("friendly").business_name("Shop".to_owned());
    let sent = json!({
        "workflow_id": "w1", "name": "Ada", "description": "Sells shoes", "logo": "https://x.test/",
        "persona": "friendly", "business_name": "Shop",
    });
    assert_eq!(serde_json::to_value(agent).expect("JSON"), sent);

    let (client, transport) = client(&json!({"message": "ok", "data": []}));
    let (limit, page): (u32, Option<usize>) = (5, None);
    let list = client.conversations().list("a1").limit(limit).page(page).sort(None::<&str>);
    list.is_test_channel(Some(true)).await.expect("a response");
    let query = transport.requests()[0].uri.query().expect("there is one").to_owned();
    let parts: std::collections::BTreeSet<&str> = query.split('&').collect();
    assert_eq!(parts, ["page=1", "limit=5", "is_test_channel=true"].into());

    let tool = || CreateTool::new("Order", ToolHttpMethod::Post, "https://x.test/orders");
    for tool in [
        tool().body_template(json!({"item": "{{item}}"})),
        tool().body_template([("item", "{{item}}")]),
        tool().body_template(std::collections::HashMap::from([("item".to_owned(), json!("{{item}}"))])),
    ] {
        assert_eq!(serde_json::to_value(tool).expect("JSON")["body_template"], json!({"item": "{{item}}"}));
    }
    let tools = client.agents().integrations().custom_api().tools();
    let error = tools.add("a1", "i1", tool().body_template(json!([1]))).await.expect_err("it is no object");
    assert!(error.message().contains("body_template"), "{error}");
}

#[tokio::test]
async fn every_response_can_be_serialized() {
    for data in [json!({"onboarding_url": "https://x.test/"}), json!({"success": true, "channel_id": "c1"})] {
        let response: BimpeaiConfigureResult = serde_json::from_value(data.clone()).expect("it is known");
        assert_eq!(serde_json::to_value(response).expect("JSON"), data);
    }
}

#[tokio::test]
async fn the_source_of_an_error_is_the_transport_error() {
    use std::error::Error as _;

    use bimpe::testing::Reply;
    use bimpe::transport::TransportError;

    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let failing = Mutex::new(Some(TransportError::not_sent("connection refused").caused_by(refused)));
    let transport = MemoryTransport::new(move |_| {
        Reply::failure(failing.lock().expect("no panic").take().expect("one attempt"))
    });
    let request = build(Arc::new(transport)).agents().retrieve("a1").max_retries(0).await;
    let error = request.expect_err("no server responds");
    let source = error.source().expect("there is one");
    assert!(source.is::<TransportError>());
    assert!(source.source().expect("there is one").is::<std::io::Error>());
}

#[tokio::test]
async fn an_invalid_argument_is_refused_without_a_request() {
    let (client, transport) = client(&json!({"message": "ok", "data": {}}));
    let error = client.agents().retrieve("..").await.expect_err("it is no id");
    assert_eq!(error.kind(), ErrorKind::User);
    let error = client.agents().update_live_status("a1", UpdateLiveStatus::new("asleep")).await;
    assert!(error.expect_err("there is no such status").message().contains("status"));
    assert!(transport.requests().is_empty());
}

#[tokio::test]
async fn ids_of_resources_have_distinct_types() {
    let (client, transport) = client(&json!({"message": "ok", "data": []}));
    let (agent, conversation) = (AgentId::from("a1"), ConversationId::from("c1"));
    client.conversations().messages().list(&agent, conversation).await.expect("a response");
    assert!(transport.requests()[0].uri.path().ends_with("/agents/a1/conversations/c1/messages"));
    assert_eq!(serde_json::to_value(&agent).expect("JSON"), "a1");
}

#[tokio::test]
async fn swapped_keys_are_refused_and_never_shown() {
    let (client, transport) = client(&json!({"message": "ok", "data": {}}));
    for (public, secret, field) in
        [("sk_live_canary", "pk_live_1", "public_key"), ("pk_live_1", "pk_live_canary", "secret_key")]
    {
        let bodies: [BimpeaiConfigure; 2] = [
            StripeConfigure::new(public, secret, "USD").into(),
            PaystackConfigure::new(public, secret, "NGN").into(),
        ];
        for body in bodies {
            assert!(!format!("{body:?}").contains("live"), "{body:?}");
            let error = client.agents().integrations().bimpeai().configure("a1", body).await;
            let error = error.expect_err("they are swapped");
            assert!(error.message().contains(field) && !error.message().contains("live"), "{error}");
        }
    }
    assert!(transport.requests().is_empty());
}

#[test]
fn the_timeout_of_a_tool_is_a_duration() {
    let tool =
        CreateTool::new("Order", ToolHttpMethod::Post, "https://x.test").timeout(Duration::from_secs(5));
    let written = serde_json::to_value(&tool).expect("JSON");
    assert_eq!(written["timeout"], 5000);
    assert_eq!(serde_json::from_value::<CreateTool>(written).expect("it is a tool"), tool);
}
