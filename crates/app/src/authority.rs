//! What this device's person may do, by the policy that the server applies too, and the acts of verification and
//! administration.

use crate::{
    cards, comments, device::Device, duplicates::decisions_in, environment::random_uuid,
    error::AppError,
};
use lawang_domain::{
    Denied, DocumentKind, Event, FieldPath, HouseholdId, InstanceId, RecordState, Role, Target,
    VillageCode, Writer, may_touch, may_write,
};
use lawang_records::{
    Hash, NewEvent, Record, Restrictions, State, Touch, Write, concerns, decisions, last_decided,
    open_removals, proposed_evidence, removals_differ, restrictions, review, write_event,
};
use lawang_store::{ChangeRow, DESK_COMMENT, LogState, Restricted, ReviewRow, Store};
use std::collections::BTreeSet;

/// Role and person as the server says they are now; the key file keeps what they were at enrolment.
pub(crate) const ROLE: &str = "role";
pub(crate) const PERSON: &str = "person";
/// Set once restrictions were read from documents that an older program fetched.
const KNOWS_RESTRICTIONS: &str = "knows_restrictions";

/// One event to be written: its identity, its list, and its fields by key.
pub(crate) type EventFields<'a> = (InstanceId, &'a str, &'a [(&'a str, &'a str)]);

impl From<Denied> for AppError {
    fn from(denied: Denied) -> Self {
        let words = denied.message();
        Self::new(denied.code(), denied.to_string())
            .saying(format!("{}\u{1f}{}", words.id, words.en))
    }
}

/// A written value as the policy looks at it.
pub(crate) fn target<'a>(kind: DocumentKind, touch: &'a Touch) -> Option<Target<'a>> {
    match touch {
        Touch::Put {
            repeat,
            key,
            value,
            new,
            removed,
            ..
        } => Some(Target {
            kind,
            repeat,
            key,
            value,
            new: *new,
            removed: *removed,
            restricted: false,
        }),
        Touch::AddInstance { .. } => None,
    }
}

impl Device {
    pub(crate) fn role(&self) -> Role {
        // A name that this program does not know may do what everybody may: nothing but visit.
        self.identity.role.parse().unwrap_or(Role::Enumerator)
    }

    pub(crate) fn assigned(&self) -> Result<Vec<VillageCode>, AppError> {
        Ok(self
            .store
            .scope()?
            .iter()
            .filter(|s| s.active)
            .filter_map(|s| s.village.parse().ok())
            .collect())
    }

    /// Takes over what the server says of the person at the start of an exchange.
    pub(crate) fn note_person(&mut self, person: &str, role: &str) -> Result<(), AppError> {
        if self.identity.person == person && self.identity.role == role {
            return Ok(());
        }
        self.store
            .set_meta(&[(PERSON, person.as_bytes()), (ROLE, role.as_bytes())])?;
        person.clone_into(&mut self.identity.person);
        role.clone_into(&mut self.identity.role);
        self.open = None;
        // What waits for an answer depends on who is asked, and so does what stands on top of the list.
        self.review_all()?;
        Ok(self.store.order_lists(&self.identity.person)?)
    }

    /// Reads all verifications and administrations anew.
    fn review_all(&mut self) -> Result<(), AppError> {
        for household in self.store.with_side_documents()? {
            let review = self.review_of(household)?;
            self.store
                .transact(|tx| Store::put_review(tx, household, &review))?;
        }
        Ok(())
    }

    /// An older program on this database did not know restrictions, and may have fetched some.
    pub(crate) fn know_restrictions(&mut self) -> Result<(), AppError> {
        if self.store.meta(KNOWS_RESTRICTIONS)?.is_some() {
            return Ok(());
        }
        self.review_all()?;
        Ok(self.store.set_meta(&[(KNOWS_RESTRICTIONS, &[1])])?)
    }

    /// What is restricted of a record on request.
    pub(crate) fn restrictions(&self, household: HouseholdId) -> Result<Restrictions, AppError> {
        let restricted = self
            .store
            .review(household)?
            .map_or(Restricted::Nothing, |review| review.restricted);
        if restricted == Restricted::Nothing {
            return Ok(Restrictions::default());
        }
        let kind = DocumentKind::Administration;
        Ok(restrictions(
            &self.store.document(household, kind)?.state()?,
        ))
    }

    /// Persons of a record whose data are restricted.
    pub(crate) fn restricted_persons(
        &self,
        household: HouseholdId,
    ) -> Result<BTreeSet<InstanceId>, AppError> {
        Ok(self.restrictions(household)?.persons.into_keys().collect())
    }

    /// Whether all of a record is restricted on request. Reads no document.
    pub(crate) fn is_restricted(&self, household: HouseholdId) -> Result<bool, AppError> {
        let review = self.store.review(household)?;
        Ok(review.is_some_and(|review| review.restricted == Restricted::Whole))
    }

    /// # Errors
    /// `restricted`, when nobody works on the record.
    pub(crate) fn not_restricted(&self, household: HouseholdId) -> Result<(), AppError> {
        if self.is_restricted(household)? {
            return Err(Denied::Restricted.into());
        }
        Ok(())
    }

    /// What is denied of several things that a change would write, in their order.
    pub(crate) fn denied(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
        touches: &[Touch],
    ) -> Result<Vec<Option<Denied>>, AppError> {
        let record = self.standing(household)?;
        let villages = self.assigned()?;
        let writer = Writer {
            role: self.role(),
            villages: &villages,
        };
        let persons = self.restricted_persons(household)?;
        let answers = if persons.is_empty() {
            State::default()
        } else {
            self.store.record(household)?.state()?
        };
        Ok(touches
            .iter()
            .map(|touch| match target(kind, touch) {
                Some(mut target) => {
                    target.restricted = concerns(&persons, &answers, touch);
                    may_write(writer, &record, &target).err()
                }
                None => may_touch(writer, kind, record.village).err(),
            })
            .collect())
    }

    /// Whether answers of a record may be written here now. Asked before every answer, so it reads no document
    /// unless somebody has decided on the record.
    ///
    /// # Errors
    /// The policy's reason, in words.
    pub(crate) fn may_answer(&self, household: HouseholdId) -> Result<(), AppError> {
        self.may_write_answers(household, lawang_domain::answers_open)
    }

    /// Whether conflicts of a record may be settled here now, and settlements undone.
    ///
    /// # Errors
    /// The policy's reason, in words.
    pub(crate) fn may_settle(&self, household: HouseholdId) -> Result<(), AppError> {
        self.may_write_answers(household, lawang_domain::settling_open)
    }

    fn may_write_answers(
        &self,
        household: HouseholdId,
        open: fn(Role, RecordState) -> bool,
    ) -> Result<(), AppError> {
        let (_, place) = self.store.row(household)?;
        self.may_answer_in(&place)?;
        self.not_restricted(household)?;
        let decided = self
            .store
            .review(household)?
            .is_some_and(|review| review.decision.is_some());
        if !decided {
            return Ok(());
        }
        let record = self.standing(household)?;
        if open(self.role(), record.state) {
            Ok(())
        } else {
            Err(Denied::State(record.state).into())
        }
    }

    /// Whether answers may be written in a village.
    pub(crate) fn may_answer_in(&self, place: &str) -> Result<(), AppError> {
        let villages = self.assigned()?;
        let writer = Writer {
            role: self.role(),
            villages: &villages,
        };
        Ok(may_touch(
            writer,
            DocumentKind::FieldAnswers,
            village(place)?,
        )?)
    }

    /// Leaves a comment on a record, or on one answer of it.
    ///
    /// # Errors
    /// The policy's reason; `reason_needed` when nothing is said.
    pub fn comment(
        &mut self,
        household: HouseholdId,
        path: Option<&FieldPath>,
        text: &str,
    ) -> Result<(), AppError> {
        let text = needed(text)?;
        let path = path.map_or(String::new(), ToString::to_string);
        let id = self.new_id();
        let fields = [("path", path.as_str()), ("text", text)];
        let events = [(id, Event::COMMENTS, &fields[..])];
        let line = match path.as_str() {
            "" => "said".to_owned(),
            path => format!("{DESK_COMMENT}{path}"),
        };
        self.write_events(household, DocumentKind::Verification, &events, |tx| {
            Store::end_desk_line(tx, household, &line)
        })
    }

    pub(crate) fn new_id(&self) -> InstanceId {
        InstanceId(random_uuid(self.environment.as_ref()))
    }

    /// Asks the policy about each field of events, and writes nothing: where one act writes several documents, all of it
    /// is asked before any of it is written.
    ///
    /// # Errors
    /// The policy's reason.
    pub(crate) fn events_allowed(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
        events: &[EventFields<'_>],
    ) -> Result<(), AppError> {
        let mut touches: Vec<Touch> = Vec::new();
        for (id, repeat, fields) in events {
            touches.push(Touch::AddInstance {
                id: *id,
                repeat: (*repeat).to_owned(),
            });
            touches.extend(fields.iter().map(|(key, value)| Touch::Put {
                instance: Some(*id),
                repeat: (*repeat).to_owned(),
                key: (*key).to_owned(),
                value: (*value).to_owned(),
                new: true,
                removed: false,
            }));
        }
        match self
            .denied(household, kind, &touches)?
            .into_iter()
            .flatten()
            .next()
        {
            Some(denied) => Err(denied.into()),
            None => Ok(()),
        }
    }

    /// Writes events into one document as one change, after the policy was asked about each field; with whatever
    /// else belongs into the transaction.
    pub(crate) fn write_events(
        &mut self,
        household: HouseholdId,
        kind: DocumentKind,
        events: &[EventFields<'_>],
        also: impl FnOnce(&lawang_store::Transaction<'_>) -> Result<(), lawang_store::StoreError>,
    ) -> Result<(), AppError> {
        self.events_allowed(household, kind, events)?;
        let now = self.now();
        let mut record = self.store.document(household, kind)?;
        let seen = record.state()?;
        let mut writes: Vec<Write> = Vec::new();
        for (id, repeat, fields) in events {
            let event = NewEvent {
                id: *id,
                repeat,
                at: now,
                fields,
            };
            writes.extend(write_event(&seen, &event));
        }
        let heads = record.heads();
        let Some(change) = record.write(&heads, &self.actor, now / 1000, &writes)? else {
            return Ok(());
        };
        let row = self.new_row(household, kind, change.hash, change.bytes, now / 1000)?;
        let made = self.made()? + 1;
        let review = self.review_with(household, &[(kind, &record)], std::slice::from_ref(&row))?;
        let card = self.card_of(household, &self.store.record(household)?)?;
        self.store.transact(|tx| {
            Store::add_change(tx, &row)?;
            Store::put_meta(tx, crate::device::MADE, &made.to_be_bytes())?;
            Store::put_review(tx, household, &review)?;
            also(tx)?;
            cards::put(tx, card.0, card.1)
        })?;
        Ok(())
    }

    /// A line of the log for a change made here.
    pub(crate) fn new_row(
        &self,
        household: HouseholdId,
        kind: DocumentKind,
        hash: Hash,
        body: Vec<u8>,
        at: i64,
    ) -> Result<ChangeRow, AppError> {
        Ok(ChangeRow {
            hash,
            household,
            kind,
            village: self.store.row(household)?.1,
            body,
            device: self.id(),
            person: self.identity.person.clone(),
            role: self.identity.role.clone(),
            at,
            state: LogState::Unsent,
            seq: None,
            reason: None,
            applied: true,
        })
    }

    /// What verification and administration of a record say.
    pub(crate) fn review_of(&self, household: HouseholdId) -> Result<ReviewRow, AppError> {
        self.review_with(household, &[], &[])
    }

    /// The same with documents as they will be, and lines of the log that are not there yet.
    pub(crate) fn review_with(
        &self,
        household: HouseholdId,
        documents: &[(DocumentKind, &Record)],
        fresh: &[ChangeRow],
    ) -> Result<ReviewRow, AppError> {
        let document = |wanted: DocumentKind| -> Result<Record, AppError> {
            match documents.iter().find(|(kind, _)| *kind == wanted) {
                Some((_, record)) => Ok((*record).clone()),
                None => Ok(self.store.document(household, wanted)?),
            }
        };
        let reviewed = document(DocumentKind::Verification)?;
        let answers = document(DocumentKind::FieldAnswers)?.state()?;
        let mut found = review(&answers, Some(&reviewed))?;
        if found.decision.is_none() {
            // Nobody has decided on the newest visit: what was said last of all stays to be read.
            found = last_decided(&reviewed)?;
        }
        let verification = reviewed.state()?;
        let administration = document(DocumentKind::Administration)?.state()?;
        let removals = open_removals(&reviewed, &verification);
        let removal = removals.first().map(|id| {
            let path = FieldPath::of(Event::REMOVALS, *id, "reason");
            verification.text(&path).to_owned()
        });
        let mut row = ReviewRow {
            contested: !found.contested.is_empty() || removals_differ(&verification, &removals),
            removal: removal.unwrap_or_default(),
            evidence: proposed_evidence(&reviewed, &verification),
            drawn: newest(&administration, Event::BACK_CHECKS, "visit")
                .parse()
                .ok(),
            questions: match &found.decision {
                Some(returned) if returned.state == RecordState::Returned => {
                    let open = comments::open(&verification, returned.id);
                    u32::try_from(open.len()).unwrap_or(u32::MAX)
                }
                _ => 0,
            },
            assigned: newest(&administration, Event::ASSIGNMENTS, "person"),
            proposals: self.unanswered(&verification)?,
            restricted: how_much(&restrictions(&administration)),
            sent_back: decisions(&verification)
                .iter()
                .any(|decision| decision.state == RecordState::Returned),
            pairs: decisions_in(household, &verification),
            ..ReviewRow::default()
        };
        if let Some(decision) = found.decision {
            let by = match fresh.iter().find(|c| c.hash == decision.change) {
                Some(change) => Some(change.clone()),
                None => self.store.change(&decision.change)?,
            };
            row.decision = Some(decision.state);
            row.reason = decision.reason;
            row.visit = decision.visit;
            if let Some(by) = by {
                row.person = by.person;
                row.at = by.at;
            }
        }
        Ok(row)
    }

    /// Proposals in a verification without an answer, where this person may answer.
    fn unanswered(&self, verification: &State) -> Result<u32, AppError> {
        if !matches!(self.role(), Role::VillageVerifier | Role::VillageOperator) {
            return Ok(0);
        }
        Ok(u32::try_from(open_proposals(verification).len()).unwrap_or(u32::MAX))
    }
}

fn how_much(restrictions: &Restrictions) -> Restricted {
    match (&restrictions.whole, restrictions.persons.is_empty()) {
        (Some(_), _) => Restricted::Whole,
        (None, false) => Restricted::Persons,
        (None, true) => Restricted::Nothing,
    }
}

/// Proposals of a verification that nobody has answered, in order.
pub(crate) fn open_proposals(verification: &State) -> Vec<InstanceId> {
    let answered: Vec<&str> = verification
        .of(Event::ANSWERS)
        .iter()
        .map(|id| verification.text(&FieldPath::of(Event::ANSWERS, *id, "proposal")))
        .collect();
    verification
        .of(Event::PROPOSALS)
        .iter()
        .copied()
        .filter(|id| !answered.contains(&id.to_string().as_str()))
        .collect()
}

/// A field of the event that was written last, by its step.
fn newest(state: &State, repeat: &str, key: &str) -> String {
    let text = |id, key: &str| state.text(&FieldPath::of(repeat, id, key));
    state
        .of(repeat)
        .iter()
        .max_by_key(|id| (text(**id, "step").parse::<u64>().unwrap_or(0), **id))
        .map_or(String::new(), |id| text(*id, key).to_owned())
}

pub(crate) fn needed(text: &str) -> Result<&str, AppError> {
    let text = text.trim();
    if text.chars().count() < 3 {
        return Err(AppError::new("reason_needed", "nothing was said"));
    }
    Ok(text)
}

pub(crate) fn village(code: &str) -> Result<VillageCode, AppError> {
    code.parse()
        .map_err(|_| AppError::new("no_such_village", "not a village code"))
}
