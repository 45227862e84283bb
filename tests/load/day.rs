//! A day's work: revisits of 21 fields, photos of about 300 KB.

use lawang_app::{AppError, Device};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_tests::chance::Chance;
use sha2::{Digest, Sha256};

/// Bytes of a photo.
pub const PHOTO: usize = 300 * 1024;

/// 13 fields of the household and 4 of each of two members.
const FIELDS: &[(&str, &[&str])] = &[
    ("tenure_status", &["1", "2", "3"]),
    ("floor_area", &["21", "45", "54", "72"]),
    ("floor_material", &["1", "2", "5", "8"]),
    ("wall_material", &["2", "3", "4"]),
    ("roof_material", &["2", "3", "4"]),
    ("drinking_water_source", &["2", "4", "5", "7"]),
    ("lighting_source", &["2", "3", "4"]),
    ("cooking_fuel", &["4", "10", "2"]),
    ("toilet_facility", &["2", "3", "6"]),
    ("asset_motorcycle", &["1", "2"]),
    ("asset_television", &["1", "2"]),
    ("is_well_off", &["1", "2"]),
    ("rt", &["002", "003", "004", "005"]),
];
const MEMBER: &[(&str, &[&str])] = &[
    ("marital_status", &["1", "3", "4"]),
    ("school_participation", &["2", "3"]),
    ("worked_last_week", &["1", "2"]),
    (
        "mother_maiden_name",
        &["SRI", "WATI", "NURHAYATI", "KARTINI"],
    ),
];

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
