//! Why a pair is likely or unlikely, in words and weights.

use crate::{
    compare::{
        Agreements,
        level::{self, levels},
    },
    model::{Model, Table},
    schema::{FieldKind, register_fields},
};
use serde::Serialize;

/// Below this the engine takes two rows for two persons.
const DOUBTED: f64 = 0.5;

/// What one field says about a pair. Never a value of the field: a NIK stays where it is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Reason {
    /// The field, such as `birth_date`.
    pub field: String,
    /// The level of agreement, such as `swapped`; `missing` when a side has no usable value.
    pub code: &'static str,
    /// In Indonesian.
    pub id: &'static str,
    /// In English.
    pub en: &'static str,
    /// Evidence in bits: positive for one person, negative against. 10 bits are odds of a thousand to one.
    pub bits: f32,
}

/// One reason for each field, the strongest first, whichever way it points.
pub(crate) fn reasons(model: &Model, table: &Table, agreements: &Agreements) -> Vec<Reason> {
    let mut all: Vec<Reason> = model
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let level = agreements[at].level;
            let (code, id, en) = match level.checked_sub(1) {
                None => (
                    "missing",
                    "tidak ada di salah satu data",
                    "missing on a side",
                ),
                Some(place) => {
                    let level = &levels(field.kind)[usize::from(place)];
                    (level.code, level.id, level.en)
                }
            };
            Reason {
                field: field.name.clone(),
                code,
                id,
                en,
                bits: (table.of_field(at, agreements) * 10.0).round() / 10.0,
            }
        })
        .collect();
    all.sort_by(|a, b| b.bits.abs().total_cmp(&a.bits.abs()));
    all
}

const OTHER_NAME: Words = (
    "same_other_name",
    "NIK sama, nama berbeda: salah satu NIK mungkin salah ketik",
    "same NIK, different names: one of the NIKs may be mistyped",
);
const OTHER_DATA: Words = (
    "same_other_data",
    "NIK sama, tetapi data lain berbeda: periksa kartunya",
    "same NIK, but other data differ: look at the cards",
);

/// Code, Indonesian, English.
type Words = (&'static str, &'static str, &'static str);

/// A reason that another program gave about two persons of the register, in Indonesian and English; `None`: not known.
pub fn words_of(field: &str, code: &str) -> Option<(&'static str, &'static str)> {
    let kind = register_fields()
        .into_iter()
        .find(|f| f.name == field)?
        .kind;
    let own = levels(kind).iter().map(|l| (l.code, l.id, l.en));
    let special = [OTHER_NAME, OTHER_DATA]
        .into_iter()
        .filter(|_| field == "nik");
    let (_, id, en) = own.chain(special).find(|(known, ..)| *known == code)?;
    Some((id, en))
}

/// Two who hold one NIK and do not look like one person are told that way: one of the two numbers is wrong, or everything
/// else is.
pub(crate) fn say_same_nik(
    model: &Model,
    agreements: &Agreements,
    probability: f64,
    all: &mut [Reason],
) {
    if probability >= DOUBTED {
        return;
    }
    let other_name = model
        .fields
        .iter()
        .zip(agreements)
        .any(|(field, agreement)| {
            field.kind == FieldKind::Name
                && field.name == "name"
                && agreement.level >= level::name::FAINT
        });
    let (code, id, en) = match other_name {
        true => OTHER_NAME,
        false => OTHER_DATA,
    };
    for reason in all.iter_mut().filter(|reason| reason.field == "nik") {
        (reason.code, reason.id, reason.en) = (code, id, en);
    }
}
