//! Make something unless it is there, told by its name.

use serde_json::{Map, Value};

use super::session::{Read, Session, Wanted, find, items};
use crate::engine::Response;
use crate::error::Error;
use crate::schema::Operation;

/// Gives the first entry of `list` with the name of the body, or else what `create` makes of the body. `place` is where
/// an entry has its name.
pub(super) async fn ensure(
    mut session: Session,
    list: &'static Operation,
    place: &str,
    create: &'static Operation,
) -> Result<Response, Error> {
    let name = session.text("name").unwrap_or_default().to_owned();
    let read = Read { operation: list, ids: session.ids(), query: Map::new() };
    let wanted =
        Wanted { fault: format!("the search for `{name}` did not end"), hint: "nothing was created" };
    // Others of this client that are after the same thing see it as soon as it is there.
    let turn = session.turn(format!("{} {:?} {name}", list.id, read.ids));
    let _guard = session.within(&read, &wanted, turn.lock()).await?;
    let response = session.read(&read, &wanted).await?;
    let Some(items) = items(response.data()) else {
        // Who cannot see what is there must not add to it.
        return Err(session.odd(list, "is not a list, so nothing was created"));
    };
    let has_name = |item: &Value| item.pointer(place).is_some_and(|found| *found == name.as_str());
    let response = match find(&items, has_name) {
        Some(found) => response.with_data(&found),
        None => session.write(create).await?,
    };
    Ok(session.finish(response))
}
