//! The ids by which requests are found in logs.

use std::sync::Mutex;

use fastrand::Rng;
use http::HeaderValue;
use uuid::{Builder, Uuid};

use crate::sync::lock;

/// Makes ids from one piece of the system's randomness, since to ask the system for each costs more than the rest of a
/// request's headers. They are no secrets; what must not be guessed or repeated, such as idempotency keys, is not made here.
///
/// The first request asks for the randomness, because some edge runtimes have none while a program starts.
#[derive(Default)]
pub(crate) struct RequestIds(Mutex<Option<Rng>>);

impl RequestIds {
    /// A new one, as the value of a header.
    pub(crate) fn next(&self) -> HeaderValue {
        let mut rng = lock(&self.0);
        let random = rng.get_or_insert_with(|| Rng::with_seed(Uuid::new_v4().as_u64_pair().0)).u128(..);
        drop(rng);
        let id = Builder::from_random_bytes(random.to_ne_bytes()).into_uuid();
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut text))
            .expect("a UUID is hexadecimal digits and dashes")
    }
}
