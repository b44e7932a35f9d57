//! Pages: the cursor of the next page, and checks of the server's page numbers.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::response::Response;
use crate::error::{Error, ErrorKind};

/// Maximum number of consecutive empty pages.
const MAX_EMPTY: u32 = 2;

/// The state of an iteration over pages. Callers keep it as opaque text.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct Cursor {
    page: u64,
    /// Identifies the first item of the previous page.
    first: Option<String>,
    /// A hash of the page before, if the server did not say whether there are more.
    whole: Option<u64>,
    empty: u32,
    /// Why there is no next page, reported when the caller requests it.
    error: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Meta {
    current_page: Option<Value>,
    page_count: Option<Value>,
    has_next_page: Option<Value>,
}

impl Meta {
    /// Stands for page information that is no object.
    fn unreadable() -> Self {
        Self { has_next_page: Some(Value::from("unreadable")), ..Self::default() }
    }

    /// Whether it leaves open if there are more pages. A value of another type leaves it not open but unreadable.
    fn is_silent(&self) -> bool {
        self.has_next_page.is_none() && self.page_count.is_none()
    }
}

#[derive(Deserialize)]
struct First {
    #[serde(default)]
    id: Option<String>,
}

impl Cursor {
    /// Returns the state for a request, from the previous page or from the `page` parameter.
    pub(crate) fn start(text: Option<&str>, query: &mut Map<String, Value>) -> Result<Self, Error> {
        let cursor = match text {
            None => {
                let given = query.get("page").filter(|page| !page.is_null());
                // The validation of the query refuses an invalid page number.
                let Some(page) = given.map_or(Some(1), Value::as_u64) else { return Ok(Self::default()) };
                Self { page, ..Self::default() }
            }
            Some(text) => {
                serde_json::from_str(text).map_err(|_| Error::user("this is not a cursor of a page"))?
            }
        };
        if let Some(error) = cursor.error {
            return Err(Error::new(ErrorKind::Pagination, error));
        }
        query.insert("page".to_owned(), cursor.page.into());
        Ok(cursor)
    }

    /// The response with the state after it, unless it is the last page. `limit`: how many items a full page holds.
    pub(crate) fn after(&self, mut response: Response, limit: Option<u64>) -> Result<Response, Error> {
        let data = response.data_bytes();
        let empty = if is_empty(data) { self.empty + 1 } else { 0 };
        let first = first_item(data);
        let page = self.page;
        let mut next = Self { page: page + 1, first: first.clone(), empty, ..Self::default() };

        let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_u64);
        let meta =
            response.meta().map_or_else(|| Some(Meta::default()), |meta| serde_json::from_str(meta).ok());
        let meta = meta.unwrap_or_else(Meta::unreadable);
        let announced = meta.has_next_page.as_ref().and_then(Value::as_bool);
        let more = match announced.or(number(&meta.page_count).map(|count| page < count)) {
            Some(more) => more,
            None if meta.is_silent() => {
                next.whole = Some(hash(data));
                if next.whole == self.whole {
                    // The server sends the whole list for every page: these items were delivered already.
                    return Ok(response.with_data("[]"));
                }
                empty == 0 && limit.is_none_or(|limit| count(data) >= limit)
            }
            None => {
                next.error =
                    Some("the server does not say whether there are more pages, so there may be".to_owned());
                response.next = Some(next.text());
                return Ok(response);
            }
        };
        if !more {
            return Ok(response);
        }
        let error = if meta.current_page.is_some_and(|current| current.as_u64() != Some(page)) {
            Some(format!("the server sent another page than page {page}"))
        } else if self.first.is_some() && self.first == first {
            Some(format!("page {page} repeats the page before"))
        } else if empty >= MAX_EMPTY {
            Some(format!("page {page} is empty like the page before, yet there should be more"))
        } else if meta.page_count.is_some_and(|count| count.as_u64().is_none_or(|count| page > count)) {
            Some(format!("page {page} is past the last page, yet there should be more"))
        } else {
            None
        };
        // The first page is good whatever the server says of the next.
        let is_first = self.first.is_none() && self.empty == 0;
        if let Some(error) = error.clone().filter(|_| !is_first) {
            return Err(Error::new(ErrorKind::Pagination, error));
        }
        next.error = error;
        response.next = Some(next.text());
        Ok(response)
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("numbers and text are always JSON")
    }
}

fn is_empty(data: &[u8]) -> bool {
    data.strip_prefix(b"[").is_some_and(|items| items.trim_ascii_start().starts_with(b"]"))
}

/// How many items a page holds; they are not decoded.
fn count(data: &[u8]) -> u64 {
    let items: Vec<IgnoredAny> = serde_json::from_slice(data).unwrap_or_default();
    items.len() as u64
}

fn hash(text: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The id of the first item, or a hash if it has none; the others are not read.
fn first_item(data: &[u8]) -> Option<String> {
    let items = data.trim_ascii_start().strip_prefix(b"[")?;
    let first: &RawValue = serde_json::Deserializer::from_slice(items).into_iter().next()?.ok()?;
    let id = serde_json::from_str(first.get()).ok().and_then(|first: First| first.id);
    Some(id.unwrap_or_else(|| format!("{:x}", hash(first.get()))))
}
