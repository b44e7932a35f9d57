//! Classifies errors of reqwest: whether the server can have received the request, and the reason.

use std::error::Error as StdError;

use super::os_code::{causes, code, error_chain};
use crate::error::NO_TLS;
use crate::transport::{Failure, TransportError};

pub(super) fn classify(error: reqwest::Error) -> TransportError {
    let (text, code) = (error_chain(&error), code(&error));
    let failure = if text.contains("certificate") || code == Some(NO_TLS) {
        Failure::Tls
    } else if error.is_connect() || is_unsent(&error) {
        Failure::NotSent
    } else {
        Failure::Lost
    };
    // The address of a stream holds its ticket.
    TransportError { failure, code, ..TransportError::lost(text) }.caused_by(error.without_url())
}

/// Returns whether the server has not processed the request, so that it can be sent again at once.
pub(super) fn is_unsent(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| {
        if let Some(error) = cause.downcast_ref::<h2::Error>() {
            let reason = error.reason();
            let is_after_goaway = error.is_go_away() && reason == Some(h2::Reason::NO_ERROR);
            let is_refused = error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (is_after_goaway || is_refused);
        }
        let is_canceled = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled);
        is_canceled || cause.to_string() == "client error (Canceled)" // of the pool, whose errors have no public kind
    })
}
