//! What a verifier decides: accepts, accepts with older answers kept, sends back, gives to somebody else, proposes for
//! removal. Nobody decides on what they did not see.

use super::{compare::older, reason_text};
use crate::{
    authority::needed,
    desk_card::{desk_card, need, rules_of},
    device::Device,
    error::AppError,
    views,
    visit::timestamp,
};
use lawang_domain::{
    Decision, Denied, DocumentKind, Event, FieldPath, HouseholdId, InstanceId, RecordContext,
    RecordState,
};
use lawang_records::{Evidence, Record, State, maker, open_removals, removals_differ};
use lawang_store::Store;

impl Device {
    /// # Errors
    /// `changed_meanwhile`, when the record is not what was looked at.
    fn as_seen(&self, household: HouseholdId, seen: &str) -> Result<(), AppError> {
        if self.seen(household)? == seen {
            return Ok(());
        }
        Err(AppError::new("changed_meanwhile", "not what was shown"))
    }

    /// Accepts a visit; answers named in `keep_older` go back to what stood there before.
    ///
    /// # Errors
    /// `changed_meanwhile`; `conflicts_open`; `reason_needed` where an older answer stays; `no_such_field` when there is no older one;
    /// the policy's reason.
    pub fn desk_accept(
        &mut self,
        household: HouseholdId,
        seen: &str,
        keep_older: &[FieldPath],
        note: &str,
    ) -> Result<RecordState, AppError> {
        self.as_seen(household, seen)?;
        // Whoever accepts says what holds: where two answers stand against each other nobody has said that yet.
        let conflicts = self.store.card(household)?.map_or(0, |card| card.conflicts);
        if conflicts > 0 {
            return Err(AppError::new("conflicts_open", "answers differ"));
        }
        if !keep_older.is_empty() {
            let note = needed(note)?;
            self.may_answer(household)?;
            // Older answers are the first half of what is decided: without the second they would stand for nothing.
            let step = self.step_on(&self.standing(household)?)?;
            let fields = [("decision", step.to.as_str()), ("reason", note)];
            let decision = [(self.new_id(), Event::DECISIONS, &fields[..])];
            self.events_allowed(household, DocumentKind::Verification, &decision)?;
            self.keep_older(household, keep_older, note)?;
        }
        self.approve(household, note)
    }

    /// The older answers and why they stay, as one change like any settlement.
    fn keep_older(
        &mut self,
        household: HouseholdId,
        paths: &[FieldPath],
        note: &str,
    ) -> Result<(), AppError> {
        self.close_visit(household)?;
        let mut record = self.store.record(household)?;
        let state = record.state()?;
        let before = older(&record, &state)?;
        let now = self.now();
        let mut writes = Vec::new();
        for path in paths {
            let (value, from) = before.value(path);
            if from.is_empty() {
                return Err(AppError::new("no_such_field", "nothing older is there").at(path));
            }
            writes.extend(self.settlement(path, value, note, &state, None));
        }
        let heads = record.heads();
        let change = record.write(&heads, &self.actor, now / 1000, &writes)?;
        self.append(household, &record, change.as_ref(), now / 1000, |_| Ok(()))
    }

    /// Sends a visit back with a reason and comments on single answers; gives the household to `assign`, if somebody is
    /// named.
    ///
    /// # Errors
    /// `changed_meanwhile`, `reason_needed`, the policy's reason.
    pub fn desk_send_back(
        &mut self,
        household: HouseholdId,
        seen: &str,
        reason: &str,
        comments: &[(FieldPath, String)],
        assign: &str,
    ) -> Result<(), AppError> {
        self.as_seen(household, seen)?;
        let words = reason_text(reason, self.rules_today(), &self.language)?;
        for (path, text) in comments {
            needed(text).map_err(|error| error.at(path))?;
        }
        if assign.trim().is_empty() {
            return self.return_with_comment(household, &words, comments);
        }
        // Both or nothing: giving it to somebody is asked about first, and written once it was sent back.
        let person = self.person_named(household, assign)?;
        let fields = [("person", person.as_str()), ("reason", words.as_str())];
        let given = [(self.new_id(), Event::ASSIGNMENTS, &fields[..])];
        self.events_allowed(household, DocumentKind::Administration, &given)?;
        self.return_with_comment(household, &words, comments)?;
        self.assign(household, &person, "", &words)
    }

    /// Sends a record back to whoever visits, with a reason and comments on single answers.
    ///
    /// # Errors
    /// The policy's reason; `reason_needed`.
    pub fn return_with_comment(
        &mut self,
        household: HouseholdId,
        reason: &str,
        comments: &[(FieldPath, String)],
    ) -> Result<(), AppError> {
        let reason = needed(reason)?;
        let decision = self.new_id();
        let id = decision.to_string();
        let paths: Vec<String> = comments.iter().map(|(path, _)| path.to_string()).collect();
        let noted: Vec<[(&str, &str); 3]> = comments
            .iter()
            .zip(&paths)
            .map(|((_, text), path)| {
                [
                    ("path", path.as_str()),
                    ("text", text.trim()),
                    ("decision", id.as_str()),
                ]
            })
            .collect();
        self.decide(
            household,
            decision,
            RecordState::Returned,
            reason,
            &noted.iter().map(|n| n.as_slice()).collect::<Vec<_>>(),
        )
    }

    /// Takes the step forward that is this person's to take: the village verifies, the village head confirms, Dinas
    /// Sosial verifies, the regent approves. Gives the state that it leads to.
    ///
    /// # Errors
    /// The policy's reason.
    pub fn approve(&mut self, household: HouseholdId, note: &str) -> Result<RecordState, AppError> {
        self.close_visit(household)?;
        let step = self.step_on(&self.standing(household)?)?;
        let id = self.new_id();
        self.decide(household, id, step.to, note.trim(), &[])?;
        Ok(step.to)
    }

    /// The step forward that is this person's to take on a record: of decisions that contradict each other, the one that
    /// goes on, for whoever may settle it so.
    ///
    /// # Errors
    /// The policy's reason.
    pub(crate) fn step_on(&self, record: &RecordContext) -> Result<Decision, Denied> {
        let role = self.role();
        let step = match record.contested {
            Some(contest) => {
                Decision::approval_of(&contest).ok_or(Denied::Contested(contest.by))?
            }
            None => Decision::approval(role, record.state).ok_or_else(|| {
                let own = Decision::ALL
                    .iter()
                    .find(|d| d.to != RecordState::Returned && d.roles.contains(&role));
                match own {
                    Some(step) => Denied::Order(record.state, step.to),
                    None => Denied::Decision(role, RecordState::FieldVerified),
                }
            })?,
        };
        step.may(role, record)?;
        Ok(step)
    }

    fn decide(
        &mut self,
        household: HouseholdId,
        id: InstanceId,
        to: RecordState,
        reason: &str,
        comments: &[&[(&str, &str)]],
    ) -> Result<(), AppError> {
        self.close_visit(household)?;
        let visit = maker(&self.store.record(household)?.state()?)
            .map_or(String::new(), |(visit, _)| visit.to_string());
        let fields = [
            ("decision", to.as_str()),
            ("reason", reason),
            ("visit", visit.as_str()),
        ];
        let mut events = vec![(id, Event::DECISIONS, &fields[..])];
        for comment in comments {
            events.push((self.new_id(), Event::COMMENTS, *comment));
        }
        // Whoever accepts says the comments one by one after that.
        let all = to == RecordState::Returned;
        self.write_events(household, DocumentKind::Verification, &events, |tx| {
            Store::end_desk_draft(tx, household, all)
        })
    }

    /// Proposes a family for removal, with a replacement if one is named; an empty reason takes the proposal back.
    ///
    /// # Errors
    /// `changed_meanwhile`; `reason_needed` when the reason is none of the list; `no_replacement` when the family named
    /// does not wait for a place, or another proposal took it; `no_evidence` when a file is neither kept for the proposal nor
    /// shown by the one before; the policy's reason.
    pub fn desk_removal(
        &mut self,
        household: HouseholdId,
        seen: &str,
        reason: &str,
        note: &str,
        replacement: &str,
        evidence: &[String],
    ) -> Result<(), AppError> {
        self.as_seen(household, seen)?;
        let reason = reason.trim();
        if !reason.is_empty()
            && !self
                .rules_today()
                .removal_reasons
                .iter()
                .any(|r| r.code == reason)
        {
            return Err(AppError::new("reason_needed", "no such reason for removal"));
        }
        let place = replacement.trim();
        if !place.is_empty() {
            let (_, village) = self.store.row(household)?;
            let free = self
                .replacements(&village)?
                .waiting
                .into_iter()
                .find(|family| family.household == place)
                .is_some_and(|family| !family.taken || self.replaces(household, place));
            if !free || place == household.to_string() {
                return Err(AppError::new(
                    "no_replacement",
                    "no family that waits for a place",
                ));
            }
        }
        let answers = self.store.record(household)?.state()?;
        let visit = maker(&answers).map_or(String::new(), |(visit, _)| visit.to_string());
        let id = self.new_id();
        let mut fields = vec![
            ("reason", reason),
            ("note", note.trim()),
            ("visit", visit.as_str()),
            ("replacement", place),
        ];
        let (files, fresh) = match reason {
            "" => Default::default(),
            _ => self.evidence_for(household, evidence)?,
        };
        let text = Evidence::text(&files);
        // A server of before knows no evidence, and takes a proposal without.
        if !files.is_empty() {
            fields.push(("evidence", text.as_str()));
        }
        let events = [(id, Event::REMOVALS, &fields[..])];
        self.write_events(household, DocumentKind::Verification, &events, |tx| {
            Store::propose_evidence(tx, household, &fresh)
        })
    }

    fn replaces(&self, household: HouseholdId, place: &str) -> bool {
        let document = self.store.document(household, DocumentKind::Verification);
        document
            .ok()
            .and_then(|record| self.removal_of(household, &record).ok().flatten())
            .is_some_and(|removal| removal.replacement == place)
    }

    /// The proposal that counts, with what others said of the same family without knowing of it.
    pub(super) fn removal_of(
        &self,
        household: HouseholdId,
        document: &Record,
    ) -> Result<Option<views::RemovalView>, AppError> {
        let verification = document.state()?;
        let open = open_removals(document, &verification);
        let Some(id) = open.first().copied() else {
            return Ok(None);
        };
        let first = self.said_of_removal(&verification, id)?;
        let path = FieldPath::of(Event::REMOVALS, id, "reason");
        let reason = verification.text(&path).to_owned();
        if reason.is_empty() {
            return Ok(None);
        }
        let path = FieldPath::of(Event::REMOVALS, id, "replacement");
        let replacement = verification.text(&path).to_owned();
        let mut others = Vec::new();
        if removals_differ(&verification, &open) {
            for other in &open[1..] {
                others.push(self.said_of_removal(&verification, *other)?);
            }
        }
        Ok(Some(views::RemovalView {
            id: id.to_string(),
            title: first.title,
            reason,
            note: first.note,
            author: first.author,
            at: first.at,
            replacement,
            replacement_head: first.replacement_head,
            promised_to: Vec::new(),
            others,
            evidence: self.evidence_view(household, &verification, id)?,
        }))
    }

    /// A proposal, or its taking back, in words.
    fn said_of_removal(
        &self,
        verification: &State,
        id: InstanceId,
    ) -> Result<views::OtherRemoval, AppError> {
        let said = |key: &str| {
            verification
                .text(&FieldPath::of(Event::REMOVALS, id, key))
                .to_owned()
        };
        let path = FieldPath::of(Event::REMOVALS, id, "step");
        let change = verification.fields.get(&path).and_then(|v| v.first());
        let by = match change {
            Some(value) => self.store.change(&value.change)?,
            None => None,
        };
        let replacement_head = match said("replacement").parse::<HouseholdId>() {
            Ok(other) => self
                .store
                .card(other)?
                .map_or(String::new(), |card| card.head),
            Err(_) => String::new(),
        };
        let reason = said("reason");
        let at: i64 = said("_order").parse().unwrap_or(0);
        // What was proposed by the rules of its day keeps the words of that day.
        let day = self.day_of(at);
        Ok(views::OtherRemoval {
            title: match reason.as_str() {
                "" => String::new(),
                reason => self
                    .rules
                    .removal_reason(reason, day)
                    .map_or(reason.to_owned(), |r| r.words(&self.language).to_owned()),
            },
            note: said("note"),
            author: by.map_or(String::new(), |by| by.person),
            at: timestamp(at),
            replacement_head,
        })
    }

    /// Families that could take a place, the neediest first, and families proposed for removal.
    ///
    /// # Errors
    /// The store's.
    pub fn replacements(&self, village: &str) -> Result<views::Replacements, AppError> {
        let mut removals = Vec::new();
        for card in self.store.removals(village)? {
            let verification = self
                .store
                .document(card.household, DocumentKind::Verification)?;
            if let Some(removal) = self.removal_of(card.household, &verification)? {
                removals.push(views::ProposedRemoval {
                    household: card.household.to_string(),
                    head: card.head,
                    address: card.address,
                    removal,
                });
            }
        }
        // Two people may have promised the same place, each without the other.
        let heads: Vec<(String, String)> = removals
            .iter()
            .map(|r| (r.removal.replacement.clone(), r.head.clone()))
            .collect();
        for (at, entry) in removals.iter_mut().enumerate() {
            let same = |place: &str| !place.is_empty() && place == entry.removal.replacement;
            let others = heads.iter().enumerate();
            let others = others.filter(|(other, (place, _))| *other != at && same(place));
            entry.removal.promised_to = others.map(|(_, (_, head))| head.clone()).collect();
        }
        let mut waiting = Vec::new();
        for (card, score) in self.store.waiting_families(village)? {
            let state = self.store.record(card.household)?.state()?;
            let of = need(rules_of(&self.rules, &state), &state).of;
            debug_assert_eq!(desk_card(&self.rules, &state).need, score);
            let household = card.household.to_string();
            waiting.push(views::WaitingFamily {
                taken: removals.iter().any(|r| r.removal.replacement == household),
                household,
                head: card.head,
                address: card.address,
                need: score.unwrap_or(0),
                of,
            });
        }
        Ok(views::Replacements { waiting, removals })
    }
}
