//! A sandbox and an HTTP client for tests.

#![allow(dead_code, reason = "each test file uses some of the helpers")]

use bimpe_sandbox::{Builder, Sandbox};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

pub(crate) struct Api {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
}

/// A status and a JSON body.
pub(crate) type JsonResponse = (u16, Value);

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: Builder) -> Self {
        Self { sandbox: builder.start().await.expect("the sandbox starts"), http: Client::new() }
    }

    /// Returns the URL of a path. `{agent}` stands for the path of the seeded agent.
    pub(crate) fn at(&self, path: &str) -> String {
        let path = path.replace("{agent}", &format!("/agents/{}", self.sandbox.agent_id()));
        format!("{}/api/v1/console{path}", self.sandbox.url())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.at(path)).bearer_auth(self.sandbox.api_key())
    }

    pub(crate) async fn get(&self, path: &str) -> JsonResponse {
        read_json(self.request(Method::GET, path).send().await).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> JsonResponse {
        read_json(self.request(Method::POST, path).json(&body).send().await).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> JsonResponse {
        read_json(self.request(Method::PATCH, path).json(&body).send().await).await
    }

    pub(crate) async fn delete(&self, path: &str) -> JsonResponse {
        read_json(self.request(Method::DELETE, path).send().await).await
    }

    /// Returns the URL of a path under `/_sandbox`.
    pub(crate) fn admin_url(&self, path: &str) -> String {
        format!("{}/_sandbox{path}", self.sandbox.url())
    }

    /// Sends a POST request to a path under `/_sandbox`.
    pub(crate) async fn admin(&self, path: &str, body: Value) -> JsonResponse {
        read_json(self.http.post(self.admin_url(path)).json(&body).send().await).await
    }

    pub(crate) async fn admin_get(&self, path: &str) -> JsonResponse {
        read_json(self.http.get(self.admin_url(path)).send().await).await
    }
}

pub(crate) async fn read_json(response: reqwest::Result<Response>) -> JsonResponse {
    json_of(response.expect("a response")).await
}

pub(crate) async fn json_of(response: Response) -> JsonResponse {
    let status = response.status().as_u16();
    (status, response.json().await.expect("the response is JSON"))
}

/// Sends a message of a customer to the seeded agent, and returns the reply.
pub(crate) async fn say(api: &Api, message: &str) -> String {
    let user = "5b1d0c1e-7d0b-4a53-9c1a-0f6f3f3f8f11";
    let body = json!({ "message": message, "channel_type": "webchat", "channel_user_id": user });
    let sent = api.post("{agent}/conversations/messages", body).await;
    assert_eq!((sent.0, &sent.1["data"]["role"]), (201, &json!("assistant")), "{sent:?}");
    text(&sent, "message").to_owned()
}

/// Returns a text field of `data`.
pub(crate) fn text<'a>(response: &'a JsonResponse, field: &str) -> &'a str {
    response.1["data"][field].as_str().unwrap_or_else(|| panic!("no {field} in {response:?}"))
}

/// Returns the status and the code of an error.
pub(crate) fn code(response: &JsonResponse) -> (u16, &str) {
    assert_eq!(response.1["statusCode"], response.0, "{response:?}");
    (response.0, response.1["code"].as_str().unwrap_or_default())
}
