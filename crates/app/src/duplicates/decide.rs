//! A person decides about a pair. The decision is an event in the verification of both households; what follows for
//! the members is written into the field answers: who goes is struck out and says of whom, who stays takes what was
//! chosen. Nothing is deleted, and a later decision puts back what an earlier one did.

use super::{
    findings::{Place, is_finding},
    lists,
    pair::{Side, Whole, can_take, member_questions},
    persons::{DUPLICATE_OF, place, read_place},
};
use crate::{
    device::Device,
    error::AppError,
    views::{self, PairVerdict},
};
use lawang_domain::{Denied, DocumentKind, Event, FieldPath, HouseholdId};
use lawang_records::{KEY_STATUS, Touch, Write};
use std::collections::BTreeMap;

const STATUS_REASON: &str = "_status_reason";
const REMOVED: &str = "removed";

/// What is written into field answers, by household.
pub(super) type Writes = BTreeMap<HouseholdId, Vec<Write>>;

impl Device {
    /// Decides about a pair.
    ///
    /// # Errors
    /// `no_pair`; `reason_needed`; `pair_changed`: one of the two, or a decision, is other than what was shown;
    /// `pair_verdict`: a verdict or a choice that does not fit; the policy's reason.
    pub fn decide_pair(&mut self, request: &views::DecidePairRequest) -> Result<(), AppError> {
        let reason = request.reason.trim();
        if reason.chars().count() < 3 {
            return Err(AppError::new("reason_needed", "no reason given"));
        }
        let (left, right) = self.whole_pair(&request.pair)?.entry.places();
        // What is typed and not part of a change yet is seen by the choice.
        for household in [left.household, right.household] {
            self.close_visit(household)?;
        }
        let whole = self.whole_pair(&request.pair)?;
        if request.seen != whole.seen {
            return Err(AppError::new("pair_changed", "not what was shown"));
        }
        fits(request, &whole)?;
        let documents = self.documents(request, &whole)?;
        let take = self.taken(request, &whole)?;
        // Who receives what by lists says nothing about who is who, and a word about somebody who is not here changes nobody.
        let writes = match whole.entry.by_lists() || whole.entry.elsewhere.is_some() {
            true => Writes::new(),
            false => self.consequences(request, &whole, &take, reason)?,
        };
        let writes = self.may_follow(writes)?;
        let id = self.new_id();
        let looked_at = lists::dates(&whole.entry.reasons);
        let looked_at = match whole.entry.by_lists() {
            true => serde_json::to_string(&looked_at).unwrap_or_default(),
            false => String::new(),
        };
        let taken = match take.is_empty() {
            true => String::new(),
            false => serde_json::to_string(&take).unwrap_or_default(),
        };
        // The decision comes first: should the device die now, the pair asks again, and nothing was struck out unsaid.
        for (own, other, keeps) in documents {
            let fields = [
                ("member", own.member.to_string()),
                ("other_household", other.household.to_string()),
                ("other_member", other.member.to_string()),
                ("verdict", request.verdict.as_str().to_owned()),
                ("keeps", keeps),
                ("taken", taken.clone()),
                ("reason", reason.to_owned()),
                ("lists", looked_at.clone()),
            ];
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(k, v)| (*k, v.as_str()))
                .filter(|(k, v)| *k != "lists" || !v.is_empty())
                .collect();
            let events = [(id, Event::PAIRS, fields.as_slice())];
            self.write_events(own.household, DocumentKind::Verification, &events, |_| {
                Ok(())
            })?;
        }
        self.write_answers(writes)?;
        self.settle_refused_about(&whole)?;
        self.count_suspected()
    }

    /// Writes into field answers what follows from a decision.
    pub(super) fn write_answers(&mut self, writes: Writes) -> Result<(), AppError> {
        for (household, writes) in writes {
            let now = self.now() / 1000;
            let mut record = self.store.record(household)?;
            let heads = record.heads();
            let change = record.write(&heads, &self.actor, now, &writes)?;
            self.append(household, &record, change.as_ref(), now, |_| Ok(()))?;
            if matches!(&self.open, Some(open) if open.household() == household) {
                self.open = None;
            }
        }
        Ok(())
    }

    /// The verifications in which the decision stands: this household's view, the other's, and what it keeps.
    fn documents(
        &self,
        request: &views::DecidePairRequest,
        whole: &Whole,
    ) -> Result<Vec<(Place, Place, String)>, AppError> {
        let (left, right) = whole.entry.about();
        let keeps = |this: u8| match request.verdict {
            PairVerdict::Same => if request.keep == this { "1" } else { "2" }.to_owned(),
            _ => String::new(),
        };
        let mut all = vec![(left, right, keeps(1))];
        // One household has one document, and the view of the one member says it all. Of a household that is not here only
        // the district knows the document; it reads the word in this one.
        if left.household != right.household && whole.entry.elsewhere.is_none() {
            all.push((right, left, keeps(2)));
        }
        let mut documents = Vec::new();
        let mut denied = None;
        for (own, other, keeps) in all {
            match self.may_decide(own.household)? {
                None => documents.push((own, other, keeps)),
                Some(error) => denied = denied.or(Some(error)),
            }
        }
        match denied {
            Some(error) if documents.is_empty() => Err(error),
            _ => Ok(documents),
        }
    }

    /// Names of the answers that are taken over.
    fn taken(
        &self,
        request: &views::DecidePairRequest,
        whole: &Whole,
    ) -> Result<Vec<String>, AppError> {
        if request.verdict != PairVerdict::Same || request.take.is_empty() {
            return Ok(Vec::new());
        }
        let (goes, _) = sides(whole, request.keep);
        let questions = member_questions(&self.reader(&goes.village, &goes.state));
        let mut take = Vec::new();
        for key in &request.take {
            if !can_take(key) || !questions.contains(key) || goes.text(key).is_empty() {
                return Err(
                    AppError::new("pair_verdict", "an answer that cannot be taken")
                        .at(FieldPath::of("members", goes.place.member, key.as_str())),
                );
            }
            if !take.contains(key) {
                take.push(key.clone());
            }
        }
        Ok(take)
    }

    /// What the decision writes into field answers.
    fn consequences(
        &self,
        request: &views::DecidePairRequest,
        whole: &Whole,
        take: &[String],
        reason: &str,
    ) -> Result<Writes, AppError> {
        let mut writes = Writes::new();
        let mut put = |side: &Side, key: &str, value: String| {
            if side.text(key) != value {
                writes
                    .entry(side.place.household)
                    .or_default()
                    .push(Write::Put(side.path(key), value));
            }
        };
        let goes = match request.verdict {
            PairVerdict::Same => Some(sides(whole, request.keep)),
            _ => None,
        };
        // Whom an earlier decision struck out, and who does not go by this one, comes back.
        for (side, other) in [(&whole.left, &whole.right), (&whole.right, &whole.left)] {
            let stays = goes.is_none_or(|(goes, _)| goes.place != side.place);
            if !stays {
                continue;
            }
            // Also where only the strike was refused, and what was taken over was not.
            let mut taken = self.taken_by_refused(side.place, other.place)?;
            if struck(side, other.place) {
                put(side, KEY_STATUS, String::new());
                put(side, STATUS_REASON, String::new());
                put(side, DUPLICATE_OF, String::new());
                taken.extend(taken_before(whole, side, other));
            }
            taken.retain(|key| !take.contains(key));
            taken.sort();
            taken.dedup();
            for (key, old) in self.before_taking(side, other, taken)? {
                put(other, &key, old);
            }
        }
        if let Some((goes, stays)) = goes {
            put(goes, KEY_STATUS, REMOVED.to_owned());
            put(goes, STATUS_REASON, reason.to_owned());
            put(
                goes,
                DUPLICATE_OF,
                place(stays.place.household, stays.place.member),
            );
            for key in take {
                put(stays, key, goes.text(key).to_owned());
            }
        }
        Ok(writes)
    }

    /// What stood at the one who stayed before answers of the other were taken over, of those that still stand.
    pub(super) fn before_taking(
        &self,
        gone: &Side,
        stayed: &Side,
        taken: Vec<String>,
    ) -> Result<Vec<(String, String)>, AppError> {
        let record = self.store.record(stayed.place.household)?;
        let mut before = Vec::new();
        for key in taken {
            let path = stayed.path(&key);
            let Some([value]) = stayed.state.fields.get(&path).map(Vec::as_slice) else {
                continue;
            };
            // Somebody answered anew since: that stays.
            if value.text != gone.text(&key) {
                continue;
            }
            let found = record
                .difference(&value.change)
                .unwrap_or_default()
                .into_iter()
                .find(|(wrote, ..)| *wrote == path);
            if let Some((_, old, _)) = found {
                before.push((key, old));
            }
        }
        Ok(before)
    }

    /// What of it is written here. Who decides and never writes answers, or not in that village, leaves it to those who
    /// do: until then the pair is unfinished. Where this person usually may and now may not, nothing is decided.
    pub(super) fn may_follow(&self, writes: Writes) -> Result<Writes, AppError> {
        let mut allowed = Writes::new();
        for (household, writes) in writes {
            let touches: Vec<Touch> = writes.iter().filter_map(touch).collect();
            let denied = self.denied(household, DocumentKind::FieldAnswers, &touches)?;
            match denied.into_iter().flatten().next() {
                None => {
                    allowed.insert(household, writes);
                }
                Some(Denied::Role(..) | Denied::Village(_)) => {}
                Some(denied) => return Err(denied.into()),
            }
        }
        Ok(allowed)
    }
}

/// Names of the answers that the decision which counts took over from the one who went.
fn taken_before(whole: &Whole, gone: &Side, stayed: &Side) -> Vec<String> {
    let Some(last) = whole.standing.last(gone.place, stayed.place, false) else {
        return Vec::new();
    };
    match last.goes() {
        Some((goes, _)) if goes == gone.place => {
            serde_json::from_str(&last.event.taken).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn touch(write: &Write) -> Option<Touch> {
    match write {
        Write::Put(path, value) | Write::Say(path, value) => Some(Touch::Put {
            instance: path.instance_id(),
            repeat: path
                .instance
                .as_ref()
                .map_or(String::new(), |(of, _)| of.clone()),
            key: path.key.clone(),
            value: value.clone(),
            new: false,
            removed: false,
        }),
        Write::AddInstance { .. } => None,
    }
}

/// Who goes and who stays.
fn sides(whole: &Whole, keep: u8) -> (&Side, &Side) {
    match keep {
        1 => (&whole.right, &whole.left),
        _ => (&whole.left, &whole.right),
    }
}

/// Struck out as a duplicate of this one.
pub(super) fn struck(side: &Side, of: Place) -> bool {
    side.text(KEY_STATUS) == REMOVED
        && read_place(side.text(DUPLICATE_OF)) == Some((of.household, of.member))
}

/// Whether verdict and choice fit the pair.
fn fits(request: &views::DecidePairRequest, whole: &Whole) -> Result<(), AppError> {
    let wrong = |why: &str| Err(AppError::new("pair_verdict", why));
    let here = whole.left.place.household == whole.right.place.household;
    match request.verdict {
        PairVerdict::Different => Ok(()),
        _ if is_finding(whole.entry.kind) => wrong("about one household"),
        _ if whole.entry.elsewhere.is_some() => wrong("the other is not here"),
        PairVerdict::TwoFamilies if here => wrong("one household"),
        PairVerdict::TwoFamilies => Ok(()),
        PairVerdict::Same if !matches!(request.keep, 1 | 2) => wrong("which record stays?"),
        PairVerdict::Same => {
            let (goes, stays) = sides(whole, request.keep);
            // Who is struck out as a duplicate of a third one cannot be the one who stays.
            if stays.text(KEY_STATUS) == REMOVED && !struck(stays, goes.place) {
                return wrong("the one who stays is struck out");
            }
            Ok(())
        }
    }
}
