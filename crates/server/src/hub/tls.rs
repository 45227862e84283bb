//! The certificate with which a hub answers over TLS. Nobody signs it: devices trust it because the district's word on
//! the hub names its fingerprint.

use crate::error::{Result, ServerError};
use lawang_sync::{Digest32, digest};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

/// Files of a hub's certificate and its key, PEM, and its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubTls {
    /// Certificate.
    pub certificate: PathBuf,
    /// Private key, readable by its owner only.
    pub key: PathBuf,
    /// SHA-256 of the certificate (DER).
    pub fingerprint: Digest32,
}

/// The certificate in a hub's folder; made at the first time.
///
/// # Errors
/// `bad_certificate`, and whatever the file system says.
pub fn certificate(dir: &Path) -> Result<HubTls> {
    let bad = |e: &dyn std::fmt::Display| ServerError::refused("bad_certificate", e.to_string());
    let (certificate, key) = (dir.join("hub-tls.pem"), dir.join("hub-tls.key"));
    // The certificate is written last: one that can be read has its key. A half-written one, after a kill, is made anew.
    if !key.exists() || fingerprint(&certificate).is_err() {
        fs::create_dir_all(dir)?;
        let made = rcgen::generate_simple_self_signed(vec!["lawang-hub.local".to_owned()])
            .map_err(|e| bad(&e))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&key)?;
        file.write_all(made.signing_key.serialize_pem().as_bytes())?;
        file.sync_all()?;
        fs::write(&certificate, made.cert.pem())?;
    }
    let fingerprint = fingerprint(&certificate)?;
    Ok(HubTls {
        certificate,
        key,
        fingerprint,
    })
}

/// SHA-256 of the first certificate (DER) in a PEM file.
///
/// # Errors
/// `bad_certificate`.
pub fn fingerprint(certificate: &Path) -> Result<Digest32> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let der = CertificateDer::from_pem_file(certificate)
        .map_err(|e| ServerError::refused("bad_certificate", e.to_string()))?;
    Ok(digest(&der))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_kept_and_one_that_a_kill_left_half_written_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let made = certificate(dir.path()).unwrap();
        assert_eq!(
            certificate(dir.path()).unwrap().fingerprint,
            made.fingerprint
        );
        for left in [0, 40] {
            let whole = fs::read(&made.certificate).unwrap();
            fs::write(&made.certificate, &whole[..left]).unwrap();
            let again = certificate(dir.path()).unwrap();
            assert_ne!(again.fingerprint, made.fingerprint);
            assert_eq!(fingerprint(&again.certificate).unwrap(), again.fingerprint);
        }
    }
}
