//! A day's work: revisits of 21 fields, photos of about 300 KB.

use lawang_app::{AppError, Device};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_tests::{
    chance::Chance,
    revisit::{FIELDS, MEMBER},
};
use sha2::{Digest, Sha256};

/// Bytes of a photo.
pub const PHOTO: usize = 300 * 1024;

/// One revisit: 21 answers, and what else is to be answered.
pub fn revisit(
    device: &mut Device,
    household: HouseholdId,
    chance: &mut Chance,
    more: &[(FieldPath, String)],
) -> Result<(), AppError> {
    let members = device.state(household)?.of("members").to_vec();
    let mut answers = more.to_vec();
    for (key, values) in FIELDS {
        answers.push((FieldPath::household(*key), (*chance.of(values)).to_owned()));
    }
    for member in members.iter().take(2) {
        for (key, values) in MEMBER {
            let path = FieldPath::of("members", *member, *key);
            answers.push((path, (*chance.of(values)).to_owned()));
        }
    }
    device.give(household, None, &answers).map(|_| ())
}

/// Photo `number` of a device: begins and ends as JPEG, and nothing in it can be compressed. The same for the same
/// numbers, so that it need not be kept.
pub fn photo(device: u64, number: u64) -> Vec<u8> {
    let mut bytes = vec![0; PHOTO];
    Chance::new(device << 20 | number).fill(&mut bytes);
    bytes[..4].copy_from_slice(&[0xff, 0xd8, 0xff, 0xe0]);
    bytes[PHOTO - 2..].copy_from_slice(&[0xff, 0xd9]);
    bytes
}

/// Its name.
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
