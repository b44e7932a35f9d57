//! Database files and snapshots.

mod common;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bimpe_sandbox::Sandbox;
use common::{Api, code, read_json, text};
use reqwest::Method;
use serde_json::{Value, json};

/// A folder that is deleted at the end of a test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("bimpe-database-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("state.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the error of a start with a file.
async fn refused(path: impl Into<PathBuf>) -> String {
    Sandbox::builder().db(path).start().await.expect_err("an error").to_string()
}

async fn add_agent(api: &Api, name: &str) {
    let body = json!({ "name": name, "description": "d", "workflow_id": api.sandbox.workflow_id() });
    let made = api.post("/agents", body).await;
    assert_eq!(made.0, 201, "{made:?}");
}

async fn names(api: &Api) -> Vec<String> {
    let list = api.get("/agents?sort=name").await;
    let items = list.1["data"].as_array().expect("a list").iter();
    items.filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
}

async fn put_snapshot(api: &Api, name: &str) -> common::JsonResponse {
    read_json(api.http.put(api.admin_url(&format!("/snapshots/{name}"))).send().await).await
}

#[tokio::test]
async fn file_keeps_objects_keys_and_clock() {
    let folder = Folder::new();
    let ids = |api: &Api| {
        [api.sandbox.api_key(), api.sandbox.agent_id(), api.sandbox.workflow_id()].map(str::to_owned)
    };
    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    add_agent(&api, "Bola").await;
    let code = api.get("{agent}/deployment/agent-test-code").await;
    let frozen = api.admin("/clock", json!({ "frozen": true, "advance": 86_400 })).await;
    let before = ids(&api);
    api.sandbox.shutdown().await;

    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    assert_eq!(ids(&api), before);
    assert_eq!(names(&api).await, ["Ada", "Bola"]);
    assert_eq!(api.get("{agent}").await.1["data"]["test_channel_code"], code.1["data"]["code"]);
    assert_eq!(api.admin_get("/clock").await.1["data"], frozen.1["data"]);
}

#[tokio::test]
async fn seed_of_a_file_continues_after_a_restart() {
    let folder = Folder::new();
    for (name, seed) in [("a", 1), ("b", 1), ("c", 2), ("d", 1)] {
        let api = Api::with(Sandbox::builder().db(folder.file()).seed(seed)).await;
        add_agent(&api, name).await;
        api.sandbox.shutdown().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    add_agent(&api, "Bola").await;
    let files: Vec<_> =
        fs::read_dir(&folder.0).expect("a folder").map(|file| file.expect("a file")).collect();
    for file in &files {
        let mode = file.metadata().expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.path());
    }
    api.sandbox.shutdown().await;
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o644)).expect("a mode");
    let error = refused(folder.file()).await;
    assert!(error.contains("other users can use the file (mode 644)"), "{error}");
    assert!(error.ends_with(&format!("run: chmod 600 {}", folder.file().display())), "{error}");
}

#[tokio::test]
async fn second_sandbox_on_a_file_is_refused_in_time() {
    let folder = Folder::new();
    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    let begin = Instant::now();
    let error = refused(folder.file()).await;
    assert!(error.ends_with("another process uses the file; stop it, or choose another file"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
    add_agent(&api, "Bola").await;
    api.sandbox.shutdown().await;
    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    assert_eq!(names(&api).await, ["Ada", "Bola"]);
}

#[tokio::test]
async fn path_is_neither_a_uri_nor_a_name_of_sqlite() {
    let folder = Folder::new();
    for name in ["file:state.db?mode=memory", ":memory:", "a b%20c#d"] {
        let path = folder.0.join(name);
        Api::with(Sandbox::builder().db(&path)).await.sandbox.shutdown().await;
        assert!(path.metadata().expect("the file exists").len() > 0, "{name}");
    }
}

#[tokio::test]
async fn unusable_files_are_named_with_the_cause() {
    let folder = Folder::new();
    let other = folder.0.join("other.db");
    let connection = rusqlite::Connection::open(&other).expect("a database");
    connection.execute_batch("CREATE TABLE agents (name TEXT)").expect("a table");
    drop(connection);
    let text = folder.0.join("text.db");
    fs::write(&text, "Not a database, but long enough to be one. ".repeat(100)).expect("a file");
    for file in [&other, &text] {
        #[cfg(unix)]
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
        let _ = file;
    }
    let before = fs::read(&other).expect("a file");
    for (path, cause) in [
        (folder.0.join("missing/state.db"), "No such file or directory"),
        (folder.0.clone(), "Is a directory"),
        (text, "the file is not a database"),
        (other.clone(), "the file is a database of another program"),
    ] {
        let error = refused(&path).await;
        let expected = format!("cannot open the database {}: {cause}", path.display());
        assert!(error.starts_with(&expected), "{error}");
    }
    assert_eq!(
        fs::read(other).expect("a file"),
        before,
        "the sandbox changed the database of another program"
    );
}

#[tokio::test]
async fn snapshot_restores_objects_and_clock() {
    let folder = Folder::new();
    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    add_agent(&api, "Bola").await;
    let frozen = api.admin("/clock", json!({ "frozen": true })).await;
    assert_eq!(text(&put_snapshot(&api, "two-agents_1").await, "name"), "two-agents_1");
    let key = api.admin("/keys", json!({ "rate_limit": 1 })).await;
    add_agent(&api, "Chi").await;
    api.delete("{agent}").await;
    api.admin("/clock", json!({ "frozen": false, "advance": 1000 })).await;
    assert_eq!(names(&api).await, ["Bola", "Chi"]);

    let restored = api.admin("/snapshots/two-agents_1/restore", Value::Null).await;
    assert_eq!(restored.0, 200, "{restored:?}");
    assert_eq!(names(&api).await, ["Ada", "Bola"]);
    assert_eq!(api.admin_get("/clock").await.1["data"], frozen.1["data"]);
    let gone = api.http.get(api.at("/agents")).bearer_auth(text(&key, "api_key")).send().await;
    assert_eq!(code(&read_json(gone).await), (401, "api_key_invalid"));
    add_agent(&api, "Dayo").await;

    api.admin("/reset", Value::Null).await;
    assert_eq!(names(&api).await, ["Ada"]);
    api.sandbox.shutdown().await;
    let api = Api::with(Sandbox::builder().db(folder.file())).await;
    let list = api.admin_get("/snapshots").await;
    assert_eq!(list.1["data"][0]["name"], "two-agents_1", "snapshots survive a reset and a restart");
    api.admin("/snapshots/two-agents_1/restore", Value::Null).await;
    assert_eq!(names(&api).await, ["Ada", "Bola"]);
}

#[tokio::test]
async fn snapshot_of_a_name_replaces_the_earlier_one_until_it_is_deleted() {
    let api = Api::start().await;
    put_snapshot(&api, "s").await;
    add_agent(&api, "Bola").await;
    put_snapshot(&api, "s").await;
    assert_eq!(api.admin_get("/snapshots").await.1["data"].as_array().map(Vec::len), Some(1));
    api.admin("/reset", Value::Null).await;
    api.admin("/snapshots/s/restore", Value::Null).await;
    assert_eq!(names(&api).await, ["Ada", "Bola"]);

    let delete = || async {
        read_json(api.http.request(Method::DELETE, api.admin_url("/snapshots/s")).send().await).await
    };
    assert_eq!(delete().await.0, 200);
    assert_eq!(code(&delete().await), (404, "not_found"));
    assert_eq!(code(&api.admin("/snapshots/s/restore", Value::Null).await), (404, "not_found"));
    assert_eq!(names(&api).await, ["Ada", "Bola"], "a failed restore changes nothing");
}

#[tokio::test]
async fn names_that_are_paths_are_refused() {
    let api = Api::start().await;
    let long = "x".repeat(65);
    for name in ["..%2f..%2fetc", "a.b", "a%20b", "%00", "%C3%BC", &long] {
        let refused = put_snapshot(&api, name).await;
        assert_eq!(code(&refused), (400, "validation_error"), "{name}");
        assert!(
            refused.1["message"][0].as_str().is_some_and(|text| text.starts_with("name: must be 1 to 64"))
        );
    }
    assert_eq!(put_snapshot(&api, &"x".repeat(64)).await.0, 200);
}

#[tokio::test]
async fn number_of_snapshots_is_limited() {
    let api = Api::start().await;
    for number in 0..100 {
        assert_eq!(put_snapshot(&api, &number.to_string()).await.0, 200);
    }
    assert_eq!(code(&put_snapshot(&api, "100").await), (409, "conflict"));
    assert_eq!(put_snapshot(&api, "99").await.0, 200, "a replaced snapshot does not count");
}

#[tokio::test]
async fn seed_repeats_ids_after_a_restored_snapshot() {
    let api = Api::with(Sandbox::builder().seed(7)).await;
    add_agent(&api, "Bola").await;
    put_snapshot(&api, "s").await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let body = json!({ "name": "Chi", "description": "d", "workflow_id": api.sandbox.workflow_id() });
        ids.push(text(&api.post("/agents", body).await, "id").to_owned());
        api.admin("/snapshots/s/restore", Value::Null).await;
    }
    assert_eq!(ids[0], ids[1]);
}
