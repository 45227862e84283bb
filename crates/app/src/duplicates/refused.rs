//! Decisions about pairs that the server refused: the person who took them sees why, takes them back, or decides again.
//! What was struck out along with them does not stay struck out by a decision that nobody ever took.

use super::{
    decide::{Writes, struck},
    findings::{Place, id_of},
    list::{Entry, Lines, id_text},
    pair::Whole,
    persons::{DUPLICATE_OF, read_place},
    standing::{Pair, Standing, pair},
    words,
};
use crate::{
    cards::MEMBERS,
    device::Device,
    error::AppError,
    sync::Edit,
    views::{self, PairVerdict},
    visit::timestamp,
};
use lawang_domain::{DocumentKind, Event, FieldPath, InstanceId};
use lawang_records::{KEY_STATUS, PairAbout, Write};
use lawang_store::{Proposal, ProposalState, Store};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A decision of this device that was refused, whole or in part.
pub(super) struct Refused {
    /// What was set aside of it: in the verification of each household, and what it wrote into answers.
    pub proposals: Vec<Uuid>,
    /// `None`: the decision itself was taken, and only what follows from it was refused.
    pub event: Option<InstanceId>,
    /// The member on whose side it was written, and the other.
    own: Place,
    other: Place,
    verdict: PairVerdict,
    /// Who goes.
    goes: Option<Place>,
    taken: Vec<String>,
    reason: String,
    lists: bool,
    /// Code.
    why: String,
    /// Seconds since 1970.
    at: i64,
}

impl Refused {
    pub(super) fn pair(&self) -> Pair {
        pair(self.own, self.other, self.lists)
    }

    /// It counts all the same: the verification of the other household has it.
    fn stands(&self, standing: &Standing) -> bool {
        match self.event {
            Some(event) => standing.all.iter().any(|d| d.event.id == event),
            None => true,
        }
    }
}

/// Refused decisions, and the decisions that count.
pub(crate) struct RefusedPairs {
    all: Vec<Refused>,
    standing: Standing,
}

impl RefusedPairs {
    fn of(&self, proposal: Uuid) -> Option<&Refused> {
        let mut all = self.all.iter();
        all.find(|one| one.proposals.contains(&proposal))
    }
}

/// A refused decision in a proposal.
fn decision_in(proposal: &Proposal) -> Option<Refused> {
    let edits: Vec<Edit> = serde_json::from_str(&proposal.edits).ok()?;
    let mut event = None;
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for edit in edits.into_iter().filter(|edit| !edit.adds) {
        let path: FieldPath = edit.path.parse().ok()?;
        let (repeat, id) = path.instance.as_ref()?;
        if repeat != Event::PAIRS {
            return None;
        }
        event = Some(*id);
        fields.insert(path.key, edit.value);
    }
    let text = |key: &str| fields.get(key).map_or("", String::as_str);
    let own = Place {
        household: proposal.household,
        member: text("member").parse().ok()?,
    };
    let other = Place {
        household: text("other_household").parse().ok()?,
        member: text("other_member").parse().ok()?,
    };
    let verdict = PairVerdict::read(text("verdict"))?;
    Some(Refused {
        proposals: vec![proposal.id],
        event,
        own,
        other,
        verdict,
        goes: match (verdict, text("keeps")) {
            (PairVerdict::Same, "1") => Some(other),
            (PairVerdict::Same, "2") => Some(own),
            _ => None,
        },
        taken: serde_json::from_str(text("taken")).unwrap_or_default(),
        reason: text("reason").to_owned(),
        lists: !text("lists").is_empty(),
        why: proposal.reason.clone(),
        at: proposal.at,
    })
}

/// A strike in a proposal that a decision wrote: who goes, and of whom they are a duplicate.
fn strike_in(proposal: &Proposal) -> Option<Refused> {
    let edits: Vec<Edit> = serde_json::from_str(&proposal.edits).ok()?;
    edits.iter().find_map(|edit| {
        let path: FieldPath = edit.path.parse().ok()?;
        let (repeat, member) = path.instance.as_ref()?;
        if repeat != MEMBERS || path.key != DUPLICATE_OF {
            return None;
        }
        let (household, stays) = read_place(&edit.value)?;
        let own = Place {
            household: proposal.household,
            member: *member,
        };
        let reason = edits
            .iter()
            .find(|other| other.path.ends_with("/_status_reason"));
        Some(Refused {
            proposals: vec![proposal.id],
            event: None,
            own,
            other: Place {
                household,
                member: stays,
            },
            verdict: PairVerdict::Same,
            goes: Some(own),
            taken: Vec::new(),
            reason: reason.map_or(String::new(), |edit| edit.value.clone()),
            lists: false,
            why: proposal.reason.clone(),
            at: proposal.at,
        })
    })
}

impl Device {
    /// Decisions of this device that were refused and that the person has not dealt with, the newest first.
    pub(super) fn refused_decisions(&self) -> Result<Vec<Refused>, AppError> {
        let mut all: Vec<Refused> = Vec::new();
        let mut strikes = Vec::new();
        for proposal in self.store.proposals(false)? {
            match proposal.kind {
                DocumentKind::Verification => {
                    let Some(found) = decision_in(&proposal) else {
                        continue;
                    };
                    // One decision stands in the verifications of both households.
                    match all.iter_mut().find(|known| known.event == found.event) {
                        Some(known) => known.proposals.extend(found.proposals),
                        None => all.push(found),
                    }
                }
                DocumentKind::FieldAnswers => strikes.extend(strike_in(&proposal)),
                DocumentKind::Administration => {}
            }
        }
        for strike in strikes {
            let of = |known: &&mut Refused| known.pair() == strike.pair();
            match all.iter_mut().find(of) {
                Some(known) => known.proposals.extend(strike.proposals),
                None => all.push(strike),
            }
        }
        Ok(all)
    }

    /// The refused decision about a pair, as the pair's screen shows it.
    pub(super) fn refused_about(
        &self,
        entry: &Entry,
        standing: &Standing,
    ) -> Result<Option<views::RefusedDecision>, AppError> {
        let (left, right) = entry.about();
        let wanted = pair(left, right, entry.by_lists());
        let found = self.refused_decisions()?;
        let found = found.iter().find(|one| one.pair() == wanted);
        found
            .map(|one| self.refused_view(one, standing))
            .transpose()
    }

    fn refused_view(
        &self,
        one: &Refused,
        standing: &Standing,
    ) -> Result<views::RefusedDecision, AppError> {
        let mut lines = Lines::default();
        let mut people = Vec::new();
        let mut places = vec![one.own, one.other];
        places.dedup();
        // Of whose data processing is restricted, nothing is shown.
        let mut open = Vec::new();
        for place in places {
            let restricted = self.restrictions(place.household)?;
            if restricted.whole.is_none() && !restricted.persons.contains_key(&place.member) {
                open.push(place);
            }
        }
        for &place in &open {
            if let Some(at) = self.store.member_at(place.household, place.member)? {
                people.push(self.person_line(&at, &mut lines)?);
            }
        }
        let stays = |goes: Place| if goes == one.own { one.other } else { one.own };
        let keeps = match one.goes.map(stays).filter(|stays| open.contains(stays)) {
            Some(stays) => match self.store.member_at(stays.household, stays.member)? {
                Some(at) => self.person_line(&at, &mut lines)?.head,
                None => String::new(),
            },
            None => String::new(),
        };
        let (left, right, lists) = one.pair();
        let now = match standing.last(left, right, lists) {
            Some(decided) if Some(decided.event.id) != one.event => {
                let by = self.store.change(&decided.event.change)?;
                let finding = lists || left == right;
                let title = words::verdict(decided.verdict, finding, &self.language);
                match by {
                    Some(by) => format!("{title} ({})", by.person),
                    None => title,
                }
            }
            _ => String::new(),
        };
        let about = match (lists, left == right) {
            (true, _) => PairAbout::Lists,
            (false, true) => PairAbout::Household,
            (false, false) => PairAbout::Persons,
        };
        Ok(views::RefusedDecision {
            proposal: one.proposals.first().map_or(String::new(), Uuid::to_string),
            pair: self.number_of(left, right, about)?,
            people,
            title: words::verdict(one.verdict, about != PairAbout::Persons, &self.language),
            keeps,
            reason: one.reason.clone(),
            why: crate::words::refusal(&one.why, &self.language),
            at: timestamp(one.at.saturating_mul(1000)),
            stands: one.stands(standing),
            now,
        })
    }

    /// The number of a pair; husband and wife are a suspicion about their household where one was found.
    fn number_of(&self, left: Place, right: Place, about: PairAbout) -> Result<String, AppError> {
        let id = id_of(left, right, about);
        if about == PairAbout::Persons && self.store.suspicion(&id)?.is_none() {
            let couple = id_of(left, right, PairAbout::Household);
            if self.store.suspicion(&couple)?.is_some() {
                return Ok(id_text(&couple));
            }
        }
        Ok(id_text(&id))
    }

    /// The refused decision that a proposal is part of; `None`: it is about something else.
    pub(crate) fn refused_pair(
        &self,
        refused: &RefusedPairs,
        proposal: Uuid,
    ) -> Result<Option<views::RefusedDecision>, AppError> {
        let found = refused.of(proposal);
        found
            .map(|one| self.refused_view(one, &refused.standing))
            .transpose()
    }

    /// Why the person may not decide again about the pair of a proposal, in words; empty when they may.
    pub(crate) fn closed_to_refused(
        &self,
        refused: &RefusedPairs,
        proposal: Uuid,
    ) -> Result<String, AppError> {
        match refused.of(proposal) {
            Some(one) => self.closed_to(&[one.own.household, one.other.household]),
            None => Ok(String::new()),
        }
    }

    /// All refused decisions and what stands beside them, read once for a list of proposals.
    pub(crate) fn refused_pairs(&self) -> Result<RefusedPairs, AppError> {
        Ok(RefusedPairs {
            all: self.refused_decisions()?,
            standing: self.pairs_standing()?,
        })
    }

    /// Takes a refused decision back: whom it struck out comes back, and what was taken over is put back where it still
    /// stands, unless another decision says the same. False: the proposal is about something else.
    ///
    /// # Errors
    /// The policy's reason.
    pub(crate) fn take_back_refused(&mut self, proposal: Uuid) -> Result<bool, AppError> {
        let all = self.refused_decisions()?;
        let Some(one) = all.iter().find(|one| one.proposals.contains(&proposal)) else {
            return Ok(false);
        };
        let standing = self.pairs_standing()?;
        let writes = match one.goes {
            Some(goes) if !one.stands(&standing) => {
                let stays = if goes == one.own { one.other } else { one.own };
                for household in [goes.household, stays.household] {
                    self.close_visit(household)?;
                }
                self.undone(goes, stays, &one.taken, &standing)?
            }
            _ => Writes::new(),
        };
        let writes = self.may_follow(writes)?;
        self.write_answers(writes)?;
        self.settle_refused(&one.proposals, ProposalState::Discarded)?;
        self.count_suspected()?;
        Ok(true)
    }

    fn undone(
        &self,
        goes: Place,
        stays: Place,
        taken: &[String],
        standing: &Standing,
    ) -> Result<Writes, AppError> {
        let mut writes = Writes::new();
        let said = standing.last(goes, stays, false).and_then(|d| d.goes());
        let (gone, stayed) = (self.side(goes)?, self.side(stays)?);
        if !gone.is_there() || said.is_some_and(|(who, _)| who == goes) {
            return Ok(writes);
        }
        // The strike may have been refused, and what was taken over not.
        if struck(&gone, stays) {
            let back = writes.entry(goes.household).or_default();
            for key in [KEY_STATUS, "_status_reason", DUPLICATE_OF] {
                back.push(Write::Put(gone.path(key), String::new()));
            }
        }
        for (key, old) in self.before_taking(&gone, &stayed, taken.to_vec())? {
            writes
                .entry(stays.household)
                .or_default()
                .push(Write::Put(stayed.path(&key), old));
        }
        Ok(writes)
    }

    /// Names of the answers that a refused decision by which `goes` goes took over for the one who stays.
    pub(super) fn taken_by_refused(
        &self,
        goes: Place,
        stays: Place,
    ) -> Result<Vec<String>, AppError> {
        let wanted = pair(goes, stays, false);
        let all = self.refused_decisions()?.into_iter();
        let of_pair = all.filter(|one| one.pair() == wanted && one.goes == Some(goes));
        Ok(of_pair.flat_map(|one| one.taken).collect())
    }

    /// Refused decisions about a pair are dealt with: the person decided again.
    pub(super) fn settle_refused_about(&mut self, whole: &Whole) -> Result<(), AppError> {
        let (left, right) = whole.entry.about();
        let wanted = pair(left, right, whole.entry.by_lists());
        let all = self.refused_decisions()?;
        let of_pair: Vec<Uuid> = all
            .iter()
            .filter(|one| one.pair() == wanted)
            .flat_map(|one| one.proposals.clone())
            .collect();
        self.settle_refused(&of_pair, ProposalState::Corrected)
    }

    fn settle_refused(&mut self, ids: &[Uuid], state: ProposalState) -> Result<(), AppError> {
        if ids.is_empty() {
            return Ok(());
        }
        let at = self.now();
        let mut cards = BTreeMap::new();
        for id in ids {
            if let Some(proposal) = self.store.proposal(*id)? {
                let record = self.store.record(proposal.household)?;
                cards.insert(
                    proposal.household,
                    self.card_of(proposal.household, &record)?,
                );
            }
        }
        self.store.transact(|tx| {
            for id in ids {
                Store::settle_proposal(tx, *id, state, at)?;
            }
            for (row, card) in cards.into_values() {
                crate::cards::put(tx, row, card)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
