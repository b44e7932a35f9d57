//! Why a connection failed: the text of all causes, and the name that operating systems and Node give it.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use rustls::CertificateError;

use crate::error::NO_TLS;
use crate::transport::TransportError;

type Cause<'a> = &'a (dyn StdError + 'static);

/// An error of a connection that may have carried the request.
pub(crate) fn lost(error: impl StdError + Send + Sync + 'static) -> TransportError {
    TransportError { code: code(&error), ..TransportError::lost(error_chain(&error)) }.caused_by(error)
}

/// The causes, without the address that reqwest names: it may hold a ticket.
pub(crate) fn error_chain(error: Cause<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for text in causes(error).filter(|cause| !cause.is::<reqwest::Error>()).map(ToString::to_string) {
        // Of the pool; the causes say more.
        if text.starts_with("client error (") {
            continue;
        }
        // Outer layers often repeat the inner text.
        parts.retain(|outer| !outer.contains(&text));
        parts.push(text);
    }
    parts.join(": ")
}

/// The name of the first cause that has one.
pub(crate) fn code(error: Cause<'_>) -> Option<&'static str> {
    let is_slow = |cause: Cause<'_>| cause.downcast_ref().is_some_and(reqwest::Error::is_timeout);
    let known =
        causes(error).find_map(|cause| of_name(cause).or_else(|| of_io(cause)).or_else(|| of_http(cause)));
    known.or_else(|| causes(error).any(is_slow).then_some("ETIMEDOUT"))
}

pub(crate) fn causes(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Of a name that was not resolved. The resolver of Unix tells the reason as text only.
fn of_name(cause: Cause<'_>) -> Option<&'static str> {
    let text = cause.to_string();
    let rest = text.strip_prefix("failed to lookup address information")?;
    Some(if rest.contains("Temporary") || rest.contains("try again") { "EAI_AGAIN" } else { "ENOTFOUND" })
}

fn of_io(cause: Cause<'_>) -> Option<&'static str> {
    // Concurrent lookups of a name share their error.
    let shared = || cause.downcast_ref::<Arc<io::Error>>().map(Arc::as_ref);
    let error = cause.downcast_ref::<io::Error>().or_else(shared)?;
    // The inner error is not among its causes.
    if let Some(inner) = error.get_ref() {
        return inner.downcast_ref().and_then(of_tls).or_else(|| of_io(inner));
    }
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => "ECONNREFUSED",
        ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => "ECONNRESET",
        ErrorKind::ConnectionAborted => "ECONNABORTED",
        ErrorKind::BrokenPipe => "EPIPE",
        ErrorKind::TimedOut => "ETIMEDOUT",
        ErrorKind::HostUnreachable => "EHOSTUNREACH",
        ErrorKind::NetworkUnreachable => "ENETUNREACH",
        ErrorKind::NetworkDown => "ENETDOWN",
        ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        _ => return of_number(error.raw_os_error()?),
    })
}

/// The errors for which the standard library has no kind, by their numbers. Windows has its own.
fn of_number(number: i32) -> Option<&'static str> {
    match (number, cfg!(windows)) {
        (24, false) | (10024, true) => Some("EMFILE"),
        (11001 | 11004, true) => Some("ENOTFOUND"),
        (11002, true) => Some("EAI_AGAIN"),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Option<&'static str> {
    match error {
        rustls::Error::InvalidMessage(_) => Some(NO_TLS),
        rustls::Error::InvalidCertificate(error) => Some(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "CERT_HAS_EXPIRED",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "CERT_NOT_YET_VALID"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "ERR_TLS_CERT_ALTNAME_INVALID"
            }
            CertificateError::UnknownIssuer => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            _ => return None,
        }),
        _ => None,
    }
}

/// A server that closes the connection instead of responding.
fn of_http(cause: Cause<'_>) -> Option<&'static str> {
    let error = cause.downcast_ref::<hyper::Error>()?;
    error.is_incomplete_message().then_some("ECONNRESET")
}
