//! Keys that are refused while a stream is open, and those that replace them.

use super::{EventStream, MAX_REFUSED};
use crate::engine::{ApiKey, KeySlot};
use crate::error::{Error, ErrorKind};

impl EventStream {
    /// A request for a ticket was refused. If that was for the key, another one from the slot can help, but not for ever.
    pub(super) fn refuse_key(&mut self, key: Option<ApiKey>, error: Error) -> Result<(), Error> {
        let Some(key) = key.filter(|_| error.kind() == ErrorKind::Authentication) else { return Err(error) };
        self.refused_keys += 1;
        if self.refused_keys >= MAX_REFUSED {
            return Err(error);
        }
        let wait = self.back_off(self.refused_keys);
        self.resume_at = Some(self.client.shared.settings.clock.now().saturating_add(wait));
        if self.slot_has_another(&key) {
            // Another stream has asked for it.
            return Ok(());
        }
        let asking = error.copy().with(|inner| inner.retryable = true);
        self.refused_key = Some((key, error));
        Err(asking)
    }

    /// Goes on after a refusal if there is another key by now.
    pub(super) fn expect_another_key(&mut self) -> Result<(), Error> {
        match self.refused_key.take() {
            Some((key, error)) if !self.slot_has_another(&key) => Err(error),
            _ => Ok(()),
        }
    }

    fn slot_has_another(&self, key: &ApiKey) -> bool {
        self.key.as_ref().and_then(KeySlot::get).is_some_and(|found| found != *key)
    }
}
