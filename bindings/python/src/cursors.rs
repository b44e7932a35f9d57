//! Resume positions of streams: after the last delivered event, not after the last received one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bimpe_runtime::lock;

/// Resume ids of one stream, or of several merged streams, by index.
pub(crate) struct Cursors(Mutex<State>);

struct State {
    /// Name (if there are several) and resume id of each source.
    sources: Vec<(Option<Arc<str>>, Option<String>)>,
    /// The source of the last event.
    latest: Option<usize>,
}

impl Cursors {
    /// Creates cursors with the initial ids.
    pub(crate) fn new(sources: Vec<(Option<Arc<str>>, Option<String>)>) -> Self {
        let latest = (sources.len() == 1).then_some(0);
        Self(Mutex::new(State { sources, latest }))
    }

    /// Records a delivered event, or the error in place of one.
    pub(crate) fn pass(&self, place: usize, id: Option<&str>) {
        let mut state = lock(&self.0);
        state.latest = Some(place);
        let (_, last_id) = &mut state.sources[place];
        if let Some(id) = id {
            let last_id = last_id.get_or_insert_default();
            last_id.clear();
            last_id.push_str(id);
        }
    }

    /// Returns the resume id of the source of the last event.
    pub(crate) fn latest(&self) -> Option<String> {
        let state = lock(&self.0);
        state.sources[state.latest?].1.clone()
    }

    /// Returns the resume id of each named source.
    pub(crate) fn by_source(&self) -> BTreeMap<String, String> {
        let named =
            |(name, id): &(Option<Arc<str>>, Option<String>)| Some((name.as_ref()?.to_string(), id.clone()?));
        lock(&self.0).sources.iter().filter_map(named).collect()
    }
}
