//! Where streams can be resumed: after what was handed out, and not after what the engine has read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The ids to resume with, of one stream or of several that are merged. Sources are known by their places.
pub(crate) struct Cursors(Mutex<State>);

struct State {
    /// The name of each source, if there are several, and its id.
    sources: Vec<(Option<Arc<str>>, Option<String>)>,
    /// The source of the last event.
    latest: Option<usize>,
}

impl Cursors {
    /// Each source begins after its id, if there is one.
    pub(crate) fn new(sources: Vec<(Option<Arc<str>>, Option<String>)>) -> Self {
        let latest = (sources.len() == 1).then_some(0);
        Self(Mutex::new(State { sources, latest }))
    }

    /// An event of a source was handed out, or the error in place of one. The engine gave the id.
    pub(crate) fn pass(&self, place: usize, id: Option<&str>) {
        let mut state = self.state();
        state.latest = Some(place);
        let (_, last_id) = &mut state.sources[place];
        if let Some(id) = id {
            let last_id = last_id.get_or_insert_default();
            last_id.clear();
            last_id.push_str(id);
        }
    }

    /// The id of the source whose event was the last.
    pub(crate) fn latest(&self) -> Option<String> {
        let state = self.state();
        state.sources[state.latest?].1.clone()
    }

    /// The id of each source that has a name.
    pub(crate) fn by_source(&self) -> BTreeMap<String, String> {
        let named =
            |(name, id): &(Option<Arc<str>>, Option<String>)| Some((name.as_ref()?.to_string(), id.clone()?));
        self.state().sources.iter().filter_map(named).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
