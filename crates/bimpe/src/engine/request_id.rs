//! The ids by which requests are found in logs.

use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use http::HeaderValue;
use uuid::{Builder, Uuid};

/// Makes ids from one piece of the system's randomness, since to ask the system for each costs more than the rest of a
/// request's headers. They are no secrets; what must not be guessed or repeated, such as idempotency keys, is not made here.
pub(crate) struct RequestIds(Mutex<Rng>);

impl RequestIds {
    pub(crate) fn new() -> Self {
        let (seed, _) = Uuid::new_v4().as_u64_pair();
        Self(Mutex::new(Rng::with_seed(seed)))
    }

    /// A new one, as the value of a header.
    pub(crate) fn next(&self) -> HeaderValue {
        let random = self.0.lock().unwrap_or_else(PoisonError::into_inner).u128(..);
        let id = Builder::from_random_bytes(random.to_ne_bytes()).into_uuid();
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut text))
            .expect("a UUID is hexadecimal digits and dashes")
    }
}
