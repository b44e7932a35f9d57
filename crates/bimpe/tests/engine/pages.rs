//! Walking over pages: every item once, and an end even if the server lies.

use bimpe::testing::{MemoryTransport, reply};
use bimpe::{Error, ErrorKind};
use serde_json::json;

use crate::world::{World, call};

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

/// A server whose answer is a function of the page number that it is asked for.
fn server(answer: impl Fn(u64) -> serde_json::Value + Send + Sync + 'static) -> World {
    World::new(MemoryTransport::new(move |request| {
        let query = request.uri.query().expect("always sent").as_bytes();
        let page =
            url::form_urlencoded::parse(query).find(|(name, _)| name == "page").expect("always sent").1;
        reply(200, answer(page.parse().expect("a number")).to_string())
    }))
}

fn page(id: &str, current: u64, count: u64) -> serde_json::Value {
    let meta = json!({"current_page": current, "page_count": count, "has_next_page": current < count});
    json!({"message": "ok", "data": [{"id": id}], "meta": meta})
}

/// What a server answers when it is asked for a page.
type Lie = fn(u64) -> serde_json::Value;

#[test]
fn an_honest_list_is_walked_to_its_end() {
    let world = server(|number| page(&format!("cm{number}"), number, 4));
    assert_eq!(walk(&world).expect("it ends"), 4);
}

#[test]
fn lists_of_a_lying_server_end_with_an_error() {
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
        ("silent", |number| json!({"message": "ok", "data": [{"id": number.to_string()}]})),
    ];
    for (name, lie) in lies {
        let world = server(lie);
        let error = walk(&world).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Pagination, "{name}: {error}");
        assert!(world.sent() <= 4, "{name}: {} requests", world.sent());
    }
}

#[test]
fn the_first_page_is_good_whatever_comes_after() {
    let world = server(|_| page("cm1", 7, 9));
    let response = world.run(call("agents.list", &[])).expect("its items are there");
    assert!(response.data().contains("cm1"));
}
