//! Keys from a function of the caller.

use std::sync::Arc;

use super::ApiKey;
use crate::clock::BoxFuture;
use crate::error::Error;

/// The function that a client gets its key from.
#[derive(Clone)]
pub(crate) struct KeyProvider(Arc<dyn Fn() -> BoxFuture<'static, Result<ApiKey, Error>> + Send + Sync>);

impl KeyProvider {
    pub(crate) fn new<F, E>(function: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self(Arc::new(move || {
            let key = function();
            Box::pin(async move {
                let failed = |error| Error::user(format!("the key provider failed: {error}"));
                let key = key.await.map_err(|error| failed(error.into()))?;
                ApiKey::from_source(&key, "the key provider")
            })
        }))
    }

    pub(super) fn key(&self) -> BoxFuture<'static, Result<ApiKey, Error>> {
        (self.0)()
    }
}
