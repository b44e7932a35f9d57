//! Faults: rules that change, delay or lose the responses to some requests.

mod rule;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::spec::Operation;
pub(crate) use rule::{Idempotency, ResponseChange, RetryAfterForm, Rule, StreamFault, Wire, header_value};

const MAX_RULES: usize = 1000;
/// Maximum number of requests whose attempts the sandbox counts for rules in a header.
const MAX_COUNTED: usize = 1000;
/// The id of a rule in a header.
const HEADER: &str = "header";

#[derive(Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rules: Vec<ActiveRule>,
    last_id: u64,
    /// The attempts of requests with a rule in a header, oldest first.
    attempts: VecDeque<(String, u64)>,
}

struct ActiveRule {
    id: String,
    rule: Arc<Rule>,
    options: Value,
    /// The number of requests that the rule matched.
    matched: u64,
}

/// The rule that applies to a request.
pub(crate) struct Fault {
    pub id: String,
    pub rule: Arc<Rule>,
}

/// The operation and the path of a request.
pub(crate) struct Target<'a> {
    pub operation: &'a Operation,
    /// The path without the prefix of the API.
    pub path: &'a str,
}

impl Faults {
    /// Adds a rule, and returns it as the admin API shows it.
    pub(crate) fn add(&self, options: Value) -> Result<Value, Vec<String>> {
        let rule = Arc::new(Rule::parse(options.clone())?);
        let mut state = self.state();
        if state.rules.len() == MAX_RULES {
            return Err(vec![format!("body: the sandbox has {MAX_RULES} rules; delete some first")]);
        }
        state.last_id += 1;
        let active = ActiveRule { id: format!("fault_{}", state.last_id), rule, options, matched: 0 };
        let data = active.data();
        state.rules.push(active);
        Ok(data)
    }

    pub(crate) fn list(&self) -> Vec<Value> {
        self.state().rules.iter().map(ActiveRule::data).collect()
    }

    /// Removes a rule. Returns whether the rule existed.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut state = self.state();
        let before = state.rules.len();
        state.rules.retain(|active| active.id != id);
        state.rules.len() < before
    }

    /// Removes all rules. The ids of later rules do not start again.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.rules.clear();
        state.attempts.clear();
    }

    /// Counts a request, and returns the first rule that applies to it.
    pub(crate) fn select(&self, target: &Target<'_>) -> Option<Fault> {
        let mut state = self.state();
        let mut selected = None;
        state.rules.retain_mut(|active| {
            if selected.is_none() && active.rule.matches(target) {
                if active.rule.is_due(active.matched) {
                    selected = Some(Fault { id: active.id.clone(), rule: Arc::clone(&active.rule) });
                }
                active.matched += 1;
            }
            !active.rule.is_used_up(active.matched)
        });
        selected
    }

    /// Counts an attempt of a request, and returns the rule of its header if the rule applies.
    ///
    /// `request` names the request in all its attempts, because a client repeats the header in each.
    pub(crate) fn select_by_header(
        &self,
        text: &str,
        request: &str,
        target: &Target<'_>,
    ) -> Result<Option<Fault>, Vec<String>> {
        let rule = Rule::parse(header_options(text)).map_err(|errors| {
            errors.iter().map(|error| format!("X-Sandbox-Fault.{error}")).collect::<Vec<_>>()
        })?;
        if !rule.matches(target) {
            return Ok(None);
        }
        let name = format!("{request}\n{text}");
        let mut state = self.state();
        let earlier = state.attempts.iter().position(|(counted, _)| *counted == name);
        let attempts = earlier.and_then(|index| state.attempts.remove(index)).map_or(0, |(_, count)| count);
        state.attempts.push_back((name, attempts + 1));
        if state.attempts.len() > MAX_COUNTED {
            state.attempts.pop_front();
        }
        Ok(rule.is_due(attempts).then(|| Fault { id: HEADER.to_owned(), rule: Arc::new(rule) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveRule {
    fn data(&self) -> Value {
        let mut data = Map::from_iter([("id".to_owned(), self.id.as_str().into())]);
        data.extend(self.options.as_object().cloned().unwrap_or_default());
        data.insert("matched".to_owned(), self.matched.into());
        data.into()
    }
}

/// Parses `status=503; times=1`. A value is JSON or a text.
fn header_options(text: &str) -> Value {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let options = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = serde_json::from_str(value.trim()).unwrap_or_else(|_| Value::from(value.trim()));
        (name.trim().to_owned(), value)
    });
    options.collect::<Map<_, _>>().into()
}
