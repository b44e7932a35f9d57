//! Trusted certificates: those of the system or of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and those of a further file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths};
use rustls_platform_verifier::Verifier;

use crate::error::Error;

/// Certificates to trust beside those of the system.
#[derive(PartialEq, Eq, Default)]
pub(crate) struct ExtraRoots {
    pem: Vec<u8>,
    /// Why the file that a variable names cannot be used. Reported when TLS is first needed.
    unusable: Option<String>,
}

impl ExtraRoots {
    /// Reads the file of the caller, and checks that it holds a certificate.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        Self::from_file(path).map_err(|reason| Error::user(format!("the CA file {reason}")))
    }

    /// Reads the file or the directory that a variable of another program names.
    pub(crate) fn from_variable(name: &str, path: &Path) -> Self {
        let roots = if path.is_dir() { Self::from_directory(path) } else { Self::from_file(path) };
        roots.unwrap_or_else(|reason| Self {
            pem: Vec::new(),
            unusable: Some(format!(
                "the variable {name} names no usable file: {reason}; correct the variable or unset it"
            )),
        })
    }

    fn from_file(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let pem = std::fs::read(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        Self::from_pem(pem).ok_or_else(|| format!("{shown} holds no certificate in PEM form"))
    }

    fn from_directory(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let entries = std::fs::read_dir(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let files = entries.filter_map(|entry| std::fs::read(entry.ok()?.path()).ok());
        let pem = files.flat_map(|file| [file, b"\n".to_vec()]).collect::<Vec<_>>().concat();
        Self::from_pem(pem).ok_or_else(|| format!("{shown} holds no certificate in PEM form"))
    }

    fn from_pem(pem: Vec<u8>) -> Option<Self> {
        let roots = Self { pem, unusable: None };
        // The first is enough: to parse all of a system's takes milliseconds, which clients without TLS need not wait for.
        let is_usable = roots.certificates().next().is_some();
        is_usable.then_some(roots)
    }

    /// The usable ones: bundles often hold one that no library accepts.
    fn certificates(&self) -> impl Iterator<Item = CertificateDer<'static>> {
        let usable =
            |certificate: &CertificateDer<'static>| RootCertStore::empty().add(certificate.clone()).is_ok();
        CertificateDer::pem_slice_iter(&self.pem).filter_map(Result::ok).filter(usable)
    }
}

/// The locations of the system's certificates in the environment.
#[derive(PartialEq, Eq, Default)]
pub(crate) struct SystemRoots {
    file: Option<String>,
    directories: Option<String>,
}

impl SystemRoots {
    pub(crate) fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let value = |name| env(name).filter(|value| !value.is_empty());
        Self { file: value("SSL_CERT_FILE"), directories: value("SSL_CERT_DIR") }
    }

    /// The certificates in place of the system's, if the environment names any.
    fn certificates(&self) -> Option<Result<Vec<CertificateDer<'static>>, String>> {
        let file = self.file.as_ref().map(PathBuf::from);
        let directories: Vec<_> = self.directories.iter().flat_map(std::env::split_paths).collect();
        let name = if file.is_some() { "SSL_CERT_FILE" } else { "SSL_CERT_DIR" };
        let mut found = file.map(|file| load_certs_from_paths(Some(&file), None));
        for directory in directories.iter().filter(|directory| !directory.as_os_str().is_empty()) {
            let CertificateResult { certs, errors, .. } = load_certs_from_paths(None, Some(directory));
            let all = found.get_or_insert_default();
            all.certs.extend(certs);
            all.errors.extend(errors);
        }
        let CertificateResult { certs, errors, .. } = found?;
        let reason =
            errors.first().map_or_else(|| "it holds none in PEM form".to_owned(), ToString::to_string);
        Some(if certs.is_empty() {
            Err(format!("the variable {name} names no usable certificate: {reason}"))
        } else {
            Ok(certs)
        })
    }
}

#[cfg(not(any(feature = "rustls-aws-lc-rs", feature = "rustls-ring")))]
compile_error!("the feature `network` of bimpe needs `rustls-aws-lc-rs` or `rustls-ring`");

/// The cryptography that the features of this crate name; other crates of the program may have turned on more.
fn provider() -> CryptoProvider {
    #[cfg(feature = "rustls-aws-lc-rs")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "rustls-aws-lc-rs"))]
    let provider = rustls::crypto::ring::default_provider();
    provider
}

/// TLS that trusts no one and takes microseconds to set up: for connections without TLS.
pub(crate) fn untrusting() -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider()));
    let builder = builder.with_protocol_versions(&[&TLS13, &TLS12]).map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// TLS 1.2 and 1.3 with HTTP/2 and HTTP/1.1.
pub(crate) fn trusting(system: &SystemRoots, extra: &ExtraRoots) -> Result<ClientConfig, String> {
    if let Some(reason) = &extra.unusable {
        return Err(reason.clone());
    }
    let provider = Arc::new(provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| error.to_string())?;
    let builder = if let Some(certificates) = system.certificates() {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates?.into_iter().chain(extra.certificates()));
        builder.with_root_certificates(roots)
    } else {
        let verifier = Verifier::new_with_extra_roots(extra.certificates(), provider)
            .map_err(|error| error.to_string())?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
