//! What somebody wrote at the desk and has not decided with yet: kept like answers that are typed, so that a battery that
//! dies takes nothing.

use crate::{
    device::Device,
    error::AppError,
    views::{DeskDraft, NewComment},
};
use lawang_domain::HouseholdId;
use lawang_store::DESK_COMMENT;

const KEEP: &str = "keep/";

impl Device {
    /// # Errors
    /// Those of the store.
    pub(super) fn desk_draft(&self, household: HouseholdId) -> Result<DeskDraft, AppError> {
        let mut draft = DeskDraft::default();
        for (name, value) in self.store.desk_draft(household)? {
            if let Some(path) = name.strip_prefix(KEEP) {
                draft.keep.push(path.to_owned());
            } else if let Some(path) = name.strip_prefix(DESK_COMMENT) {
                draft.comments.push(NewComment {
                    path: path.to_owned(),
                    text: value,
                });
            } else if let Some(place) = single(&mut draft, &name) {
                *place = value;
            }
        }
        Ok(draft)
    }

    /// Keeps what is written now in place of what was kept before.
    ///
    /// # Errors
    /// `not_found` for a household that is not here; those of the store.
    pub fn keep_desk_draft(
        &mut self,
        household: HouseholdId,
        draft: &DeskDraft,
    ) -> Result<(), AppError> {
        self.store.row(household)?;
        let mut lines: Vec<(String, String)> = Vec::new();
        lines.extend(
            draft
                .keep
                .iter()
                .map(|path| (format!("{KEEP}{path}"), String::new())),
        );
        lines.extend(draft.comments.iter().map(|comment| {
            (
                format!("{DESK_COMMENT}{}", comment.path),
                comment.text.clone(),
            )
        }));
        let mut all = draft.clone();
        for name in SINGLE {
            if let Some(value) = single(&mut all, name).filter(|value| !value.is_empty()) {
                lines.push((name.to_owned(), std::mem::take(value)));
            }
        }
        self.store.put_desk_draft(household, &lines)?;
        Ok(())
    }
}

const SINGLE: [&str; 5] = ["note", "reason", "reason_own", "assign", "said"];

fn single<'a>(draft: &'a mut DeskDraft, name: &str) -> Option<&'a mut String> {
    Some(match name {
        "note" => &mut draft.note,
        "reason" => &mut draft.reason,
        "reason_own" => &mut draft.reason_own,
        "assign" => &mut draft.assign,
        "said" => &mut draft.said,
        _ => return None,
    })
}
