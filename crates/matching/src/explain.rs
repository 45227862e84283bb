//! Why a pair is likely or unlikely, in words and weights.

use crate::{
    compare::{Agreements, level::levels},
    model::{Model, Table},
};
use serde::Serialize;

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
