//! The agents of a fleet: all, those of a search, or those of a list.

use std::sync::atomic::{AtomicU64, Ordering};

use bimpe::Client;
use bimpe::engine::OperationRequest;
use bimpe::operations as op;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde_json::Value;

use crate::problem::{Error, Problem};
use crate::stop::Stop;

/// The fields of a list that hold the id of an agent.
const ID_FIELDS: [&str; 2] = ["id", "agent_id"];

/// Which agents a [`crate::Fleet`] works on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// All agents of the team.
    All,
    /// The agents that a search of the API finds.
    Search(String),
    /// These ids or names.
    Agents(Vec<String>),
}

/// One agent of a selection.
pub(crate) enum Selected {
    /// The agent as the list of the API shows it.
    Entry(Value),
    /// An id or a name.
    Text(String),
}

impl Selection {
    /// Reads a list of agents: an id or a name in each line, or CSV or JSON with a column `id` or `agent_id`.
    ///
    /// ```
    /// use bimpe_plan::Selection;
    ///
    /// let expected = Selection::Agents(vec!["a1".to_owned(), "a2".to_owned()]);
    /// for text in ["a1\na2\n", "name,id\nAda,a1\nOlu,a2\n", r#"[{ "id": "a1" }, "a2"]"#] {
    ///     assert_eq!(Selection::from_list(text)?, expected);
    /// }
    /// # Ok::<(), bimpe_plan::Error>(())
    /// ```
    pub fn from_list(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let agents = match text.trim_start().chars().next() {
            Some('[' | '{') => from_json(text)?,
            _ => match id_column(text) {
                Some(column) => from_csv(text, column)?,
                None => {
                    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
                }
            },
        };
        Ok(Self::Agents(agents))
    }

    /// Returns the agents, page by page. Ends early after a stop.
    pub(crate) fn agents<'a>(
        &'a self,
        client: &'a Client,
        stop: &'a Stop,
        total: &'a AtomicU64,
    ) -> BoxStream<'a, Result<Selected, Error>> {
        let search = match self {
            Self::Agents(agents) => {
                total.store(agents.len() as u64, Ordering::Relaxed);
                let agents = agents.iter().take_while(|_| !stop.is_requested());
                return stream::iter(agents).map(|text| Ok(Selected::Text(text.clone()))).boxed();
            }
            Self::Search(text) => Some(text.as_str()),
            Self::All => None,
        };
        let mut first = OperationRequest::of(&op::AGENTS_LIST);
        // The oldest first: agents that are created meanwhile do not move the pages.
        first.query.insert("sort".to_owned(), "created_at".into());
        first.query.insert("limit".to_owned(), 100.into());
        first.query.extend(search.map(|text| ("search".to_owned(), text.into())));
        let pages = stream::unfold(Some(first), move |request| async move {
            let request = request.filter(|_| !stop.is_requested())?;
            match page(client, request, total).await {
                Ok((entries, next)) => {
                    Some((entries.into_iter().map(|entry| Ok(Selected::Entry(entry))).collect(), next))
                }
                Err(error) => Some((vec![Err(error)], None)),
            }
        });
        let agents = pages.flat_map(|page: Vec<_>| stream::iter(page));
        agents.take_while(move |_| std::future::ready(!stop.is_requested())).boxed()
    }
}

/// Returns the agents of a page, and the request for the next one.
async fn page(
    client: &Client,
    mut request: OperationRequest,
    total: &AtomicU64,
) -> Result<(Vec<Value>, Option<OperationRequest>), Error> {
    let failed = |error| Error::request(Problem::new("cannot list the agents"), error);
    let response = client.execute(request.clone()).await.map_err(failed)?;
    let Ok(Value::Array(entries)) = serde_json::from_str(response.data()) else {
        return Err(Error::new("the list of agents is invalid"));
    };
    let meta = response.meta().and_then(|meta| serde_json::from_str::<Value>(meta).ok());
    if let Some(count) = meta.and_then(|meta| meta["total_count"].as_u64()) {
        total.store(count, Ordering::Relaxed);
    }
    request.cursor = response.next().map(str::to_owned);
    let next = request.cursor.is_some().then_some(request);
    Ok((entries, next))
}

/// Reads a JSON array, or one JSON value after the other.
fn from_json(text: &str) -> Result<Vec<String>, Error> {
    let mut agents = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| {
            Error::new(format!(
                "the list of agents is invalid JSON at line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        let items = if let Value::Array(items) = value { items } else { vec![value] };
        for item in items {
            let fields = ID_FIELDS.iter().find_map(|field| item[*field].as_str());
            let Some(id) = item.as_str().or(fields) else {
                let number = agents.len() + 1;
                return Err(Error::new(format!("item {number} of the list of agents has no `id`")));
            };
            agents.push(id.to_owned());
        }
    }
    Ok(agents)
}

/// Returns the position of the column with ids, if the first line names one.
fn id_column(text: &str) -> Option<usize> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let names = reader.headers().ok()?;
    ID_FIELDS.iter().find_map(|field| names.iter().position(|name| name.trim().eq_ignore_ascii_case(field)))
}

fn from_csv(text: &str, column: usize) -> Result<Vec<String>, Error> {
    let mut agents = Vec::new();
    for record in csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes()).records() {
        let record = record.map_err(|error| Error::new(format!("the list of agents is invalid: {error}")))?;
        match record.get(column).map(str::trim) {
            Some(id) if !id.is_empty() => agents.push(id.to_owned()),
            _ => {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(Error::new(format!("line {line} of the list of agents has no id")));
            }
        }
    }
    Ok(agents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(text: &str) -> Result<Vec<String>, String> {
        match Selection::from_list(text) {
            Ok(Selection::Agents(agents)) => Ok(agents),
            other => Err(other.expect_err("an error").to_string()),
        }
    }

    #[test]
    fn lists_in_each_form_name_the_same_agents() {
        for text in [
            "Ada\n\n  a 2, Lagos  \r\n",
            "\u{feff}name,ID\nx,Ada\ny,\"a 2, Lagos\"\n",
            "agent_id\nAda\n\"a 2, Lagos\"\n",
            "{\"id\":\"Ada\"}\n{\"agent_id\":\"a 2, Lagos\"}\n",
            "[\"Ada\", {\"id\": \"a 2, Lagos\", \"name\": \"x\"}]",
        ] {
            assert_eq!(agents(text).expect("a list"), ["Ada", "a 2, Lagos"], "{text}");
        }
        assert_eq!(agents("").expect("a list"), Vec::<String>::new());
    }

    #[test]
    fn invalid_lists_are_refused_by_their_place() {
        for (text, reason) in [
            ("[\"Ada\", 7]", "item 2 of the list of agents has no `id`"),
            ("[\n\"Ada\"", "invalid JSON at line 2"),
            ("name,id\nx,Ada\ny,\n", "line 3 of the list of agents has no id"),
        ] {
            let error = agents(text).expect_err("an error");
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
