//! Helpers against the sandbox.
use std::time::Duration;

use bimpe::types::*;
use bimpe::{Client, Error, ErrorKind, webchat_user_id};
use bimpe_sandbox::Sandbox;

use crate::harness::block_on;

fn with_sandbox(test: impl AsyncFnOnce(&Client, &str) -> Result<(), Error>) {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let client = Client::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build().expect("valid");
    block_on(test(&client, sandbox.agent_id())).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn ask_continues_a_conversation() {
    with_sandbox(async |client, agent| {
        let question = AskAgent::new("Hello").channel_type(ChannelType::Webchat);
        let question = question.channel_user_id(webchat_user_id("Bisi")).is_test_channel(true);
        let reply = client.conversations().ask(agent, question).await?;
        assert_eq!(reply.role, StreamMessageRole::Assistant);
        let conversation = reply.conversation_id;
        let on = AskAgent::new("And now?").conversation_id(conversation.as_str());
        let reply = client.conversations().ask(agent, on).await?;
        assert_eq!(reply.conversation_id, conversation);
        Ok(())
    });
}

#[test]
fn ask_returns_the_reply_of_a_person_if_the_agent_is_paused() {
    with_sandbox(async |client, agent| {
        let first = AskAgent::new("Hello").channel_type(ChannelType::Webchat);
        let first = first.channel_user_id(webchat_user_id("Ada"));
        let id = client.conversations().ask(agent, first).await?.conversation_id;
        client.conversations().set_ai_status(agent, &id, SetAiStatus::new(true)).await?;

        let on = || AskAgent::new("Is anybody there?").conversation_id(id.as_str());
        let often = Duration::from_millis(100);
        let silence = client.conversations().ask(agent, on()).poll_interval(often);
        let silence = silence.timeout(Duration::from_millis(400)).await;
        let silence = silence.expect_err("no server responds");
        assert_eq!(silence.kind(), ErrorKind::Timeout);
        assert!(silence.message().starts_with("the agent did not reply within 400ms"), "{silence}");

        let later = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let reply = SendMessage::new("I am.").role(MessageRole::Assistant);
            client.conversations().messages().send(agent, &id, reply).await
        };
        let (reply, said) =
            tokio::join!(async { client.conversations().ask(agent, on()).poll_interval(often).await }, later);
        let reply = reply?;
        assert_eq!((reply.message.as_deref(), reply.id), (Some("I am."), said?.id));
        assert_eq!(reply.conversation_id, id);
        Ok(())
    });
}

#[test]
fn waits_end_with_the_call_and_with_the_connection() {
    with_sandbox(async |client, agent| {
        let made = client.calls().make(agent, MakeCall::new("+2348012345678", true)).await?;
        let id = made.call_id.expect("it is logged");
        let call = client.calls().wait(agent, id).poll_interval(Duration::from_millis(200)).await?;
        assert_eq!(call.status, CallStatus::Ended);
        assert!(!call.conversation_logs.is_empty());

        let integrations = client.agents().integrations();
        let page = integrations.bimpeai().configure(agent, GoogleCalendarConfigure::new()).await?;
        let url = page.onboarding_url().expect("an onboarding page").onboarding_url.clone();
        let wanted = WaitUntilConnected::new(BimpeaiType::GoogleCalendar);
        let often = Duration::from_millis(100);
        let wait = async { integrations.wait_until_connected(agent, wanted).poll_interval(often).await };
        let approve = async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            reqwest::Client::new().post(format!("{url}/approve")).send().await.expect("approved");
        };
        let (connected, ()) = tokio::join!(wait, approve);
        assert!(connected?.is_connected);
        Ok(())
    });
}

#[test]
fn ensure_twice_creates_one_resource() {
    with_sandbox(async |client, agent| {
        let apis = client.agents().integrations().custom_api();
        let servers = client.agents().integrations().mcp_server();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let api =
                apis.ensure(agent, CustomApiWithoutAuth::new("Orders").base_url("https://o.example.com"));
            let api = api.await?.id;
            let server = McpServerWithoutAuth::new("Stock", "https://stock.example.com/mcp");
            let server = servers.ensure(agent, server).await?.id;
            let tool = CreateTool::new("Find", ToolHttpMethod::Get, "/orders");
            let tool = apis.tools().ensure(agent, &api, tool).await?.id;
            ids.push((api, server, tool));
        }
        assert_eq!(ids[0], ids[1]);
        assert_eq!((apis.list(agent).await?.len(), servers.list(agent).await?.len()), (1, 1));
        assert_eq!(apis.tools().list(agent, &ids[0].0).await?.len(), 1);
        Ok(())
    });
}

#[test]
fn concurrent_ensures_create_one_resource() {
    with_sandbox(async |client, agent| {
        let apis = client.agents().integrations().custom_api();
        let ensure = async |name: &str| apis.ensure(agent, CustomApiWithoutAuth::new(name)).await;
        let (a, b, c, d) = tokio::join!(ensure("A"), ensure("A"), ensure("B"), ensure("A"));
        let (a, c) = (a?.id, c?.id);
        assert_eq!((&b?.id, &d?.id), (&a, &a));
        assert_ne!(a, c);
        assert_eq!(apis.list(agent).await?.len(), 2);
        // An aborted task makes room for the next.
        let mut given_up = Box::pin(ensure("C"));
        assert!(futures_util::poll!(given_up.as_mut()).is_pending(), "it waits for the network");
        drop(given_up);
        ensure("C").await?;
        Ok(())
    });
}

#[test]
fn concurrent_ensures_of_many_clients_create_one_resource() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let (url, key, agent) = (sandbox.url(), sandbox.api_key(), sandbox.agent_id());
    let ensure = || {
        let client = Client::builder().api_key(key).base_url(url).build().expect("valid");
        block_on(async {
            let apis = client.agents().integrations().custom_api();
            let api = apis.ensure(agent, CustomApiWithoutAuth::new("Orders")).await?;
            let tool = CreateTool::new("Find", ToolHttpMethod::Get, "/orders");
            let tool = apis.tools().ensure(agent, &api.id, tool).await?;
            Ok::<_, Error>((api.id, tool.id))
        })
    };
    let start = std::sync::Barrier::new(16);
    let made: Vec<_> = std::thread::scope(|scope| {
        let at_once = || {
            start.wait();
            ensure().unwrap_or_else(|error| panic!("{error}"))
        };
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(at_once)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(made.iter().all(|ids| *ids == made[0]), "{made:?}");
}

#[test]
fn ensure_recreates_deleted_and_replaces_different_resources() {
    with_sandbox(async |client, agent| {
        let apis = client.agents().integrations().custom_api();
        let orders = |url: &str| apis.ensure(agent, CustomApiWithoutAuth::new("Orders").base_url(url));
        let mut ids = Vec::new();
        for _ in 0..3 {
            let id = orders("https://a.example.com").await?.id;
            assert!(!ids.contains(&id), "the server replays the one that was deleted");
            apis.disconnect(agent, id.as_str()).await?;
            ids.push(id);
        }
        let first = orders("https://a.example.com/").await?;
        assert_eq!(orders("https://A.example.com").await?.id, first.id);
        let error = orders("https://b.example.com").await.expect_err("it differs");
        assert_eq!(error.kind(), ErrorKind::EnsureConflict);
        assert_eq!(error.field_errors()[0].path, "base_url");
        let kept = orders("https://b.example.com").on_difference(OnDifference::Keep).await?;
        assert_eq!(kept.id, first.id);
        let replaced = orders("https://b.example.com").on_difference(OnDifference::Replace).await?;
        assert_ne!(replaced.id, first.id);
        assert_eq!(replaced.config.base_url.as_deref(), Some("https://b.example.com"));
        assert_eq!(apis.list(agent).await?.len(), 1);
        // Changes the name, and changes it back.
        let back = orders("https://a.example.com").on_difference(OnDifference::Replace).await?;
        assert_eq!(apis.list(agent).await?[0].id, back.id);
        Ok(())
    });
}
