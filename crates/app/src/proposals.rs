//! Refused edits as proposals: what a person does with them, and what others do with what was sent.

use crate::{
    authority::open_proposals,
    device::Device,
    duplicates::RefusedPairs,
    error::AppError,
    forms::is_survey,
    sync::Edit,
    views,
    visit::{label_with_member, shown, timestamp},
    words,
};
use lawang_domain::{DocumentKind, Event, FieldPath, HouseholdId, InstanceId};
use lawang_forms::Instance;
use lawang_records::{Touch, Write, is_bookkeeping};
use lawang_store::{Proposal, ProposalState, Store};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most bytes of edits in a proposal that is sent: it has to fit into a change.
const MAX_EDITS: usize = 128 * 1024;

/// Why something was refused that may be said again once the restriction is lifted.
const RESTRICTED: &str = "restricted";

fn edits_of(text: &str) -> Vec<Edit> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Reads the same on every device: members by their names, values in words, numbers masked.
fn fields(reader: &Instance, edits: &[Edit], language: &str) -> Vec<views::ChangedField> {
    edits
        .iter()
        .filter(|edit| !edit.adds)
        .filter_map(|edit| {
            let path: FieldPath = edit.path.parse().ok()?;
            let own = path.key.starts_with('_')
                || path
                    .instance
                    .as_ref()
                    .is_some_and(|(of, _)| is_bookkeeping(of));
            (!own).then(|| views::ChangedField {
                label: label_with_member(reader, &path, language),
                old: shown(reader, &path, &edit.old, language),
                new: shown(reader, &path, &edit.value, language),
                path: edit.path.clone(),
            })
        })
        .collect()
}

/// What one writes to make the edits.
fn writes(edits: &[Edit]) -> Vec<Write> {
    edits
        .iter()
        .filter_map(|edit| {
            if edit.adds {
                let (repeat, id) = edit.path.split_once('/')?;
                return Some(Write::AddInstance {
                    repeat: repeat.to_owned(),
                    id: id.parse().ok()?,
                    order: edit.value.clone(),
                });
            }
            Some(Write::Put(edit.path.parse().ok()?, edit.value.clone()))
        })
        .collect()
}

impl Device {
    /// Edits that the server refused, and what others propose. `all`: also those that were dealt with.
    pub fn proposals(&self, all: bool) -> Result<views::ProposalList, AppError> {
        let mut mine = Vec::new();
        let mut told = BTreeSet::new();
        let refused = self.refused_pairs()?;
        for proposal in self.store.proposals(all)? {
            let view = self.proposal_view(&proposal, &refused)?;
            // One decision about a pair is told once, though it was refused for both households.
            let first = view.pair.as_ref().map(|pair| pair.proposal.clone());
            if first.is_none_or(|first| told.insert(first)) {
                mine.push(view);
            }
        }
        let mut received = Vec::new();
        for household in self.store.with_proposals()? {
            self.received(household, &mut received)?;
        }
        Ok(views::ProposalList { mine, received })
    }

    /// Head of the household and address, and an instance that knows labels and names.
    fn about(&self, household: HouseholdId) -> Result<(String, String, Instance), AppError> {
        let state = self.store.record(household)?.state()?;
        let reader = self.reader(&self.store.row(household)?.1, &state);
        let head = if is_survey(&state) {
            reader.form().title(&self.language)
        } else {
            crate::cards::head(&state)
        };
        Ok((head, state.answer("address").to_owned(), reader))
    }

    fn proposal_view(
        &self,
        proposal: &Proposal,
        refused: &RefusedPairs,
    ) -> Result<views::ProposalView, AppError> {
        let (head, address, reader) = self.about(proposal.household)?;
        let language = self.language.as_str();
        let pair = match self.is_restricted(proposal.household)? {
            true => None,
            false => self.refused_pair(refused, proposal.id)?,
        };
        let why = |done: Result<(), AppError>| match done {
            Ok(()) => String::new(),
            Err(error) => error.words(language).0,
        };
        Ok(views::ProposalView {
            id: proposal.id.to_string(),
            household: proposal.household.to_string(),
            head,
            address,
            document: proposal.kind.as_str().to_owned(),
            code: proposal.reason.clone(),
            reason: words::refusal(&proposal.reason, language),
            at: timestamp(proposal.at.saturating_mul(1000)),
            fields: if self.is_restricted(proposal.household)? {
                Vec::new()
            } else {
                fields(&reader, &edits_of(&proposal.edits), language)
            },
            state: proposal.state.as_str().to_owned(),
            cannot_send: why(self.may_send(proposal)),
            cannot_correct: match &pair {
                Some(_) => self.closed_to_refused(refused, proposal.id)?,
                None => why(self.may_correct(proposal)),
            },
            pair,
        })
    }

    fn may_send(&self, proposal: &Proposal) -> Result<(), AppError> {
        if proposal.kind != DocumentKind::FieldAnswers {
            return Err(AppError::new("no_proposal", "only answers are proposed"));
        }
        if proposal.edits.len() > MAX_EDITS {
            return Err(AppError::new("file_too_large", "the edits do not fit"));
        }
        let touch = Touch::Put {
            instance: Some(InstanceId(proposal.id)),
            repeat: Event::PROPOSALS.to_owned(),
            key: "edits".to_owned(),
            value: String::new(),
            new: true,
            removed: false,
        };
        let denied = self.denied(proposal.household, DocumentKind::Verification, &[touch])?;
        match denied.into_iter().flatten().next() {
            Some(denied) => Err(denied.into()),
            None => Ok(()),
        }
    }

    fn may_correct(&self, proposal: &Proposal) -> Result<(), AppError> {
        if proposal.kind != DocumentKind::FieldAnswers {
            return Err(AppError::new("no_proposal", "only answers are corrected"));
        }
        self.may_answer(proposal.household)
    }

    fn open_proposal(&self, id: Uuid) -> Result<Proposal, AppError> {
        self.store
            .proposal(id)?
            .filter(|proposal| proposal.state == ProposalState::Open)
            .ok_or_else(|| AppError::new("no_proposal", "no open proposal"))
    }

    fn settle(&mut self, proposal: &Proposal, state: ProposalState) -> Result<(), AppError> {
        let (id, at) = (proposal.id, self.now());
        let card = self.card_of(proposal.household, &self.store.record(proposal.household)?)?;
        self.store.transact(|tx| {
            Store::settle_proposal(tx, id, state, at)?;
            crate::cards::put(tx, card.0, card.1)
        })?;
        Ok(())
    }

    /// Sends refused edits to whoever may make them: they become a proposal in the record's verification.
    ///
    /// # Errors
    /// `no_proposal`, the policy's reason.
    pub fn send_proposal(&mut self, id: Uuid, note: &str) -> Result<(), AppError> {
        let proposal = self.open_proposal(id)?;
        self.may_send(&proposal)?;
        let change = hex::encode(proposal.change.0);
        let fields = [
            ("reason", proposal.reason.as_str()),
            ("note", note.trim()),
            ("edits", proposal.edits.as_str()),
            ("change", change.as_str()),
        ];
        let events = [(InstanceId(id), Event::PROPOSALS, &fields[..])];
        let at = self.now();
        self.write_events(
            proposal.household,
            DocumentKind::Verification,
            &events,
            |tx| Store::settle_proposal(tx, id, ProposalState::Sent, at),
        )
    }

    /// Lays refused edits aside for good. They stay in the log, marked. A decision about a pair is taken back with what
    /// followed from it.
    ///
    /// # Errors
    /// `no_proposal`; the policy's reason, where what followed from a decision cannot be taken back here.
    pub fn discard_proposal(&mut self, id: Uuid) -> Result<(), AppError> {
        let proposal = self.open_proposal(id)?;
        if self.take_back_refused(id)? {
            return Ok(());
        }
        self.settle(&proposal, ProposalState::Discarded)
    }

    /// The person answers anew: gives the household and the first question. What was refused only because processing was
    /// restricted is put back as it was, where nobody has said anything else since.
    ///
    /// # Errors
    /// `no_proposal`, the policy's reason.
    pub fn correct_proposal(&mut self, id: Uuid) -> Result<views::ProposalOpened, AppError> {
        let proposal = self.open_proposal(id)?;
        self.may_correct(&proposal)?;
        let (_, _, reader) = self.about(proposal.household)?;
        let path = fields(&reader, &edits_of(&proposal.edits), &self.language)
            .first()
            .map_or(String::new(), |field| field.path.clone());
        if proposal.reason == RESTRICTED {
            let now = self.store.record(proposal.household)?.state()?;
            let mut edits = edits_of(&proposal.edits);
            edits.retain(|edit| {
                let stands = edit.path.parse().map_or("", |path| now.text(&path));
                edit.adds || stands == edit.old || stands.is_empty()
            });
            self.take_over_edits(proposal.household, &edits)?;
        }
        self.settle(&proposal, ProposalState::Corrected)?;
        Ok(views::ProposalOpened {
            household: proposal.household.to_string(),
            path,
        })
    }

    fn received(
        &self,
        household: HouseholdId,
        all: &mut Vec<views::ReceivedProposal>,
    ) -> Result<(), AppError> {
        if self.is_restricted(household)? {
            return Ok(());
        }
        let verification = self
            .store
            .document(household, DocumentKind::Verification)?
            .state()?;
        let (head, address, reader) = self.about(household)?;
        let language = self.language.as_str();
        for id in open_proposals(&verification) {
            let path = |key: &str| FieldPath::of(Event::PROPOSALS, id, key);
            let text = |key: &str| verification.text(&path(key));
            let by = match verification
                .fields
                .get(&path("edits"))
                .and_then(|v| v.first())
            {
                Some(value) => self.store.change(&value.change)?,
                None => None,
            };
            all.push(views::ReceivedProposal {
                id: id.to_string(),
                household: household.to_string(),
                head: head.clone(),
                address: address.clone(),
                person: by.as_ref().map_or(String::new(), |c| c.person.clone()),
                at: by.map_or(String::new(), |c| timestamp(c.at.saturating_mul(1000))),
                reason: words::refusal(text("reason"), language),
                note: text("note").to_owned(),
                fields: fields(&reader, &edits_of(text("edits")), language),
            });
        }
        Ok(())
    }

    /// Answers what somebody proposes: takes the edits over as changes of this person, or not.
    ///
    /// # Errors
    /// `no_proposal`, `reason_needed` when it is not taken and nothing is said, the policy's reason.
    pub fn answer_proposal(
        &mut self,
        household: HouseholdId,
        id: InstanceId,
        take: bool,
        note: &str,
    ) -> Result<(), AppError> {
        let note = note.trim();
        if !take && note.chars().count() < 3 {
            return Err(AppError::new("reason_needed", "nothing was said"));
        }
        let verification = self
            .store
            .document(household, DocumentKind::Verification)?
            .state()?;
        if !open_proposals(&verification).contains(&id) {
            return Err(AppError::new("no_proposal", "no open proposal"));
        }
        if take {
            let text = verification.text(&FieldPath::of(Event::PROPOSALS, id, "edits"));
            self.take_over_edits(household, &edits_of(text))?;
        }
        let (name, event) = (id.to_string(), self.new_id());
        let fields = [
            ("proposal", name.as_str()),
            ("taken", if take { "1" } else { "2" }),
            ("note", note),
        ];
        let events = [(event, Event::ANSWERS, &fields[..])];
        self.write_events(household, DocumentKind::Verification, &events, |_| Ok(()))
    }

    /// The answers among the edits become a change of this person; whose visit it was stays whose it was.
    fn take_over_edits(&mut self, household: HouseholdId, edits: &[Edit]) -> Result<(), AppError> {
        self.may_answer(household)?;
        self.close_visit(household)?;
        let mut record = self.store.record(household)?;
        let known = record.state()?;
        let wanted: Vec<Edit> = edits
            .iter()
            .filter(|edit| !edit.path.is_empty())
            .filter(|edit| match edit.path.split_once('/') {
                Some((repeat, _)) => !is_bookkeeping(repeat),
                None => !edit.path.starts_with('_'),
            })
            .cloned()
            .collect();
        let made: Vec<&str> = wanted
            .iter()
            .filter(|edit| edit.adds)
            .filter_map(|edit| edit.path.split_once('/').map(|(_, id)| id))
            .collect();
        let there = |edit: &Edit| match edit.path.parse::<FieldPath>().ok().and_then(|p| p.instance)
        {
            Some((repeat, id)) => {
                known.of(&repeat).contains(&id) || made.contains(&id.to_string().as_str())
            }
            None => true,
        };
        let writes: Vec<Write> = writes(
            &wanted
                .iter()
                .filter(|edit| edit.adds || there(edit))
                .cloned()
                .collect::<Vec<_>>(),
        );
        let touches: Vec<Touch> = wanted
            .iter()
            .filter(|edit| !edit.adds)
            .filter_map(|edit| {
                let path: FieldPath = edit.path.parse().ok()?;
                let (instance, repeat) = match path.instance {
                    Some((repeat, id)) => (Some(id), repeat),
                    None => (None, String::new()),
                };
                Some(Touch::Put {
                    instance,
                    repeat,
                    key: path.key,
                    value: edit.value.clone(),
                    new: instance.is_some_and(|id| made.contains(&id.to_string().as_str())),
                    removed: false,
                })
            })
            .collect();
        let denied = self.denied(household, DocumentKind::FieldAnswers, &touches)?;
        if let Some(denied) = denied.into_iter().flatten().next() {
            return Err(denied.into());
        }
        let time = self.now() / 1000;
        let heads = record.heads();
        let change = record.write(&heads, &self.actor, time, &writes)?;
        self.append(household, &record, change.as_ref(), time, |_| Ok(()))
    }
}
