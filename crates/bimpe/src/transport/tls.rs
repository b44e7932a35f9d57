//! What is trusted: the certificates of the system, and those of a file. Read once for all connections made alike,
//! since it takes milliseconds.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::Error;

/// A PEM file with certificates.
#[derive(PartialEq, Eq)]
pub(crate) struct CaFile {
    pem: Vec<u8>,
}

impl CaFile {
    /// Reads the file, and sees that there is a certificate in it. To read all of a system's takes milliseconds, which
    /// clients without TLS need not wait for.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display();
        let pem = std::fs::read(path)
            .map_err(|error| Error::user(format!("the CA file {shown} cannot be read: {error}")))?;
        let file = Self { pem };
        if file.certificates().next().is_none() {
            return Err(Error::user(format!("the CA file {shown} holds no certificate in PEM form")));
        }
        Ok(file)
    }

    /// Those that can be used: bundles hold one now and then that nobody can.
    fn certificates(&self) -> impl Iterator<Item = CertificateDer<'static>> {
        let usable =
            |certificate: &CertificateDer<'static>| RootCertStore::empty().add(certificate.clone()).is_ok();
        CertificateDer::pem_slice_iter(&self.pem).filter_map(Result::ok).filter(usable)
    }
}

/// Trusts nobody, and costs next to nothing to make: for connections that have no TLS.
pub(crate) fn none() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13, &TLS12])?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// TLS 1.2 and 1.3, the system's trust and the file's.
pub(crate) fn config(ca_file: Option<&CaFile>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let more = ca_file.into_iter().flat_map(CaFile::certificates);
    let verifier = Verifier::new_with_extra_roots(more, provider.clone())?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
