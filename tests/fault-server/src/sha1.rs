//! Valid RSA signatures with SHA-1. Built by hand, because current libraries do not create them.

use std::io::{Error, Result};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use num_bigint::BigUint;
use rcgen::{
    CertificateParams, CertifiedIssuer, Issuer, KeyPair, PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm,
    SigningKey,
};

/// The object identifier of RSA with SHA-256, and its last bytes for SHA-256 and SHA-1.
const SHA256: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b];
const SHA1: u8 = 5;
/// The DER prefix of a signed SHA-1 hash.
const DIGEST_INFO: [u8; 15] = [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];

/// An RSA key that signs with SHA-1.
struct Legacy {
    key: KeyPair,
    modulus: BigUint,
    exponent: BigUint,
}

impl Legacy {
    fn new(key: KeyPair) -> Self {
        let der = key.serialize_der();
        // The values are version, algorithm and key. The key has version, modulus, and both exponents.
        let outer = values(values(&der)[0]);
        let inner = values(values(outer[2])[0]);
        let (modulus, exponent) = (BigUint::from_bytes_be(inner[1]), BigUint::from_bytes_be(inner[3]));
        Self { key, modulus, exponent }
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
        let length = self.modulus.to_bytes_be().len();
        let mut block = vec![0xff; length - DIGEST_INFO.len() - hash.as_ref().len()];
        block[..2].copy_from_slice(&[0, 1]);
        *block.last_mut().expect("it is longer") = 0;
        block.extend(DIGEST_INFO);
        block.extend(hash.as_ref());
        let signed = BigUint::from_bytes_be(&block).modpow(&self.exponent, &self.modulus).to_bytes_be();
        [vec![0; length - signed.len()], signed].concat()
    }
}

impl PublicKeyData for Legacy {
    fn der_bytes(&self) -> &[u8] {
        self.key.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.key.algorithm()
    }
}

impl SigningKey for Legacy {
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, rcgen::Error> {
        Ok(self.signature(&renamed(message)))
    }
}

/// Returns the contents of consecutive DER values.
fn values(mut der: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let [_, length, rest @ ..] = der {
        let longer = if *length < 0x80 { 0 } else { usize::from(*length & 0x7f) };
        let (digits, rest) = rest.split_at(longer);
        let short = if longer == 0 { usize::from(*length) } else { 0 };
        let length = digits.iter().fold(short, |sum, digit| sum << 8 | usize::from(*digit));
        let (value, after) = rest.split_at(length);
        found.push(value);
        der = after;
    }
    found
}

/// Replaces the identifier of SHA-256 by that of SHA-1.
fn renamed(der: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    let places: Vec<usize> =
        der.windows(SHA256.len()).enumerate().filter(|(_, name)| *name == SHA256).map(|(at, _)| at).collect();
    for at in places {
        der[at + SHA256.len() - 1] = SHA1;
    }
    der
}

/// Returns an authority as PEM, and the certificate that it signed with SHA-1 for this key.
pub(crate) fn signed(
    authority: CertificateParams,
    params: &CertificateParams,
    key: &KeyPair,
) -> Result<(String, Vec<u8>)> {
    let own = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(Error::other)?;
    let legacy = Legacy::new(KeyPair::try_from(own.serialize_der()).map_err(Error::other)?);
    let issuer = CertifiedIssuer::self_signed(authority.clone(), own).map_err(Error::other)?;
    let leaf = params.signed_by(key, &Issuer::new(authority, legacy)).map_err(Error::other)?;
    Ok((issuer.pem(), renamed(leaf.der())))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use super::*;

    /// An invalid signature would make clients reject the certificate for the wrong reason.
    #[test]
    fn signed_creates_a_valid_signature() {
        let legacy = Legacy::new(KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key"));
        let key = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, legacy.der_bytes());
        let params = CertificateParams::default();
        let certificate = params
            .signed_by(
                &legacy,
                &Issuer::new(
                    params.clone(),
                    Legacy::new(KeyPair::try_from(legacy.key.serialize_der()).expect("the same key")),
                ),
            )
            .expect("a certificate");
        let whole = renamed(certificate.der());
        // The values are the signed part, the algorithm, and the signature after its number of unused bits.
        let content = values(&whole)[0];
        let [signed, algorithm, signature] = values(content)[..] else {
            panic!("expected three parts of a certificate")
        };
        assert_eq!(algorithm[..11], renamed(&SHA256)[..]);
        let signed = &content[..signed.as_ptr_range().end.addr() - content.as_ptr().addr()];
        key.verify(signed, &signature[1..]).expect("a valid signature");
        assert!(key.verify(b"another text", &signature[1..]).is_err());
    }
}
