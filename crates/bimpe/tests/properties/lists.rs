//! Lists of a server that lies about its pages: they end, and what came before the lie is delivered once.

use bimpe::ErrorKind;
use bimpe::engine::OperationRequest;
use bimpe::testing::{Reply, reply};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::try_all;
use crate::invariants::wire::Wire;

/// The page information of a server from one page on.
#[derive(Debug, Clone)]
enum Lie {
    /// The same page for every request.
    Stuck,
    /// An earlier page instead of the one that is asked for.
    Regress,
    /// The same items under the number that is asked for.
    Repeat,
    /// Nothing, and more to come.
    Empty,
    /// More to come after the last page.
    Endless,
    /// Text instead of numbers and truth values.
    Text,
    /// No information at all.
    Silent,
    /// Something of another kind in one field.
    Malformed(&'static str, Value),
}

#[derive(Debug, Clone)]
struct Server {
    pages: u64,
    lie: Lie,
    from: u64,
    /// Whether the items have ids.
    ids: bool,
}

impl Server {
    fn respond(&self, page: u64) -> Value {
        let honest = self.page(page, page, true);
        if page < self.from {
            return honest;
        }
        match &self.lie {
            Lie::Stuck => self.page(self.from.max(2) - 1, self.from.max(2) - 1, true),
            Lie::Regress => self.page(page - 1, page - 1, true),
            Lie::Repeat => self.page(self.from.max(2) - 1, page, true),
            Lie::Empty => {
                json!({"data": [], "meta": {"current_page": page, "page_count": u64::MAX, "has_next_page": true}})
            }
            Lie::Endless => self.page(page, page, false),
            Lie::Text => {
                let mut page = honest;
                for value in page["meta"].as_object_mut().expect("an object").values_mut() {
                    *value = value.to_string().into();
                }
                page
            }
            Lie::Silent if page > self.pages => json!({"data": []}),
            Lie::Silent => json!({"data": honest["data"]}),
            Lie::Malformed(name, value) => {
                let mut page = honest;
                page["meta"][*name] = value.clone();
                page
            }
        }
    }

    fn page(&self, content: u64, number: u64, honest: bool) -> Value {
        let item = |index: u64| {
            let name = format!("item {content}.{index}");
            if self.ids { json!({"id": name}) } else { json!({"name": name}) }
        };
        let more = !honest || number < self.pages;
        let meta = json!({"current_page": number, "page_count": self.pages, "has_next_page": more});
        json!({"message": "ok", "data": [item(0), item(1)], "meta": meta})
    }
}

fn a_server() -> impl Strategy<Value = Server> {
    let fields = prop::sample::select(&["current_page", "page_count", "has_next_page"][..]);
    let values = prop::sample::select(vec![
        json!(null),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!("2"),
        json!([]),
        json!({}),
        json!(true),
        json!(u64::MAX),
    ]);
    let lie = prop_oneof![
        Just(Lie::Stuck),
        Just(Lie::Regress),
        Just(Lie::Repeat),
        Just(Lie::Empty),
        Just(Lie::Endless),
        Just(Lie::Text),
        Just(Lie::Silent),
        (fields, values).prop_map(|(field, value)| Lie::Malformed(field, value)),
    ];
    (1_u64..6, lie, 1_u64..7, any::<bool>()).prop_map(|(pages, lie, from, ids)| Server {
        pages,
        lie,
        from,
        ids,
    })
}

#[test]
fn a_list_ends_with_any_page_information() {
    let wire = Wire::new(|builder| builder);
    try_all(14, "A list with inconsistent page numbers", 200_000, &a_server(), |server| walk(&wire, &server));
}

fn walk(wire: &Wire, server: &Server) {
    let mut cursor = None;
    let mut requests = 0;
    let mut items: Vec<Value> = Vec::new();
    let end = loop {
        let mut call = OperationRequest::new("agents.list").expect("it exists");
        // Each page is full, which is how a list without page information shows that there may be more.
        call.query.insert("limit".to_owned(), json!(2));
        call.cursor = cursor.take();
        let asked = requests + 1;
        let replies: [Reply; 1] = [reply(200, server.respond(asked).to_string())];
        let (outcome, sent) = wire.run(call, replies);
        requests += u64::try_from(sent.len()).expect("few");
        match outcome {
            Ok(response) => {
                let data: Value = serde_json::from_str(response.data()).expect("JSON");
                items.extend(data.as_array().expect("a list").iter().cloned());
                match response.next() {
                    Some(next) => cursor = Some(next.to_owned()),
                    None => break Ok(()),
                }
            }
            Err(error) => break Err(error),
        }
        assert!(requests <= server.pages + 2, "{server:?} is asked for ever");
    };
    assert!(requests <= server.pages + 2, "{requests} requests");
    if let Err(error) = &end {
        assert_eq!(error.kind(), ErrorKind::Pagination, "{error}");
    }

    // All items before the inconsistency arrived, once and in order.
    let honest = server.pages.min(server.from - 1);
    let expected: Vec<Value> = (1..=honest)
        .flat_map(|page| server.page(page, page, true)["data"].as_array().expect("a list").clone())
        .collect();
    assert!(items.starts_with(&expected), "{server:?}: {items:?}");
    // An end without an error is the end of the list.
    if end.is_ok() && server.from > 1 {
        let whole = server.pages * 2;
        let received = u64::try_from(items.len()).expect("few");
        let by_lie = matches!(&server.lie, Lie::Malformed("has_next_page", _)) && server.from <= server.pages;
        assert!(
            received >= whole || by_lie && received >= (server.from - 1) * 2,
            "{server:?}: {received} of {whole}"
        );
    }
}
