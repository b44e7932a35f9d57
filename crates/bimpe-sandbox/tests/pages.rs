//! The pages for a person.

mod common;

use bimpe_sandbox::Sandbox;
use common::{Api, text};
use reqwest::{Client, redirect};
use serde_json::{Value, json};

struct Browser {
    api: Api,
    http: Client,
}

/// A status and the HTML, or the address after a form.
type Page = (u16, String);

impl Browser {
    async fn start() -> Self {
        let http = Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
        Self { api: Api::start().await, http }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api.sandbox.url())
    }

    async fn open(&self, path: &str) -> Page {
        let response = self.http.get(self.url(path)).send().await.expect("a response");
        let policy = response.headers().get("content-security-policy").and_then(|value| value.to_str().ok());
        assert!(policy.is_some_and(|policy| !policy.contains("unsafe")), "{path}: {policy:?}");
        let status = response.status().as_u16();
        // The templates escape more characters than HTML demands.
        let html = response.text().await.expect("text").replace("&#x2f;", "/").replace("&#x27;", "'");
        (status, html)
    }

    /// Sends a form, and returns the address of the next page or the page itself.
    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.http.post(self.url(path)).header("origin", self.url("")).body(body);
        let response = request.send().await.expect("a response");
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        match location.map(str::to_owned) {
            Some(location) => (response.status().as_u16(), location),
            None => (response.status().as_u16(), response.text().await.expect("text")),
        }
    }

    /// Sends a request of the agent of the seed by a form, and returns the address of the next page.
    async fn operate(&self, operation: &str, fields: &[(&str, &str)]) -> String {
        let fields = [&[("agent_id", self.api.sandbox.agent_id())], fields].concat();
        let (status, location) = self.submit(&format!("/operations/{operation}"), &fields).await;
        assert_eq!(status, 303, "{location}");
        location
    }
}

fn operations() -> Vec<String> {
    let document: Value = serde_json::from_str(include_str!("../src/openapi.json")).expect("JSON");
    let items = document["paths"].as_object().expect("paths").values().filter_map(Value::as_object).flatten();
    items.filter_map(|(_, operation)| operation["operationId"].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn each_page_opens_and_allows_no_inline_script() {
    let browser = Browser::start().await;
    let agent = format!("/agents/{}", browser.api.sandbox.agent_id());
    let pages =
        ["/", "/agents", &agent, "/conversations", "/requests", "/faults", "/state", "/chat/whatsapp"];
    for path in pages {
        let (status, html) = browser.open(path).await;
        assert_eq!((status, html.matches("<h1").count()), (200, 1), "{path}: {html}");
    }
    for path in ["/agents/none", "/conversations/none", "/requests/none", "/chat/none", "/operations/none"] {
        let (status, html) = browser.open(path).await;
        assert!(status == 404 && html.contains("not found"), "{path}: {status} {html}");
    }
    for file in ["htmx.min.js", "hx-sse.min.js", "page.js", "style.css", "favicon.svg", "htmx-license.txt"] {
        let asset =
            browser.http.get(browser.url(&format!("/assets/{file}"))).send().await.expect("a response");
        assert_eq!(asset.status(), 200, "{file}");
    }
}

#[tokio::test]
async fn first_page_shows_the_address_and_the_key() {
    let browser = Browser::start().await;
    let (_, html) = browser.open("/").await;
    let sandbox = &browser.api.sandbox;
    for part in [sandbox.url(), sandbox.api_key(), sandbox.agent_id(), sandbox.workflow_id(), "/openapi.json"]
    {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[tokio::test]
async fn each_operation_has_a_form_with_its_fields() {
    let browser = Browser::start().await;
    for operation in operations() {
        let (status, html) = browser.open(&format!("/operations/{operation}")).await;
        let expected = if operation == "conversations.messages.stream" { 404 } else { 200 };
        assert_eq!(status, expected, "{operation}: {html}");
    }
    let path =
        "/operations/agents.integrations.custom_api.configure?auth_type=bearer&base_url=http%3A%2F%2Fa";
    let (_, html) = browser.open(path).await;
    for part in ["<option selected>bearer</option>", "name=\"auth_config\"", "value=\"http://a\""] {
        assert!(html.contains(part), "{part}: {html}");
    }
}

#[tokio::test]
async fn service_is_connected_by_its_onboarding() {
    let browser = Browser::start().await;
    let calendar = [("type", "google_calendar")];
    let page = browser.operate("agents.integrations.bimpeai.configure", &calendar).await;
    assert!(page.starts_with("/_sandbox/onboarding/"), "{page}");
    assert!(browser.open(&page).await.1.contains("Connect Google Calendar?"));
    assert!(browser.open("/agents").await.1.contains("Approve Google Calendar"));
    let (_, html) = browser.submit(&format!("{page}/approve"), &[]).await;
    assert!(html.contains("Google Calendar is connected"), "{html}");
    let (_, html) = browser.open(&format!("/agents/{}", browser.api.sandbox.agent_id())).await;
    assert!(html.contains("create_event") && !html.contains("Connect Google Calendar"), "{html}");

    let sheets = [("type", "google_sheets")];
    browser.operate("agents.integrations.bimpeai.configure", &sheets).await;
    assert_eq!(browser.submit("/onboardings/approve-all", &[]).await.1, "/agents");
    assert!(!browser.open("/agents").await.1.contains("Open onboardings"));
}

#[tokio::test]
async fn refused_request_of_a_form_leads_to_its_record() {
    let browser = Browser::start().await;
    let keys = [("type", "bumpa"), ("token", "invalid"), ("back", "/agents")];
    let record = browser.operate("agents.integrations.bimpeai.configure", &keys).await;
    assert_eq!(record, "/requests/1");
    let (_, html) = browser.open(&record).await;
    assert!(html.contains("integration_connection_failed") && !html.contains("invalid\""), "{html}");
    let missing = browser.submit("/operations/agents.retrieve", &[("agent_id", "")]).await;
    assert!(missing.0 == 400 && missing.1.contains("agent_id: is required"), "{missing:?}");
}

#[tokio::test]
async fn form_leads_only_to_pages_of_the_sandbox() {
    let browser = Browser::start().await;
    for (back, expected) in
        [("/agents", "/agents"), ("//example.com", "/requests/2"), ("https://a.b", "/requests/3")]
    {
        assert_eq!(browser.operate("agents.retrieve", &[("back", back)]).await, expected);
    }
}

#[tokio::test]
async fn test_code_opens_a_chat() {
    let browser = Browser::start().await;
    let unknown = browser.submit("/chat/whatsapp", &[("message", "start NOTACODE")]).await;
    assert!(unknown.0 == 400 && unknown.1.contains("No agent has this test code"), "{unknown:?}");
    let code = browser.api.get("{agent}/deployment/agent-test-code").await;
    let code = text(&code, "code");
    let (_, html) = browser.open(&format!("/agents/{}", browser.api.sandbox.agent_id())).await;
    assert!(html.contains(&format!("/chat/whatsapp?text=start%20{code}")) && html.contains("<svg"), "{html}");
    let (_, html) = browser.open(&format!("/chat/whatsapp?text=start%20{code}")).await;
    assert!(html.contains(&format!("value=\"start {code}\"")), "{html}");
    let (_, chat) = browser.submit("/chat/whatsapp", &[("message", &format!("start {code}"))]).await;
    let id = chat.strip_prefix("/conversations/").expect("a conversation");
    let message = [("conversation_id", id), ("message", "<b>Hello</b>"), ("back", chat.as_str())];
    assert_eq!(browser.operate("conversations.messages.send", &message).await, chat);
    let (_, html) = browser.open(&chat).await;
    assert!(html.contains("&lt;b&gt;Hello&lt;/b&gt;") && html.contains("message assistant"), "{html}");
    let pause = [("conversation_id", id), ("is_ai_chat_paused", "true")];
    browser.operate("conversations.set_ai_status", &pause).await;
    assert!(browser.open("/conversations").await.1.contains("AI paused"));
}

#[tokio::test]
async fn recorded_requests_are_filtered_and_replayed() {
    let browser = Browser::start().await;
    let name = "</pre><script>alert(1)</script>";
    browser.api.patch("{agent}", json!({ "name": name })).await;
    browser.api.get("/agents?limit=2&search=it's").await;
    browser.api.get("/agents/none").await;
    let (_, html) = browser.open("/requests").await;
    assert_eq!(html.matches("<tr id=").count(), 3);
    for (filter, count) in
        [("status=4", 1), ("operation=agents.list", 1), ("operation=agents.list&status=4", 0)]
    {
        let (_, html) = browser.open(&format!("/requests?{filter}")).await;
        assert_eq!(html.matches("<tr id=").count(), count, "{filter}");
    }
    let (_, html) = browser.open("/requests/1").await;
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
    let (_, html) = browser.open("/requests/2").await;
    assert!(html.contains("agents.list(limit=2, search=&quot;it's&quot;)"), "{html}");
    assert_eq!(browser.submit("/requests/2/replay", &[]).await, (303, "/requests/4".to_owned()));
    assert!(browser.open("/requests/4").await.1.contains("replay</span>"));
    assert_eq!(browser.submit("/requests/clear", &[]).await.1, "/requests");
    assert!(browser.open("/requests").await.1.contains("No requests"));
}

#[tokio::test]
async fn faults_are_added_and_deleted() {
    let browser = Browser::start().await;
    let invalid = browser.submit("/faults", &[("operation", "agents.list"), ("status", "99")]).await;
    assert!(invalid.0 == 400 && invalid.1.contains("status: must be at least 200"), "{invalid:?}");
    assert!(
        invalid.1.contains("<option selected>agents.list</option>") && invalid.1.contains("value=\"99\"")
    );
    let rule = [("operation", "agents.list"), ("status", "503"), ("times", ""), ("body", "{\"a\": 1}")];
    assert_eq!(browser.submit("/faults", &rule).await.1, "/faults");
    assert_eq!(browser.api.get("/agents").await, (503, json!({ "a": 1 })));
    assert!(browser.open("/faults").await.1.contains("status: 503"));
    assert_eq!(browser.submit("/faults/fault_1/delete", &[]).await.1, "/faults");
    assert_eq!(browser.submit("/faults/fault_1/delete", &[]).await.0, 404);
    assert_eq!(browser.api.get("/agents").await.0, 200);

    // A fault that sends half of a response must not stop the page.
    browser.submit("/faults", &[("wire", "stall")]).await;
    assert_eq!(browser.operate("agents.retrieve", &[]).await, "/requests/3");
    browser.submit("/faults/clear", &[]).await;
    assert!(browser.open("/faults").await.1.contains("No rules"));
}

#[tokio::test]
async fn keys_clock_and_snapshots_change() {
    let browser = Browser::start().await;
    let invalid = browser.submit("/state/keys", &[("scopes", "agents:read, all"), ("rate_limit", "5")]).await;
    assert!(invalid.0 == 400 && invalid.1.contains("scopes: must be some of"), "{invalid:?}");
    let key = [("scopes", "agents:read, agents:write"), ("rate_limit", "5")];
    assert_eq!(browser.submit("/state/keys", &key).await.1, "/state");
    assert!(browser.open("/state").await.1.contains("agents:read, agents:write"));
    browser.submit("/state/clock", &[("frozen", "true")]).await;
    browser.submit("/state/clock", &[("advance", "86400")]).await;
    assert!(browser.open("/state").await.1.contains("Continue the clock"));
    let path = browser.submit("/state/snapshots", &[("name", "../a")]).await;
    assert!(path.0 == 400 && path.1.contains("name: must be 1 to 64 letters"), "{path:?}");
    browser.submit("/state/snapshots", &[("name", "before")]).await;
    browser.api.patch("{agent}", json!({ "name": "Changed" })).await;
    assert_eq!(browser.submit("/state/snapshots/before/restore", &[]).await.1, "/state");
    assert!(browser.open("/agents").await.1.contains(">Ada<"));
    browser.submit("/state/snapshots/before/delete", &[]).await;
    assert!(!browser.open("/state").await.1.contains("Restore"));
    browser.submit("/state/reset", &[]).await;
    let (_, html) = browser.open("/state").await;
    assert!(html.contains("Freeze the clock") && !html.contains("agents:read, agents:write"), "{html}");
}

#[tokio::test]
async fn custom_tool_runs_with_the_arguments_of_its_form() {
    let browser = Browser::start().await;
    let api = json!({ "name": "Shop", "auth_type": "none", "base_url": browser.url("") });
    let made = browser.api.post("{agent}/integrations/custom_api/configure", api).await;
    let parameter =
        json!({ "name": "page", "type": "integer", "required": true, "description": "Number of the page" });
    let tool = json!({
        "name": "Read",
        "http_method": "GET",
        "url_template": "/openapi.json?page={{page}}",
        "url_params": [parameter],
        "response_mapping": { "path": "openapi" },
    });
    let path = format!("{{agent}}/integrations/custom_api/{}/tools", text(&made, "id"));
    let tool = browser.api.post(&path, tool).await;
    let page = format!("/tools/{}", text(&tool, "id"));
    let (_, html) = browser.open(&format!("/agents/{}", browser.api.sandbox.agent_id())).await;
    assert!(html.contains(&page), "{html}");
    assert!(browser.open(&page).await.1.contains("Number of the page"));
    let invalid = browser.submit(&page, &[("page", "many")]).await;
    assert!(invalid.0 == 400 && invalid.1.contains("must be of type integer"), "{invalid:?}");
    let (status, html) = browser.submit(&page, &[("page", "7")]).await;
    assert!(status == 200 && html.contains("openapi.json?page=7"), "{html}");
    assert!(html.contains(">success<") && html.contains("&quot;status&quot;: 200"), "{html}");
}

#[tokio::test]
async fn demo_mcp_server_is_connected() {
    let browser = Browser::start().await;
    let server = browser.url("/mcp/demo");
    let fields = [
        ("auth_type", "none"),
        ("name", "Demo shop"),
        ("server_url", server.as_str()),
        ("transport", "streamable_http"),
        ("back", "/agents"),
    ];
    assert_eq!(browser.operate("agents.integrations.mcp_server.configure", &fields).await, "/agents");
    let servers = browser.api.get("{agent}/integrations/mcp_server").await;
    let id = servers.1["data"][0]["id"].as_str().expect("an id").to_owned();
    let fields = [("integration_id", id.as_str()), ("back", "/agents")];
    assert_eq!(browser.operate("agents.integrations.mcp_server.discover", &fields).await, "/agents");
    let (_, html) = browser.open(&format!("/agents/{}", browser.api.sandbox.agent_id())).await;
    assert!(html.contains("Demo shop") && html.matches(">Disable<").count() == 3, "{html}");
}

#[tokio::test]
async fn forms_of_other_origins_are_refused() {
    let browser = Browser::start().await;
    for path in
        ["/state/reset", "/faults", "/chat/whatsapp", "/operations/agents.delete", "/onboardings/approve-all"]
    {
        for origin in ["https://example.com", "null", "http://127.0.0.1:1"] {
            let request = browser.http.post(browser.url(path)).header("origin", origin);
            assert_eq!(request.send().await.expect("a response").status(), 403, "{path} {origin}");
        }
        let request = browser.http.post(browser.url(path)).header("host", "example.com");
        assert_eq!(request.send().await.expect("a response").status(), 403, "{path}");
    }
}

#[tokio::test]
async fn one_more_live_stream_than_the_limit_is_refused_until_one_closes() {
    let browser = Browser::start().await;
    let open = async |path: &str| browser.http.get(browser.url(path)).send().await.expect("a response");
    let mut streams = Vec::new();
    for path in ["/live", "/_sandbox/requests/stream"].repeat(50) {
        let stream = open(path).await;
        assert_eq!(stream.status(), 200, "{path}");
        streams.push(stream);
    }
    for path in ["/live", "/_sandbox/requests/stream"] {
        let refused = open(path).await;
        assert_eq!(refused.status(), 429, "{path}");
        let text = refused.text().await.expect("text");
        assert!(text.contains("Close pages of the sandbox"), "{path}: {text}");
    }
    streams.clear();
    // The sandbox notices the end of a connection a moment later.
    while open("/live").await.status() == 429 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn live_stream_follows_objects_and_requests() {
    let browser = Browser::start().await;
    let mut live = browser.http.get(browser.url("/live")).send().await.expect("a stream");
    let event = |chunk: Option<_>| String::from_utf8_lossy(chunk.as_deref().unwrap_or_default()).into_owned();
    assert!(event(live.chunk().await.expect("an event")).starts_with("event: changed\n"));
    browser.api.get("/agents").await;
    assert!(event(live.chunk().await.expect("an event")).contains("changed"));
    browser.submit("/state/keys", &[]).await;
    assert!(event(live.chunk().await.expect("an event")).contains("changed"));
    Sandbox::stop(browser.api.sandbox);
    assert_eq!(live.chunk().await.ok().flatten(), None);
}
