//! Finding out whether an address is a hub, and speaking with it over TLS whose certificate nobody signed: the
//! district's word on the hub names its fingerprint, and the device holds the district's key.

use super::{HttpTransport, Hub, http};
use crate::{environment::Environment, error::AppError};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_store::Identity;
use lawang_sync::{HubCertificate, HubError, digest};
use reqwest::blocking::Client;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use serde::Deserialize;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Accepts one certificate, or, while it is not known which, any, and remembers it. Names, dates and signers of
/// certificates do not count; that the other side holds the key does.
#[derive(Debug)]
struct Pin {
    expected: Option<[u8; 32]>,
    seen: Mutex<Option<[u8; 32]>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let fingerprint = *digest(end_entity);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        match self.expected {
            Some(expected) if expected != fingerprint => Err(rustls::Error::InvalidCertificate(
                rustls::CertificateError::ApplicationVerificationFailure,
            )),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn client(expected: Option<[u8; 32]>, patience: u64) -> Result<(Client, Arc<Pin>), AppError> {
    let bad = |e: &dyn std::fmt::Display| AppError::new("bad_certificate", e.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pin = Arc::new(Pin {
        expected,
        seen: Mutex::new(None),
        provider: provider.clone(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(&e))?
        .dangerous()
        .with_custom_certificate_verifier(pin.clone())
        .with_no_client_auth();
    let client = http::plain_builder()
        .connect_timeout(Duration::from_secs(patience.min(15)))
        .timeout(Duration::from_secs(patience))
        .tls_backend_preconfigured(config)
        .build()
        .map_err(|e| bad(&e))?;
    Ok((client, pin))
}

#[derive(Deserialize)]
struct About {
    #[serde(default)]
    hub: Option<String>,
}

/// Asks an address what it is. `None`: no hub of this device's district, as far as can be told; perhaps the district.
///
/// # Errors
/// `hub_not_trusted`: it says that it is a hub and cannot show the district's word; `hub_not_ready`: it was never at its
/// district; `hub_expired`; `hub_revoked`; `no_connection`. `revoked`: keys of hubs that the district revoked.
pub fn find_hub(
    address: &str,
    identity: &Identity,
    revoked: &[[u8; 32]],
    now_ms: i64,
) -> Result<Option<Hub>, AppError> {
    let address = http::normal_address(address)?;
    let (client, pin) = client(None, 10)?;
    let response = client
        .get(format!("{address}/v1/about"))
        .send()
        .map_err(|e| AppError::from(http::failure(&e)))?;
    let bytes = http::body(response).map_err(AppError::from)?;
    let certificate = match serde_json::from_slice::<About>(&bytes) {
        Ok(About { hub: Some(text) }) => text,
        _ => return Ok(None),
    };
    let refused = |why: &str| AppError::new("hub_not_trusted", why);
    if certificate.is_empty() {
        return Err(AppError::new(
            "hub_not_ready",
            "it was never at its district",
        ));
    }
    let bytes = BASE64
        .decode(certificate)
        .map_err(|_| refused("no base64"))?;
    let now = u64::try_from(now_ms).unwrap_or(0);
    let certificate =
        HubCertificate::verify(&bytes, &identity.server_key, now).map_err(|error| match error {
            HubError::Expired => AppError::new("hub_expired", "the certificate has expired"),
            other => refused(&other.to_string()),
        })?;
    if *certificate.district != *identity.server.as_bytes() {
        return Err(refused("a hub of another district"));
    }
    if revoked.contains(&certificate.key) {
        return Err(AppError::new("hub_revoked", "the district revoked it"));
    }
    let seen = *pin.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let right = match seen {
        Some(fingerprint) => fingerprint == *certificate.tls,
        // Without TLS everybody on the network reads along: only on this machine, for tests.
        None => is_loopback(&address),
    };
    if !right {
        return Err(refused("another certificate than the district vouches for"));
    }
    Ok(Some(Hub {
        certificate,
        bytes,
        address,
    }))
}

/// Whether anything answers at the district's address within a few seconds.
pub(crate) fn answers(address: &str, ca: Option<&std::path::Path>) -> bool {
    http::client(ca, 4).is_ok_and(|client| client.get(format!("{address}/v1/about")).send().is_ok())
}

fn is_loopback(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(address) else {
        return false;
    };
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

impl HttpTransport {
    /// To a hub, over TLS with its certificate and no other.
    ///
    /// # Errors
    /// `bad_certificate`, `bad_address`.
    pub fn to_hub(
        identity: &Identity,
        hub: &Hub,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, AppError> {
        let (client, _) = client(Some(*hub.certificate.tls), 60)?;
        Self::with(client, identity, &hub.address, environment)
    }
}

/// What a district makes of a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledHub {
    /// The district's address, made whole.
    pub address: String,
    /// The hub's id at the district.
    pub device: uuid::Uuid,
    pub server: uuid::Uuid,
    pub server_key: [u8; 32],
}

/// Trades a code from `lawang admin enrol-hub` for an identity at the district.
///
/// # Errors
/// `wrong_code`, `used_code`, `expired_code`, `no_connection`, `not_lawang_server`.
pub fn enrol_hub(
    address: &str,
    code: &str,
    public: &[u8; 32],
    now: i64,
    ca: Option<&std::path::Path>,
) -> Result<EnrolledHub, AppError> {
    let address = http::normal_address(address)?;
    let enrolled = http::enrol(&address, code, public, now, ca)?;
    let server_key = BASE64
        .decode(&enrolled.server_key)
        .ok()
        .and_then(|key| key.try_into().ok())
        .ok_or_else(|| AppError::new("not_lawang_server", "the server's key cannot be read"))?;
    Ok(EnrolledHub {
        address,
        device: enrolled.device,
        server: enrolled.server,
        server_key,
    })
}

/// The address in a text as people scan or paste it: that of a hub's code, or an address alone.
pub(crate) fn scanned(text: &str) -> &str {
    text.split_whitespace()
        .find(|word| word.contains("://"))
        .unwrap_or_else(|| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_hub_and_a_typed_address_both_lead_there() {
        assert_eq!(
            scanned("LAWANG-HUB https://192.168.1.5:8443 9f86d081884c7d65"),
            "https://192.168.1.5:8443"
        );
        assert_eq!(scanned(" 192.168.1.5:8443 "), "192.168.1.5:8443");
    }

    #[test]
    fn only_this_machine_may_be_spoken_with_in_clear() {
        for near in ["http://127.0.0.1:80", "http://localhost", "http://[::1]:80"] {
            assert!(is_loopback(near), "{near}");
        }
        for far in ["http://192.168.1.5", "http://localhost.example.id", "x"] {
            assert!(!is_loopback(far), "{far}");
        }
    }
}
