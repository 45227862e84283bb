//! What registers outside say of the persons of a village, as it travels: one package a village, signed by the district,
//! from the district down and never up. A hub passes it on as it is.

use crate::{DeviceKey, Digest32, Id, MAX_PACKAGE, compress, decode, decompress, encode, verify};
use minicbor::{Decode, Encode, bytes::ByteArray, bytes::ByteVec};
use sha2::{Digest, Sha256};

const PURPOSE: &str = "findings";

/// The findings of a village. Its encoding is canonical (everything in the order of ids and names), so equal content has
/// an equal hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct FindingsPackage {
    /// Kemendagri code.
    #[n(0)]
    pub village: String,
    #[n(1)]
    pub households: Vec<HouseholdFindings>,
    /// Who may stand in another village as well, with the source `elsewhere`. A list of its own, which older devices skip:
    /// they would take the source for a programme.
    #[n(2)]
    pub elsewhere: Option<Vec<HouseholdFindings>>,
}

/// Those of a household.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HouseholdFindings {
    #[n(0)]
    pub household: Id,
    #[n(1)]
    pub members: Vec<MemberFindings>,
}

/// Those of a member.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MemberFindings {
    #[n(0)]
    pub member: Id,
    #[n(1)]
    pub findings: Vec<SourceFinding>,
}

/// What one source says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SourceFinding {
    /// `dukcapil`, or a programme.
    #[n(0)]
    pub source: String,
    /// As `lawang_domain::FindingResult` writes it.
    #[n(1)]
    pub result: String,
    /// Date of the file, ISO.
    #[n(2)]
    pub dated: String,
    /// JSON of `lawang_domain::FindingDetail`.
    #[n(3)]
    pub detail: String,
}

/// The bytes are not the package that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not the findings that were announced")]
pub struct FindingsError;

impl FindingsPackage {
    /// SHA-256 of the encoding.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(encode(self)).into()
    }

    /// The package as it is kept and sent: one zstd frame.
    pub fn pack(&self) -> Vec<u8> {
        let raw = encode(self);
        // The ids take most of it and do not get smaller; the highest levels would only take time.
        compress(&raw, 12)
    }

    /// Reads what [`FindingsPackage::pack`] made, if it is the one offered.
    ///
    /// # Errors
    /// [`FindingsError`]: cut, altered, another one, of another village, or too large.
    pub fn unpack(body: &[u8], offer: &FindingsOffer) -> Result<Self, FindingsError> {
        let raw = decompress(body, MAX_PACKAGE).ok_or(FindingsError)?;
        let wanted = offer.hash.as_ref().ok_or(FindingsError)?;
        if Sha256::digest(&raw)[..] != wanted[..] {
            return Err(FindingsError);
        }
        let package: Self = decode(&raw).ok_or(FindingsError)?;
        if package.village != offer.village {
            return Err(FindingsError);
        }
        Ok(package)
    }
}

/// What the server has for one village of the device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FindingsOffer {
    /// Kemendagri code.
    #[n(0)]
    pub village: String,
    /// Grows with each new content: a hub that is behind cannot bring back what was before.
    #[n(1)]
    pub version: u64,
    /// Of the [`FindingsPackage`]; nothing: there are none for this device, and what it holds has to go.
    #[n(2)]
    pub hash: Option<Digest32>,
    /// Bytes that travel.
    #[n(3)]
    pub len: u64,
    /// The district's, over village, version and hash.
    #[n(4)]
    pub signature: Option<ByteArray<64>>,
}

impl FindingsOffer {
    /// None for this device.
    pub fn none(village: &str) -> Self {
        Self {
            village: village.to_owned(),
            version: 0,
            hash: None,
            len: 0,
            signature: None,
        }
    }

    fn said(&self) -> Vec<u8> {
        let mut out = self.village.as_bytes().to_vec();
        out.push(0);
        out.extend_from_slice(&self.version.to_be_bytes());
        if let Some(hash) = &self.hash {
            out.extend_from_slice(&hash[..]);
        }
        out
    }

    /// Signs it.
    pub fn sign(&mut self, key: &DeviceKey) {
        self.signature = Some(key.sign(PURPOSE, &self.said()).into());
    }

    /// Whether this district said it.
    pub fn signed_by(&self, district: &[u8; 32]) -> bool {
        let signature = self.signature.as_ref();
        signature.is_some_and(|s| verify(district, PURPOSE, &self.said(), s.as_slice()))
    }
}

/// Asks for a piece of a package.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FindingsRequest {
    #[n(0)]
    pub village: String,
    #[n(1)]
    pub hash: Digest32,
    #[n(2)]
    pub offset: u64,
    /// Bytes wanted at most.
    #[n(3)]
    pub max: u32,
}

/// A piece of a package, as it is packed (zstd).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FindingsPart {
    #[n(0)]
    pub hash: Digest32,
    /// Bytes of the whole.
    #[n(1)]
    pub total: u64,
    #[n(2)]
    pub offset: u64,
    #[n(3)]
    pub bytes: ByteVec,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package() -> FindingsPackage {
        FindingsPackage {
            village: "18.09.01.2001".into(),
            households: vec![HouseholdFindings {
                household: [1; 16].into(),
                members: vec![MemberFindings {
                    member: [2; 16].into(),
                    findings: vec![SourceFinding {
                        source: "dukcapil".into(),
                        result: "unmatched".into(),
                        dated: "2026-11-01".into(),
                        detail: "{}".into(),
                    }],
                }],
            }],
            elsewhere: None,
        }
    }

    /// A package as programs knew it before there was a second list.
    #[derive(Debug, PartialEq, Encode, Decode)]
    struct Before {
        #[n(0)]
        village: String,
        #[n(1)]
        households: Vec<HouseholdFindings>,
    }

    #[test]
    fn an_older_program_reads_a_package_with_a_second_list_and_one_without_is_as_it_was() {
        let plain = package();
        let old = Before {
            village: plain.village.clone(),
            households: plain.households.clone(),
        };
        assert_eq!(encode(&plain), encode(&old));
        let fuller = FindingsPackage {
            elsewhere: Some(plain.households.clone()),
            ..plain
        };
        assert_eq!(decode::<Before>(&encode(&fuller)), Some(old));
        assert_eq!(decode::<FindingsPackage>(&encode(&fuller)), Some(fuller));
    }

    fn offer(package: &FindingsPackage, key: &DeviceKey) -> FindingsOffer {
        let mut offer = FindingsOffer {
            version: 7,
            hash: Some(package.hash().into()),
            len: package.pack().len() as u64,
            ..FindingsOffer::none(&package.village)
        };
        offer.sign(key);
        offer
    }

    #[test]
    fn a_package_comes_out_as_it_went_in_and_no_other_passes_for_it() {
        let key = DeviceKey::from_seed(&[9; 32]);
        let package = package();
        let (body, offer) = (package.pack(), offer(&package, &key));
        assert_eq!(FindingsPackage::unpack(&body, &offer), Ok(package.clone()));
        for cut in 0..body.len() {
            assert!(FindingsPackage::unpack(&body[..cut], &offer).is_err());
        }
        let elsewhere = FindingsOffer {
            village: "18.09.01.2002".into(),
            ..offer.clone()
        };
        assert!(FindingsPackage::unpack(&body, &elsewhere).is_err());
        let other = FindingsPackage {
            households: Vec::new(),
            ..package
        };
        assert!(FindingsPackage::unpack(&other.pack(), &offer).is_err());
    }

    #[test]
    fn only_the_district_can_say_which_findings_hold_and_how_new_they_are() {
        let key = DeviceKey::from_seed(&[9; 32]);
        let offer = offer(&package(), &key);
        assert!(offer.signed_by(&key.public()));
        assert!(!offer.signed_by(&DeviceKey::from_seed(&[8; 32]).public()));
        for altered in [
            FindingsOffer {
                version: 8,
                ..offer.clone()
            },
            FindingsOffer {
                village: "18.09.01.2002".into(),
                ..offer.clone()
            },
            FindingsOffer {
                hash: Some([0; 32].into()),
                ..offer.clone()
            },
            FindingsOffer {
                signature: None,
                ..offer.clone()
            },
        ] {
            assert!(!altered.signed_by(&key.public()), "{altered:?}");
        }
    }
}
