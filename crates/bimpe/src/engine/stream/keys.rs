//! Refused keys of a stream, and their replacement.

use super::{EventStream, MAX_REFUSED};
use crate::engine::{ApiKey, SharedApiKey};
use crate::error::{Error, ErrorKind};

impl EventStream {
    /// Handles a refused ticket request. After a refused key, another key of the caller may succeed, up to a limit.
    pub(super) fn refuse_key(&mut self, key: Option<ApiKey>, error: Error) -> Result<(), Error> {
        let Some(key) = key.filter(|_| error.kind() == ErrorKind::Authentication) else { return Err(error) };
        self.refused_keys += 1;
        if self.refused_keys >= MAX_REFUSED {
            return Err(error);
        }
        let wait = self.back_off(self.refused_keys);
        self.resume_at = Some(self.client.shared.settings.clock.now().saturating_add(wait));
        if self.key.is_none() {
            // The next request calls the provider again.
            self.refused_key = Some((key, error));
            return Ok(());
        }
        if self.slot_has_another(&key) {
            // Another stream has requested it.
            return Ok(());
        }
        let asking = error.copy().with(|inner| inner.retryable = true);
        self.refused_key = Some((key, error));
        Err(asking)
    }

    /// Resumes after a refused key if the caller has set another one.
    pub(super) fn expect_another_key(&mut self) -> Result<(), Error> {
        if self.key.is_none() {
            return Ok(());
        }
        match self.refused_key.take() {
            Some((key, error)) if !self.slot_has_another(&key) => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns the key of the key provider, if there is one. A key that was just refused is a final error.
    pub(super) async fn provided_key(&mut self) -> Result<Option<ApiKey>, Error> {
        let refused = self.refused_key.take();
        let provided = self.client.provided_key().await?;
        match refused {
            Some((refused, error)) if provided.as_ref() == Some(&refused) => Err(error),
            _ => Ok(provided),
        }
    }

    fn slot_has_another(&self, key: &ApiKey) -> bool {
        self.key.as_ref().and_then(SharedApiKey::get).is_some_and(|found| found != *key)
    }
}
