//! People who join a household, and people who were entered by mistake.

use super::{OpenVisit, Whole};
use crate::{
    cards::MEMBERS, device::Device, duplicates::DUPLICATE_OF, environment::random_uuid,
    error::AppError, views,
};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_records::KEY_STATUS;
use lawang_store::{DraftEntry, EntryKind};

impl Device {
    /// Adds an empty member; gives its id.
    pub fn add_member(
        &mut self,
        household: HouseholdId,
        whole: Whole,
    ) -> Result<InstanceId, AppError> {
        let id = InstanceId(random_uuid(self.environment.as_ref()));
        let at = self.now();
        let open = self.open_visit(household, whole)?;
        open.instance.add_repeat(MEMBERS, None, id);
        open.added.insert(id);
        open.places.insert(id, (MEMBERS.to_owned(), None));
        let mut entries = vec![DraftEntry {
            kind: EntryKind::NewInstance,
            path: format!("{MEMBERS}/{id}"),
            value: at.to_string(),
            at,
            folded: false,
        }];
        // Who joins a family that the register knows is new to it: Regsosek 404, code 5.
        let presence = FieldPath::of(MEMBERS, id, "presence_status");
        let known = !open.register.of(MEMBERS).is_empty();
        let value = if known { "5" } else { "1" };
        if open.instance.set(&presence, value).is_ok() {
            entries.push(DraftEntry {
                kind: EntryKind::Answer,
                path: presence.to_string(),
                value: value.into(),
                at,
                folded: false,
            });
        }
        self.type_entries(household, &entries)?;
        Ok(id)
    }

    /// Strikes a member out who was entered by mistake, with a reason, or takes the member back in.
    /// Nothing is deleted: others may have written about this person meanwhile.
    pub fn remove_member(
        &mut self,
        household: HouseholdId,
        member: InstanceId,
        removed: bool,
        reason: &str,
    ) -> Result<(), AppError> {
        let at = self.now();
        if removed && reason.trim().chars().count() < 3 {
            return Err(AppError::new("reason_needed", "no reason given"));
        }
        let open = self.open_visit(household, Whole::Visit)?;
        let there =
            open.removed.contains(&member) || open.instance.instances(MEMBERS).contains(&member);
        if !there {
            return Err(AppError::new("no_such_member", "no such member"));
        }
        let node = open.xpath(Some((MEMBERS, member)), "");
        let entry = |key: &str, value: &str| DraftEntry {
            kind: EntryKind::Answer,
            path: FieldPath::of(MEMBERS, member, key).to_string(),
            value: value.into(),
            at,
            folded: false,
        };
        let mut entries = vec![
            entry(KEY_STATUS, if removed { "removed" } else { "" }),
            entry("_status_reason", if removed { reason.trim() } else { "" }),
        ];
        if !removed {
            // Should this person have been struck out as a duplicate: no longer.
            entries.push(entry(DUPLICATE_OF, ""));
        }
        self.type_entries(household, &entries)?;
        if removed {
            self.log_removed(household, node)?;
        }
        self.reload_visit()
    }
}

impl OpenVisit {
    /// A member's line in the roster: name, relation, sex, age, and where the person is.
    pub(crate) fn describe_member(
        &self,
        row: &mut views::RosterMember,
        id: InstanceId,
        today: chrono::NaiveDate,
        language: &str,
    ) {
        let text = |key: &str| {
            let path = FieldPath::of(MEMBERS, id, key);
            let value = match self.instance.node(&path) {
                Some(node) => node.value,
                None => self.state.text(&path).to_owned(),
            };
            (path, value)
        };
        let words = |key: &str| {
            let (path, value) = text(key);
            if value.is_empty() {
                value
            } else {
                self.shown(&path, &value, language)
            }
        };
        let mut parts = vec![words("relation_to_head"), words("sex").to_lowercase()];
        let birth = text("birth_date").1.parse().ok();
        if let Some(age) = birth.and_then(|b| super::readings::age(b, today)) {
            parts.push(if language == "en" {
                format!("{age} years")
            } else {
                format!("{age} tahun")
            });
        }
        parts.retain(|p| !p.is_empty());
        row.name = text("name").1;
        row.summary = parts.join(" · ");
        let presence = text("presence_status").1;
        if !matches!(presence.as_str(), "" | "1" | "5") {
            row.presence = words("presence_status");
        }
    }
}
