//! A record begins anew: its documents no longer follow from the row and the changes that came before, but from a new
//! row. So an erasure reaches every replica, and documents stay small.

use crate::{DeviceKey, Digest32, Id, encode, verify};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};
use sha2::{Digest, Sha256};

/// Number of the kind of document under which a new base travels among the changes.
pub const KIND_BASE: u8 = 3;

/// Said by the server, in its order of changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NewBase {
    #[n(0)]
    pub household: Id,
    /// How often the record began anew, this time included.
    #[n(1)]
    pub number: u64,
    /// Digest of the row from which its documents follow now.
    #[n(2)]
    pub digest: Digest32,
    /// [`NewBase::COMPACTED`], [`NewBase::ERASED`], [`NewBase::ERASED_PERSON`] or [`NewBase::MOVED`].
    #[n(3)]
    pub reason: String,
    /// Numbers of the documents that begin anew: 0 field answers, from the row; 1 and 2 from nothing.
    #[n(4)]
    pub documents: Vec<u8>,
    /// The row's canonical bytes, as they are now: it travels with this and is no part of it.
    #[n(5)]
    pub row: Option<ByteVec>,
    /// The district's signature over the hash: nobody on the way can make a device let go of anything.
    #[n(6)]
    pub signature: Option<ByteArray<64>>,
    /// With [`NewBase::MOVED`]: from where to where.
    #[n(7)]
    pub moved: Option<Moved>,
}

/// A record that belongs to another village from now on, because its village was split or merged. It is said twice: in
/// the log of the village that it leaves and in that of the village that it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Moved {
    /// Kemendagri code of the village before.
    #[n(0)]
    pub from: String,
    /// Kemendagri code of the village from now on.
    #[n(1)]
    pub to: String,
    /// Whether this stands in the log of the village that it leaves.
    #[n(2)]
    pub leaves: bool,
    /// Name of the village from now on, with its kecamatan: who loses the record does not get that village's.
    #[n(3)]
    pub to_name: String,
}

impl Moved {
    /// The village in whose log this stands.
    pub fn log(&self) -> &str {
        if self.leaves { &self.from } else { &self.to }
    }
}

const PURPOSE: &str = "base";

impl NewBase {
    /// Nothing is gone but history.
    pub const COMPACTED: &str = "compacted";
    /// All that was said about the record is gone, and nothing new is taken.
    pub const ERASED: &str = "erased";
    /// What was said about one person is gone.
    pub const ERASED_PERSON: &str = "erased_person";
    /// Nothing begins anew: the row names another village, and all that was said of the record goes on there.
    pub const MOVED: &str = "moved";

    /// Signs it.
    pub fn sign(&mut self, key: &DeviceKey) {
        self.signature = Some(key.sign(PURPOSE, &self.hash()).into());
    }

    /// Whether this server said it.
    pub fn signed_by(&self, server_key: &[u8; 32]) -> bool {
        let signature = self.signature.as_ref();
        signature.is_some_and(|s| verify(server_key, PURPOSE, &self.hash(), s.as_slice()))
    }

    /// What stands for this in logs and digests; the row's bytes are not in it.
    pub fn hash(&self) -> [u8; 32] {
        let mut bare = self.clone();
        bare.row = None;
        bare.signature = None;
        Sha256::new()
            .chain_update(b"lawang base\0")
            .chain_update(encode(&bare))
            .finalize()
            .into()
    }
}
