//! A hub between devices and their district: who it is, what it carries up, what it brings back.

use crate::{
    DeviceKey, Digest32, Id, LinkFailure, Request, Response, Verdict, decode, encode, link::Link,
    verify,
};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};
use sha2::{Digest, Sha256};

const CERTIFICATE: &str = "hub";
const OUTCOMES: &str = "outcomes";

/// The district's word on who a hub is. Devices hold the district's key, so they need nothing else to trust it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HubCertificate {
    /// The district server.
    #[n(0)]
    pub district: Id,
    /// The hub's store: cursors at the hub belong to it.
    #[n(1)]
    pub hub: Id,
    /// The hub's name at the district.
    #[n(2)]
    pub name: String,
    /// The hub's ed25519 key: its receipts are checked against it.
    #[n(3)]
    pub key: Digest32,
    /// SHA-256 of the certificate (DER) with which it answers over TLS.
    #[n(4)]
    pub tls: Digest32,
    /// Villages whose work it may hold in the open.
    #[n(5)]
    pub villages: Vec<String>,
    /// Milliseconds since 1970.
    #[n(6)]
    pub issued: u64,
    /// Milliseconds since 1970; renewed at every exchange with the district.
    #[n(7)]
    pub expires: u64,
    #[n(8)]
    pub signature: ByteArray<64>,
}

/// Why a hub is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    #[error("the bytes are no certificate of a hub")]
    Malformed,
    #[error("the certificate was not signed by this district")]
    Signature,
    #[error("the certificate has expired")]
    Expired,
}

impl HubCertificate {
    fn signed_part(&self) -> Vec<u8> {
        let mut unsigned = self.clone();
        unsigned.signature = [0; 64].into();
        encode(&unsigned)
    }

    /// Signs as the district.
    #[must_use]
    pub fn sign(mut self, key: &DeviceKey) -> Self {
        self.signature = key.sign(CERTIFICATE, &self.signed_part()).into();
        self
    }

    /// Reads a certificate; `now`: milliseconds since 1970.
    ///
    /// # Errors
    /// As [`HubError`] says.
    pub fn verify(bytes: &[u8], district_key: &[u8; 32], now: u64) -> Result<Self, HubError> {
        let found: Self = decode(bytes).ok_or(HubError::Malformed)?;
        if !verify(
            district_key,
            CERTIFICATE,
            &found.signed_part(),
            found.signature.as_slice(),
        ) {
            return Err(HubError::Signature);
        }
        if now >= found.expires {
            return Err(HubError::Expired);
        }
        Ok(found)
    }
}

/// Under what hubs announce themselves on a network (RFC 6763).
pub const HUB_SERVICE: &str = "_lawang-hub._tcp.local.";

/// Keys of the text of such an announcement.
pub mod hub_text {
    /// Version of the announcement: `1`.
    pub const VERSION: &str = "v";
    /// Id of the district server, as UUID.
    pub const DISTRICT: &str = "district";
    /// The hub's name as people know it.
    pub const NAME: &str = "name";
}

/// Kinds of [`Outcome`].
pub mod kind {
    /// A row; the id is the household's.
    pub const ROW: u8 = 0;
    /// A change; the id is its hash.
    pub const CHANGE: u8 = 1;
    /// A photo; the id is its SHA-256.
    pub const PHOTO: u8 = 2;
}

/// The district's word on one thing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Outcome {
    #[n(0)]
    pub kind: u8,
    #[n(1)]
    pub id: ByteVec,
    #[n(2)]
    pub verdict: Verdict,
}

/// The district's word on things of one device, for whoever carries it back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Outcomes {
    #[n(0)]
    pub district: Id,
    #[n(1)]
    pub device: Id,
    /// Milliseconds since 1970 by the district's clock.
    #[n(2)]
    pub time: u64,
    #[n(3)]
    pub list: Vec<Outcome>,
}

/// [`Outcomes`] with the district's signature: what carries them cannot alter them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedOutcomes {
    #[n(0)]
    pub body: ByteVec,
    #[n(1)]
    pub signature: ByteArray<64>,
}

impl Outcomes {
    /// Signs as the district.
    pub fn sign(&self, key: &DeviceKey) -> SignedOutcomes {
        let body = encode(self);
        let signature = key.sign(OUTCOMES, &body);
        SignedOutcomes {
            body: body.into(),
            signature: signature.into(),
        }
    }
}

impl SignedOutcomes {
    /// Reads what this district signed; nothing when it did not.
    pub fn open(bytes: &[u8], district_key: &[u8; 32]) -> Option<Outcomes> {
        let signed: Self = decode(bytes)?;
        let good = verify(
            district_key,
            OUTCOMES,
            &signed.body,
            signed.signature.as_slice(),
        );
        if good { decode(&signed.body) } else { None }
    }
}

/// What only hubs ask, and what is asked only of hubs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum HubRequest {
    /// A hub asks its district: which devices, and a fresh certificate.
    #[n(0)]
    Roster(#[n(0)] RosterRequest),
    /// A hub hands its district what a device signed.
    #[n(1)]
    Forward(#[n(0)] Forward),
    /// A device gives a hub something sealed to the district.
    #[n(2)]
    Relay(#[n(0)] ByteVec),
    /// A device asks a hub what the district said of its work.
    #[n(3)]
    Outcomes(#[n(0)] OutcomesRequest),
    /// A hub asks its district whether photos of a device are whole there.
    #[n(4)]
    Photos(#[n(0)] PhotosRequest),
}

/// The answers, in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum HubResponse {
    #[n(0)]
    Roster(#[n(0)] Roster),
    /// To [`HubRequest::Photos`] as well.
    #[n(1)]
    Forwarded(#[n(0)] ForwardReply),
    /// It is on the hub's disk.
    #[n(2)]
    Relayed(#[n(0)] Digest32),
    #[n(3)]
    Outcomes(#[n(0)] OutcomesReply),
}

/// Which hub asks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RosterRequest {
    /// Id of the hub's store.
    #[n(0)]
    pub hub: Id,
    /// SHA-256 of its TLS certificate (DER).
    #[n(1)]
    pub tls: Digest32,
}

/// Who may use the hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Roster {
    /// [`HubCertificate`], encoded.
    #[n(0)]
    pub certificate: ByteVec,
    /// All devices with a village of the hub, revoked ones too.
    #[n(1)]
    pub devices: Vec<HubDevice>,
}

/// A device as a hub knows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HubDevice {
    #[n(0)]
    pub id: Id,
    #[n(1)]
    pub key: Digest32,
    #[n(2)]
    pub person: String,
    #[n(3)]
    pub role: String,
    /// Those of its villages that are the hub's.
    #[n(4)]
    pub villages: Vec<String>,
    #[n(5)]
    pub revoked: bool,
}

/// What a device signed, on its way to the district.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Forward {
    #[n(0)]
    pub device: Id,
    /// `body` is a sealed [`SealedItem`]; otherwise a [`crate::SignedBatch`].
    #[n(1)]
    pub sealed: bool,
    #[n(2)]
    pub body: ByteVec,
}

/// The district's answer for what a hub handed over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ForwardReply {
    /// [`SignedOutcomes`], encoded: for the device. What may still pass is left out.
    #[n(0)]
    pub outcomes: ByteVec,
    /// Something builds on what is not here yet: to be handed over again.
    #[n(1)]
    pub again: bool,
}

/// What a seal holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SealedItem {
    /// A [`crate::SignedBatch`], encoded.
    #[n(0)]
    Batch(#[n(0)] ByteVec),
    /// A piece of a photo.
    #[n(1)]
    Photo(#[n(0)] PhotoPiece),
}

/// A piece of a photo on its way without questions and answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotoPiece {
    #[n(0)]
    pub hash: Digest32,
    /// Bytes of the whole.
    #[n(1)]
    pub len: u64,
    #[n(2)]
    pub household: Id,
    #[n(3)]
    pub offset: u64,
    #[n(4)]
    pub bytes: ByteVec,
}

/// Asks for what the district said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct OutcomesRequest {
    /// Number of the last one that the device has.
    #[n(0)]
    pub after: u64,
}

/// What the district said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct OutcomesReply {
    #[n(0)]
    pub next: u64,
    #[n(1)]
    pub more: bool,
    /// [`SignedOutcomes`], encoded.
    #[n(2)]
    pub outcomes: Vec<ByteVec>,
    /// Hashes of changes that this hub showed once and takes back, because the district refused them or what they build
    /// on: all of the device's villages, in the last answer.
    #[n(3)]
    pub withdrawn: Option<Vec<Digest32>>,
}

/// Photos of a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PhotosRequest {
    #[n(0)]
    pub device: Id,
    #[n(1)]
    pub hashes: Vec<Digest32>,
}

/// Largest sealed thing that a hub or a file carries in one piece.
pub const MAX_SEALED: usize = 6 * 1024 * 1024;

/// What carries a message: milliseconds to wait first, and the bytes; gives the answer.
pub type Call<'a> = dyn FnMut(u64, &[u8]) -> Result<Vec<u8>, LinkFailure> + 'a;

/// Single questions over a bad link: each is carried to its answer as those of an exchange are.
pub struct Asker {
    link: Link,
}

impl Default for Asker {
    fn default() -> Self {
        Self { link: Link::new() }
    }
}

impl Asker {
    /// Bytes that the link bears at once, as far as it is known.
    pub fn size(&self) -> usize {
        self.link.size()
    }

    /// Asks.
    ///
    /// # Errors
    /// The link is gone, or the other side refuses.
    pub fn ask(&mut self, request: &Request, call: &mut Call<'_>) -> Result<Response, LinkFailure> {
        self.link.forget();
        self.link.begin(request);
        loop {
            let wait = self.link.pause();
            let bytes = self.link.next().unwrap_or_default();
            if let Some(response) = self.link.answer(call(wait, &bytes))? {
                return Ok(response);
            }
        }
    }

    /// The same for a question about hubs.
    ///
    /// # Errors
    /// As [`Asker::ask`]; [`LinkFailure::NotLawang`] when the answer is of another kind.
    pub fn hub(
        &mut self,
        request: HubRequest,
        call: &mut Call<'_>,
    ) -> Result<HubResponse, LinkFailure> {
        match self.ask(&Request::Hub(request), call)? {
            Response::Hub(response) => Ok(response),
            _ => Err(LinkFailure::NotLawang),
        }
    }
}

/// SHA-256, as ids of things that travel.
pub fn digest(bytes: &[u8]) -> Digest32 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> HubCertificate {
        HubCertificate {
            district: [1; 16].into(),
            hub: [2; 16].into(),
            name: "Kecamatan".into(),
            key: [3; 32].into(),
            tls: [4; 32].into(),
            villages: vec!["18.09.01.2001".into()],
            issued: 5,
            expires: 100,
            signature: [0; 64].into(),
        }
    }

    #[test]
    fn a_certificate_holds_until_it_expires_and_only_as_the_district_signed_it() {
        let district = DeviceKey::from_seed(&[1; 32]);
        let good = certificate().sign(&district);
        let bytes = encode(&good);
        let key = district.public();
        assert_eq!(HubCertificate::verify(&bytes, &key, 99), Ok(good.clone()));
        assert_eq!(
            HubCertificate::verify(&bytes, &key, 100),
            Err(HubError::Expired)
        );
        let mut wider = good;
        wider.villages.push("18.09.01.2002".into());
        assert_eq!(
            HubCertificate::verify(&encode(&wider), &key, 99),
            Err(HubError::Signature)
        );
        let other = DeviceKey::from_seed(&[2; 32]).public();
        assert_eq!(
            HubCertificate::verify(&bytes, &other, 99),
            Err(HubError::Signature)
        );
    }

    #[test]
    fn an_answer_of_the_district_that_was_altered_on_the_way_is_no_answer() {
        let district = DeviceKey::from_seed(&[1; 32]);
        let outcomes = Outcomes {
            district: [1; 16].into(),
            device: [2; 16].into(),
            time: 3,
            list: vec![Outcome {
                kind: kind::CHANGE,
                id: vec![4; 32].into(),
                verdict: Verdict::Refused("role_may_not".into()),
            }],
        };
        let mut signed = outcomes.sign(&district);
        assert_eq!(
            SignedOutcomes::open(&encode(&signed), &district.public()),
            Some(outcomes.clone())
        );
        let mut better = outcomes;
        better.list[0].verdict = Verdict::Accepted(1);
        signed.body = encode(&better).into();
        assert_eq!(
            SignedOutcomes::open(&encode(&signed), &district.public()),
            None
        );
    }
}
