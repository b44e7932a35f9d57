//! Keys that a function of the caller gives.

use std::sync::Arc;

use futures_util::future::{Either, select};

use super::{ApiKey, Call, Client};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Where a client asks for its key.
#[derive(Clone)]
pub(crate) struct KeyProvider(Arc<dyn Fn() -> BoxFuture<'static, Result<String, Fault>> + Send + Sync>);

impl KeyProvider {
    pub(crate) fn new<F, E>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Fault>,
    {
        Self(Arc::new(move || {
            let asked = ask();
            Box::pin(async move { asked.await.map_err(Into::into) })
        }))
    }
}

impl Client {
    /// The key that the provider of this client gives; none if it has no provider.
    pub(super) async fn provided_key(&self) -> Result<Option<ApiKey>, Error> {
        let settings = &self.shared.settings;
        let Some(KeyProvider(ask)) = &settings.key_provider else { return Ok(None) };
        let limit = self.default_timeout();
        let asking = self.unless_closed(select(ask(), settings.clock.sleep(limit)));
        match asking.await? {
            Either::Left((Ok(key), _)) => ApiKey::from_source(&key, "the key provider").map(Some),
            Either::Left((Err(fault), _)) => Err(Error::user(format!("the key provider failed: {fault}"))),
            Either::Right(_) => {
                let text = format!("the key provider gave no API key within {limit:?}");
                Err(Error::new(ErrorKind::Timeout, text))
            }
        }
    }

    /// Gives a call the key of the provider, unless it has one.
    pub(super) async fn provide_key(&self, call: &mut Call) -> Result<(), Error> {
        if call.options.api_key.is_none() && self.defaults.api_key.is_none() {
            call.options.api_key = self.provided_key().await?;
        }
        Ok(())
    }
}
