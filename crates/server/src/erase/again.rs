//! Answers with which a record began anew, said again so that they stand beside what the register says.

use super::said::Word;
use crate::{
    error::{Result, ServerError},
    household::{self, Household, Origin},
    store::Tx,
};
use lawang_domain::{DocumentKind, FieldPath};
use lawang_records::{BESIDE_ACTOR, Source, Write, inspect};
use std::collections::BTreeMap;

/// Says such answers again in the names of those who gave them, apart from what the register is about to write at the same
/// heads: it would take their place otherwise. Those of which somebody knew who wrote later have been replaced already,
/// and stay so.
pub(crate) fn stand_beside(
    tx: &Tx<'_>,
    household: &mut Household,
    word: &Word,
    paths: &[FieldPath],
    now: u64,
) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let first = household.record.genesis_hash();
    let state = household.record.state()?;
    let mut by_source: BTreeMap<Source, Vec<Write>> = BTreeMap::new();
    for path in paths {
        let Some(source) = word.answer(household, path) else {
            continue;
        };
        let values = state.fields.get(path).map_or(&[][..], Vec::as_slice);
        if let Some(value) = values.iter().find(|value| Some(value.change) == first) {
            let said = Write::Say(path.clone(), value.text.clone());
            by_source.entry(source).or_default().push(said);
        }
    }
    for (source, writes) in by_source {
        let author = word.author(&source);
        let made = household
            .record
            .write(&word.heads, BESIDE_ACTOR, author.at, &writes)?;
        let Some(made) = made else { continue };
        let info = inspect(&made.bytes).map_err(|e| ServerError::Damaged(e.to_string()))?;
        let origin = Origin {
            device: author.device,
            incarnation: [0; 8],
            person: &author.person,
            role: &author.role,
            now,
        };
        let kind = DocumentKind::FieldAnswers;
        household::append_change(tx, household, kind, &info, &made.bytes, &origin)?;
    }
    Ok(())
}
