//! HTTP to the server: signed messages, and the one request of enrolment.

use super::Transport;
use crate::{environment::Environment, error::AppError};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_store::Identity;
use lawang_sync::{DeviceKey, LinkFailure, RemoteError, shorter_part, signed_part};
use reqwest::{
    Certificate,
    blocking::{Client, ClientBuilder, Response},
};
use serde::{Deserialize, Serialize};
use std::{error::Error as _, io::Read, path::Path, sync::Arc, sync::Once, time::Duration};

/// Largest answer that is read.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;
/// Seconds for a request.
const PATIENCE: u64 = 60;

pub(super) fn plain_builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("lawang/", env!("CARGO_PKG_VERSION")))
        // Personal data go to the enrolled server and nowhere else.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
}

/// `patience`: seconds for a whole request.
pub(super) fn client(ca: Option<&Path>, patience: u64) -> Result<Client, AppError> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only when another provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let failed = |e: &dyn std::fmt::Display| AppError::new("bad_certificate", e.to_string());
    let mut builder = plain_builder()
        .connect_timeout(Duration::from_secs(patience.min(15)))
        .timeout(Duration::from_secs(patience));
    // An office network may have its own authority: its certificate is laid into the data directory.
    if let Some(path) = ca.filter(|p| p.exists()) {
        let pem = std::fs::read(path).map_err(|e| failed(&e))?;
        for certificate in Certificate::from_pem_bundle(&pem).map_err(|e| failed(&e))? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|e| failed(&e))
}

pub(super) fn failure(error: &reqwest::Error) -> LinkFailure {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        if text.to_lowercase().contains("certificate") || text.contains("UnknownIssuer") {
            return LinkFailure::Certificate(text);
        }
        source = inner.source();
    }
    // Neither address nor content: both could hold what a log must not.
    LinkFailure::Cut(if text.is_empty() {
        "no answer".into()
    } else {
        text
    })
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    message: String,
    time: Option<i64>,
}

pub(super) fn body(response: Response) -> Result<Vec<u8>, LinkFailure> {
    let expected = response.content_length();
    let mut bytes = Vec::new();
    let read = response.take(MAX_ANSWER).read_to_end(&mut bytes);
    if read.is_err() || expected.is_some_and(|n| n != bytes.len() as u64) {
        return Err(LinkFailure::Cut("the answer was cut".into()));
    }
    Ok(bytes)
}

/// The same for an answer of the protocol: of a part that was cut on the way, what came of it counts.
fn part_of_body(response: Response) -> Result<Vec<u8>, LinkFailure> {
    let expected = response.content_length();
    let mut bytes = Vec::new();
    let read = response.take(MAX_ANSWER).read_to_end(&mut bytes);
    if read.is_ok() && expected.is_none_or(|n| n == bytes.len() as u64) {
        return Ok(bytes);
    }
    shorter_part(&bytes).ok_or_else(|| LinkFailure::Cut("the answer was cut".into()))
}

/// HTTP to one server as one device.
pub struct HttpTransport {
    client: Client,
    address: String,
    device: String,
    key: DeviceKey,
    environment: Arc<dyn Environment>,
    /// Server clock minus device clock, milliseconds; learned when the server refuses the device's.
    offset: i64,
}

impl HttpTransport {
    /// For an enrolled device; `address` may be another address of the same server. `ca`: a file with
    /// further certificates to trust.
    pub fn new(
        identity: &Identity,
        address: Option<&str>,
        ca: Option<&Path>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, AppError> {
        let address = address.unwrap_or(&identity.address);
        Self::with(client(ca, PATIENCE)?, identity, address, environment)
    }

    pub(super) fn with(
        client: Client,
        identity: &Identity,
        address: &str,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, AppError> {
        Ok(Self {
            client,
            address: normal_address(address)?,
            device: identity.device.to_string(),
            key: DeviceKey::from_seed(&identity.signing_seed),
            environment,
            offset: 0,
        })
    }

    fn once(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let time = self
            .environment
            .now_ms()
            .saturating_add(self.offset)
            .to_string();
        let mut signed = format!("POST /v1/sync\n{time}\n").into_bytes();
        let (purpose, part) = signed_part(message);
        signed.extend_from_slice(part);
        let signature = self.key.sign(purpose, &signed);
        let response = self
            .client
            .post(format!("{}/v1/sync", self.address))
            .header("lawang-device", &self.device)
            .header("lawang-time", time)
            .header("lawang-signature", BASE64.encode(signature))
            .header("content-type", "application/cbor")
            .body(message.to_vec())
            .send()
            .map_err(|e| failure(&e))?;
        let status = response.status();
        let ours = response.headers().contains_key("lawang");
        if status.is_success() && ours {
            return part_of_body(response);
        }
        let bytes = body(response)?;
        match serde_json::from_slice::<ErrorBody>(&bytes) {
            Ok(error) => {
                if let (true, Some(time)) = (error.code == "clock_skew", error.time) {
                    self.offset = time.saturating_sub(self.environment.now_ms());
                }
                // Later, or with less at once, it goes through.
                if matches!(error.code.as_str(), "busy" | "timeout") {
                    return Err(LinkFailure::Cut(format!("the server says {}", error.code)));
                }
                Err(LinkFailure::Remote(RemoteError::new(
                    &error.code,
                    error.message,
                )))
            }
            // Gateways answer for a server that is away.
            Err(_) if status.is_server_error() => {
                Err(LinkFailure::Cut(format!("status {}", status.as_u16())))
            }
            Err(_) => Err(LinkFailure::NotLawang),
        }
    }
}

impl Transport for HttpTransport {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        match self.once(message) {
            // The device's clock is wrong: signed again with the server's time, the work still arrives.
            Err(LinkFailure::Remote(error)) if error.code == "clock_skew" && self.offset != 0 => {
                self.once(message)
            }
            other => other,
        }
    }
}

#[derive(Serialize)]
struct EnrolBody<'a> {
    code: &'a str,
    public_key: String,
    app: &'a str,
    time: i64,
}

/// What the server answers to an enrolment.
#[derive(Deserialize)]
pub(crate) struct Enrolled {
    pub device: uuid::Uuid,
    pub server: uuid::Uuid,
    pub server_key: String,
    pub person: String,
    pub role: String,
    pub villages: Vec<EnrolledVillage>,
}

#[derive(Deserialize)]
pub(crate) struct EnrolledVillage {
    pub code: String,
    pub name: String,
    pub district: String,
    #[serde(default)]
    pub regency: String,
}

/// Trades an enrolment code for an identity.
pub(crate) fn enrol(
    address: &str,
    code: &str,
    public: &[u8; 32],
    now: i64,
    ca: Option<&Path>,
) -> Result<Enrolled, AppError> {
    let body_text = serde_json::to_vec(&EnrolBody {
        code: code.trim(),
        public_key: BASE64.encode(public),
        app: env!("CARGO_PKG_VERSION"),
        time: now,
    })
    .map_err(|e| AppError::new("malformed_request", e.to_string()))?;
    let response = client(ca, PATIENCE)?
        .post(format!("{address}/v1/enrol"))
        .header("content-type", "application/json")
        .body(body_text)
        .send()
        .map_err(|e| AppError::from(failure(&e)))?;
    let status = response.status();
    let bytes = body(response)?;
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(|_| AppError::from(LinkFailure::NotLawang));
    }
    match serde_json::from_slice::<ErrorBody>(&bytes) {
        Ok(error) => Err(LinkFailure::Remote(RemoteError::new(&error.code, error.message)).into()),
        Err(_) => Err(LinkFailure::NotLawang.into()),
    }
}

/// An address as people type it, made whole: `https://` where no scheme is given, no slash at the end.
pub(crate) fn normal_address(text: &str) -> Result<String, AppError> {
    let text = text.trim();
    if text.ends_with("://") {
        return Err(AppError::new("bad_address", "a scheme without a host"));
    }
    let text = text.trim_end_matches('/');
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let bad = || AppError::new("bad_address", "not an address");
    let url = reqwest::Url::parse(&whole).map_err(|_| bad())?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|h| !h.is_empty())
        && url.username().is_empty()
        && url.query().is_none();
    if fits { Ok(whole) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_completed_and_a_wrong_one_is_refused_in_words() {
        assert_eq!(
            normal_address(" lawang.go.id/ ").unwrap(),
            "https://lawang.go.id"
        );
        assert_eq!(
            normal_address("http://10.0.0.5:8080").unwrap(),
            "http://10.0.0.5:8080"
        );
        for wrong in ["", "ftp://x", "http://", "https://a b", "https://u:p@h"] {
            assert_eq!(
                normal_address(wrong).unwrap_err().code,
                "bad_address",
                "{wrong}"
            );
        }
    }

    #[test]
    fn nothing_listening_is_no_connection_and_not_a_panic() {
        let error = enrol("http://127.0.0.1:9", "X", &[0; 32], 0, None)
            .err()
            .unwrap();
        assert_eq!(error.code, "no_connection");
    }
}
