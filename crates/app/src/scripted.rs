//! What programs do with a device: several answers at once, a household from a file, a dump.

use crate::{
    cards::MEMBERS,
    device::Device,
    environment::{random, random_uuid},
    error::AppError,
    visit::{Ending, Whole},
};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_records::{Hash, State, VISITS, derived_id, timed_id};
use lawang_store::{DraftEntry, EntryKind};
use sha2::{Digest, Sha256};

/// What became of answers given at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Given {
    pub saved: usize,
    /// Stored, and against a rule of the questionnaire: path and message.
    pub invalid: Vec<(String, String)>,
    /// Stored, and not asked as the other answers stand.
    pub not_asked: Vec<String>,
}

impl Device {
    /// Takes several answers, all or none, and makes one change of them. `new`: a member to add first.
    pub fn give(
        &mut self,
        household: HouseholdId,
        new: Option<InstanceId>,
        answers: &[(FieldPath, String)],
    ) -> Result<Given, AppError> {
        // What somebody typed before stays at the heads it was typed at; this is on top of it.
        self.close_visit(household)?;
        let had_draft = self.store.draft(household)?.is_some();
        let done = self.give_in_visit(household, new, answers);
        if done.is_err() {
            self.open = None;
            if !had_draft {
                self.fold(
                    household,
                    &Ending {
                        close: true,
                        ..Ending::default()
                    },
                )?;
            }
            return done;
        }
        self.fold(
            household,
            &Ending {
                close: !had_draft,
                ..Ending::default()
            },
        )?;
        self.open = None;
        done
    }

    fn give_in_visit(
        &mut self,
        household: HouseholdId,
        new: Option<InstanceId>,
        answers: &[(FieldPath, String)],
    ) -> Result<Given, AppError> {
        let at = self.now();
        let language = self.language.clone();
        let open = self.open_visit(household, Whole::Everything)?;
        let mut entries = Vec::with_capacity(answers.len() + 1);
        if let Some(id) = new {
            open.instance.add_repeat(MEMBERS, None, id);
            entries.push(DraftEntry {
                kind: EntryKind::NewInstance,
                path: format!("{MEMBERS}/{id}"),
                value: at.to_string(),
                at,
                folded: false,
            });
        }
        if answers.iter().any(|(path, _)| open.hides(path)) {
            return Err(lawang_domain::Denied::Restricted.into());
        }
        for (path, value) in answers {
            let (value, kept) = open.try_answer(path, value, at)?;
            entries.extend(open.entries_of_counted(path, at));
            entries.push(DraftEntry {
                kind: EntryKind::Answer,
                path: path.to_string(),
                value,
                at,
                folded: false,
            });
            entries.extend(kept);
        }
        let mut given = Given {
            saved: answers.len(),
            ..Given::default()
        };
        for (path, _) in answers {
            let Some(node) = open.instance.node(path) else {
                continue;
            };
            if !node.relevant {
                given.not_asked.push(path.to_string());
            } else if !node.valid && !node.value.is_empty() {
                given.invalid.push((
                    path.to_string(),
                    open.instance.constraint_message(path, &language),
                ));
            }
        }
        self.type_entries(household, &entries)?;
        Ok(given)
    }

    /// The id of a visit that begins now, in milliseconds since 1970: it follows from the second, so that none of it needs to
    /// travel ([`timed_id`]). If it is taken (a program that is quick), four bytes of chance are in it instead.
    pub(crate) fn new_visit(
        &self,
        household: HouseholdId,
        state: &State,
        begun: i64,
    ) -> InstanceId {
        let environment = self.environment.as_ref();
        let of = household.as_bytes();
        let timed = timed_id(&self.actor, of, begun.div_euclid(1000));
        let by_chance = (0..8).map(|_| derived_id(&self.actor, of, random(environment)));
        let mut ids = std::iter::once(timed).chain(by_chance).map(InstanceId);
        let fresh = ids.find(|id| !state.of(VISITS).contains(id));
        fresh.unwrap_or_else(|| InstanceId(random_uuid(environment)))
    }

    /// A fresh id for a member.
    pub fn new_member_id(&self) -> InstanceId {
        InstanceId(random_uuid(self.environment.as_ref()))
    }

    /// What identifies a household's content: SHA-256 over its heads, ascending. Equal digests mean equal
    /// documents, whatever the order in which changes came.
    pub fn digest(&self, household: HouseholdId) -> Result<String, AppError> {
        let heads = self.store.record(household)?.heads();
        Ok(digest_of(&heads))
    }

    /// All households on this device.
    pub fn all_households(&self) -> Result<Vec<HouseholdId>, AppError> {
        Ok(self.store.all_households()?)
    }
}

/// SHA-256 over heads, ascending, in hexadecimal.
pub fn digest_of(heads: &[Hash]) -> String {
    let mut sorted = heads.to_vec();
    sorted.sort_unstable();
    let mut hasher = Sha256::new();
    for head in &sorted {
        hasher.update(head.0);
    }
    hex::encode(hasher.finalize())
}
