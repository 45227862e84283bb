//! Which fields are compared, and as what.

use serde::{Deserialize, Serialize};

/// No more fields than this are compared: the levels of a pair fit into one word of 64 bits.
pub const MOST_FIELDS: usize = 12;

/// What a field holds, and so how it is compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Name of a person, or of the mother.
    Name,
    /// Date of birth.
    BirthDate,
    /// Sex.
    Sex,
    /// NIK; one that cannot be is no evidence.
    Nik,
    /// No. KK.
    FamilyCard,
    /// Another number that each person has one of.
    Identifier,
    /// Address: a bag of words.
    Address,
    /// Dotted Kemendagri code of a village.
    Region,
    /// A few words: birth place, suburb.
    Text,
    /// A short code: postcode, RT.
    Code,
}

impl FieldKind {
    /// The kind that a field of this name is compared as; `None` for a name that is not known.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "name" | "given_name" | "surname" | "mother" | "mother_maiden_name" | "father" => {
                Self::Name
            }
            "birth_date" => Self::BirthDate,
            "sex" => Self::Sex,
            "nik" => Self::Nik,
            "no_kk" | "family_card" => Self::FamilyCard,
            "id" | "identifier" => Self::Identifier,
            "address" => Self::Address,
            "village" | "village_code" | "region" => Self::Region,
            "birth_place" | "suburb" | "city" | "text" => Self::Text,
            "postcode" | "state" | "phone" | "rt" | "rw" | "code" => Self::Code,
            _ => return None,
        })
    }

    /// Names that [`FieldKind::of`] knows, for messages.
    pub const NAMES: &str = "name, given_name, surname, mother, birth_date, birth_place, sex, nik, no_kk, id, \
                             address, village, suburb, city, postcode, state, phone, rt, rw, text, code";
}

/// One field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Name in reasons, such as `birth_date`.
    pub name: String,
    /// How it is compared.
    pub kind: FieldKind,
}

impl Field {
    /// A field.
    pub fn new(name: impl Into<String>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// The fields of the register's persons, in the order in which [`crate::Persons::push`] takes their values: nik,
/// name, birth_date, sex, mother, no_kk, village, address.
pub fn register_fields() -> Vec<Field> {
    [
        ("nik", FieldKind::Nik),
        ("name", FieldKind::Name),
        ("birth_date", FieldKind::BirthDate),
        ("sex", FieldKind::Sex),
        ("mother", FieldKind::Name),
        ("no_kk", FieldKind::FamilyCard),
        ("village", FieldKind::Region),
        ("address", FieldKind::Address),
    ]
    .into_iter()
    .map(|(name, kind)| Field::new(name, kind))
    .collect()
}
