//! The rules of a district, as they travel: one package, fetched like a questionnaire, signed by the district.

use crate::{DeviceKey, Digest32, FormOffer, Package, verify};
use minicbor::{Decode, Encode, bytes::ByteArray};
use std::collections::BTreeMap;

const PURPOSE: &str = "rules";

/// The identifier under which the package of rules travels; no questionnaire has it.
pub const RULES: &str = "_rules";

/// The rules that a district published.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RulesOffer {
    /// Grows with each publication: a hub that is behind cannot bring back what was before.
    #[n(0)]
    pub version: u64,
    /// Of the [`Package`].
    #[n(1)]
    pub hash: Digest32,
    /// Bytes that travel.
    #[n(2)]
    pub len: u64,
    /// The district's, over version and hash.
    #[n(3)]
    pub signature: ByteArray<64>,
}

impl RulesOffer {
    /// What the district says of a publication.
    pub fn sign(version: u64, hash: [u8; 32], len: u64, key: &DeviceKey) -> Self {
        let mut offer = Self {
            version,
            hash: hash.into(),
            len,
            signature: [0; 64].into(),
        };
        offer.signature = key.sign(PURPOSE, &offer.said()).into();
        offer
    }

    fn said(&self) -> Vec<u8> {
        let mut out = self.version.to_be_bytes().to_vec();
        out.extend_from_slice(&self.hash[..]);
        out
    }

    /// Whether this district said it.
    pub fn signed_by(&self, district: &[u8; 32]) -> bool {
        verify(district, PURPOSE, &self.said(), self.signature.as_slice())
    }

    /// The same as it is asked for: among questionnaires, under a name that none of them has.
    pub fn as_form(&self) -> FormOffer {
        FormOffer {
            id: RULES.to_owned(),
            version: self.version.to_string(),
            hash: self.hash,
            len: self.len,
            current: true,
        }
    }
}

/// The package of a file of rules.
pub fn rules_package(json: &str) -> Package {
    Package {
        id: RULES.to_owned(),
        version: String::new(),
        name: "rules.json".to_owned(),
        form: json.as_bytes().to_vec().into(),
        files: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_district_can_say_which_rules_hold_and_how_new_they_are() {
        let key = DeviceKey::from_seed(&[9; 32]);
        let offer = RulesOffer::sign(3, rules_package("[]").hash(), 40, &key);
        assert!(offer.signed_by(&key.public()));
        assert!(!offer.signed_by(&DeviceKey::from_seed(&[8; 32]).public()));
        for altered in [
            RulesOffer {
                version: 4,
                ..offer.clone()
            },
            RulesOffer {
                hash: [0; 32].into(),
                ..offer.clone()
            },
        ] {
            assert!(!altered.signed_by(&key.public()), "{altered:?}");
        }
    }
}
