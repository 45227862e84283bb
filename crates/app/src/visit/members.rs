//! People who join a household, and people who were entered by mistake.

use super::Whole;
use crate::{cards::MEMBERS, device::Device, environment::random_uuid, error::AppError};
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
        let entry = |key: &str, value: &str| DraftEntry {
            kind: EntryKind::Answer,
            path: FieldPath::of(MEMBERS, member, key).to_string(),
            value: value.into(),
            at,
            folded: false,
        };
        let entries = [
            entry(KEY_STATUS, if removed { "removed" } else { "" }),
            entry("_status_reason", if removed { reason.trim() } else { "" }),
        ];
        self.type_entries(household, &entries)?;
        self.reload_visit()
    }
}
