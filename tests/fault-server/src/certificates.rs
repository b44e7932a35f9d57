//! Valid and invalid certificates, generated for each run.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::server::temporary;
use crate::sha1;

type Change = fn(&mut CertificateParams);

/// The certificates that the trusted authority signs: listener, host name, and change of the parameters.
const SIGNED: [(&str, &str, Change); 4] = [
    ("good", "localhost", |_| {}),
    ("expired", "localhost", |params| params.not_after = date_time_ymd(2020, 1, 1)),
    ("not_yet_valid", "localhost", |params| params.not_before = date_time_ymd(4000, 1, 1)),
    ("wrong_host", "example.test", |_| {}),
];

/// The configuration of each TLS listener, and the file of the trusted authority.
pub(crate) struct Certificates {
    configs: Vec<(&'static str, Arc<ServerConfig>)>,
    ca_file: PathBuf,
    /// A file with a certificate like that of `good`, and its key.
    good: PathBuf,
}

impl Certificates {
    pub(crate) fn new() -> Result<Self> {
        let trusted = authority("bimpe test authority")?;
        let unknown = authority("an unknown authority")?;
        let mut configs = Vec::new();
        let good = temporary("good.pem");
        let (params, key) = leaf("localhost")?;
        let certificate = params.signed_by(&key, &trusted).map_err(Error::other)?;
        std::fs::write(&good, certificate.pem() + &key.serialize_pem())?;
        for (name, host, change) in SIGNED {
            configs.push((name, signed(host, change, Some(&trusted))?));
        }
        configs.push(("unknown_ca", signed("localhost", |_| {}, Some(&unknown))?));
        configs.push(("self_signed", signed("localhost", |_| {}, None)?));
        let (params, key) = leaf("localhost")?;
        let (legacy, certificate) = sha1::signed(authority_params("a legacy authority"), &params, &key)?;
        configs.push(("sha1", config(certificate.into(), &key)?));
        let ca_file = temporary("ca.pem");
        std::fs::write(&ca_file, trusted.pem() + &legacy)?;
        Ok(Self { configs, ca_file, good })
    }

    pub(crate) fn configs(&self) -> impl Iterator<Item = (&'static str, Arc<ServerConfig>)> {
        self.configs.iter().map(|(name, config)| (*name, config.clone()))
    }

    pub(crate) fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    pub(crate) fn good(&self) -> &Path {
        &self.good
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        // Ignore errors, because a remaining temporary file does not affect tests.
        let _ = std::fs::remove_file(&self.ca_file);
        let _ = std::fs::remove_file(&self.good);
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Result<Authority> {
    let key = KeyPair::generate().map_err(Error::other)?;
    CertifiedIssuer::self_signed(authority_params(name), key).map_err(Error::other)
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn signed(host: &str, change: Change, by: Option<&Authority>) -> Result<Arc<ServerConfig>> {
    let (mut params, key) = leaf(host)?;
    change(&mut params);
    let certificate = match by {
        Some(authority) => params.signed_by(&key, authority),
        None => params.self_signed(&key),
    }
    .map_err(Error::other)?;
    config(certificate.der().clone(), &key)
}

fn leaf(host: &str) -> Result<(CertificateParams, KeyPair)> {
    let mut params = CertificateParams::new([host.to_owned()]).map_err(Error::other)?;
    params.distinguished_name.push(DnType::CommonName, host);
    Ok((params, KeyPair::generate().map_err(Error::other)?))
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> Result<Arc<ServerConfig>> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(Error::other)?;
    Ok(Arc::new(config))
}

/// Returns a `ServerHello` that selects TLS 1.1.
pub(crate) fn old_server_hello() -> Vec<u8> {
    const VERSION: [u8; 2] = [3, 2];
    let mut hello = VERSION.to_vec();
    hello.extend([7; 32]);
    // No session, the cipher ECDHE-RSA-AES128-SHA, no compression.
    hello.extend([0, 0xc0, 0x13, 0]);
    let length = u8::try_from(hello.len()).expect("a short message");
    let mut record = vec![0x16, VERSION[0], VERSION[1], 0, length + 4, 2, 0, 0, length];
    record.extend(hello);
    record
}
