//! A started sandbox and a plain HTTP client.

#![allow(dead_code, reason = "each test file uses a part")]

use bimpe_sandbox::{Builder, Sandbox};
use reqwest::{Client, Method, Response};
use serde_json::Value;

pub(crate) struct Api {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
}

/// A status and a JSON body.
pub(crate) type Answer = (u16, Value);

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: Builder) -> Self {
        Self { sandbox: builder.start().await.expect("the sandbox starts"), http: Client::new() }
    }

    /// The address of a path; `{agent}` stands for the seeded agent.
    pub(crate) fn at(&self, path: &str) -> String {
        let path = path.replace("{agent}", &format!("/agents/{}", self.sandbox.agent_id()));
        format!("{}/api/v1/console{path}", self.sandbox.url())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.at(path)).bearer_auth(self.sandbox.api_key())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path).send().await).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body).send().await).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::PATCH, path).json(&body).send().await).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path).send().await).await
    }

    /// A call of the sandbox's own paths, without a key.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Answer {
        answer(self.http.post(format!("{}/_sandbox{path}", self.sandbox.url())).json(&body).send().await)
            .await
    }
}

pub(crate) async fn answer(response: reqwest::Result<Response>) -> Answer {
    let response = response.expect("the sandbox answers");
    let status = response.status().as_u16();
    (status, response.json().await.expect("the answer is JSON"))
}

/// A text field of `data`.
pub(crate) fn text<'a>(answer: &'a Answer, field: &str) -> &'a str {
    answer.1["data"][field].as_str().unwrap_or_else(|| panic!("no {field} in {answer:?}"))
}

/// The status and the code of an error.
pub(crate) fn code(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.1["statusCode"], answer.0, "{answer:?}");
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}
