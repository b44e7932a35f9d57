//! Walking over pages: every item once, and an end even if the server lies.

use bimpe::testing::{MemoryTransport, reply};
use bimpe::{Error, ErrorKind};
use serde_json::json;

use crate::harness::{World, call};

/// Walks to the end, and gives the first ids of the pages.
fn walk(world: &World) -> Result<usize, Error> {
    let mut pages = 0;
    let mut cursor = None;
    loop {
        let mut list = call("agents.list", &[]);
        list.cursor = cursor;
        let response = world.run(list)?;
        pages += 1;
        assert!(pages < 50, "the walk does not end");
        match response.next() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(pages),
        }
    }
}

/// A server whose page is a function of the page number that it is asked for.
fn server(content: impl Fn(u64) -> serde_json::Value + Send + Sync + 'static) -> World {
    World::new(MemoryTransport::new(move |request| {
        let query = request.uri.query().expect("always sent").as_bytes();
        let page =
            url::form_urlencoded::parse(query).find(|(name, _)| name == "page").expect("always sent").1;
        reply(200, content(page.parse().expect("a number")).to_string())
    }))
}

fn page(id: &str, current: u64, count: u64) -> serde_json::Value {
    let meta = json!({"current_page": current, "page_count": count, "has_next_page": current < count});
    json!({"message": "ok", "data": [{"id": id}], "meta": meta})
}

/// The response of a server to a request for a page.
type Lie = fn(u64) -> serde_json::Value;

#[test]
fn a_list_is_iterated_to_its_end() {
    let world = server(|number| page(&format!("cm{number}"), number, 4));
    assert_eq!(walk(&world).expect("it ends"), 4);
}

#[test]
fn inconsistent_page_numbers_end_with_an_error() {
    let lies: [(&str, Lie); 5] = [
        ("stuck", |_| page("cm1", 1, 9)),
        ("repeats", |number| page("cm1", number, 9)),
        (
            "empty",
            |number| json!({"message": "ok", "data": [], "meta": {"current_page": number, "has_next_page": true}}),
        ),
        ("endless", |number| {
            json!({"message": "ok", "data": [{"id": number.to_string()}],
                   "meta": {"current_page": number, "page_count": 2, "has_next_page": true}})
        }),
        ("unreadable", |number| {
            let meta = json!({"has_next_page": "true", "page_count": "9"});
            json!({"message": "ok", "data": [{"id": number.to_string()}], "meta": meta})
        }),
    ];
    for (name, lie) in lies {
        let world = server(lie);
        let error = walk(&world).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Pagination, "{name}: {error}");
        assert!(world.sent() <= 4, "{name}: {} requests", world.sent());
    }
}

#[test]
fn the_first_page_is_returned_before_an_inconsistent_one() {
    let world = server(|_| page("cm1", 7, 9));
    let response = world.run(call("agents.list", &[])).expect("its items are there");
    assert!(response.data().contains("cm1"));
}

/// A list of this many items without page information, from a server that keeps to the limit.
fn silent(items: u64, meta: Option<serde_json::Value>) -> World {
    World::new(MemoryTransport::new(move |request| {
        let query = request.uri.query().expect("always sent").as_bytes();
        let number = |name: &str| {
            let found = url::form_urlencoded::parse(query).find(|(known, _)| known == name);
            found.map(|(_, text)| text.parse::<u64>().expect("a number"))
        };
        let limit = number("limit").unwrap_or(20);
        let start = (number("page").expect("always sent") - 1) * limit;
        let data: Vec<_> =
            (start..items.min(start + limit)).map(|id| json!({"id": id.to_string()})).collect();
        let mut body = json!({"message": "ok", "data": data});
        if let Some(meta) = &meta {
            body["meta"] = meta.clone();
        }
        reply(200, body.to_string())
    }))
}

/// The ids of a walk over a list.
fn ids(world: &World, operation: &str, ids: &[&str], limit: Option<u64>) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let mut list = call(operation, ids);
        list.query.extend(limit.map(|limit| ("limit".to_owned(), json!(limit))));
        list.cursor = cursor;
        let response = world.run(list).expect("it is a good list");
        let items: Vec<serde_json::Value> = serde_json::from_str(response.data()).expect("a list");
        found.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
        match response.next() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

#[test]
fn a_list_without_page_information_ends_at_a_page_that_is_not_full() {
    let lists: [(&str, &[&str]); 7] = [
        ("agents.list", &[]),
        ("workflows.list", &[]),
        ("conversations.list", &["cm1"]),
        ("conversations.messages.list", &["cm1", "cm2"]),
        ("calls.list", &["cm1"]),
        ("phone_numbers.list", &[]),
        ("phone_numbers.requests.list", &[]),
    ];
    let silences =
        [json!({}), json!(null), json!({"has_next_page": null, "limit": 20}), json!({"total_count": 1})];
    for (operation, path) in lists {
        for meta in silences.iter().cloned().map(Some).chain([None]) {
            for limit in [None, Some(1), Some(7), Some(100)] {
                for items in [0, 1, 6, 7, 19, 20, 21, 40, 100, 101] {
                    let world = silent(items, meta.clone());
                    let found = ids(&world, operation, path, limit);
                    let wanted: Vec<String> = (0..items).map(|id| id.to_string()).collect();
                    assert_eq!(found, wanted, "{operation} {meta:?} {limit:?}");
                    let requests = items / limit.unwrap_or(20) + 1;
                    assert_eq!(world.sent() as u64, requests, "{operation} {meta:?} {limit:?} {items}");
                }
            }
        }
    }
}

#[test]
fn a_list_that_ignores_pages_is_returned_once() {
    for items in [1, 20, 25] {
        let data: Vec<_> = (0..items).map(|id| json!({"id": id.to_string()})).collect();
        let body = json!({"message": "ok", "data": data}).to_string();
        let world = World::new(MemoryTransport::new(move |_| reply(200, body.clone())));
        assert_eq!(ids(&world, "phone_numbers.list", &[], None).len(), items);
    }
}
