//! One household: what the register said, what the previous visit found, what this visit says.

use super::checks::{distance, position_in, seconds_between};
use crate::{
    cards::{VISIT_STARTED, VISIT_SUBMITTED},
    comments,
    desk_card::{need, rules_of},
    device::Device,
    error::AppError,
    views,
    visit::{Place, file_kind, label_with_member, shown, timestamp, told_apart},
};
use lawang_domain::{
    Decision, Denied, DocumentKind, Event, FieldPath, HouseholdId, InstanceId, RecordState, Role,
};
use lawang_forms::{Instance, QuestionType};
use lawang_records::{
    KEY_STATUS, Record, State, VISITS, decisions, is_bookkeeping, maker, review, stands_in,
    submission,
};
use lawang_rules::{Met, Need};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What a record said before its newest visit.
pub(crate) struct Older {
    pub register: State,
    /// The visit before, with what its author had seen when it was submitted.
    pub previous: Option<(InstanceId, State)>,
}

impl Older {
    /// The household's known place: of the previous visit, else of the register.
    pub fn position(&self) -> Option<(f64, f64)> {
        let previous = self
            .previous
            .as_ref()
            .and_then(|(_, state)| position_in(state));
        previous.or_else(|| position_in(&self.register))
    }

    /// The newest older value of a question, and where it comes from.
    pub fn value(&self, path: &FieldPath) -> (&str, &'static str) {
        if let Some((_, state)) = &self.previous {
            let value = state.text(path);
            if !value.is_empty() {
                return (value, "previous");
            }
        }
        match self.register.text(path) {
            "" => ("", ""),
            value => (value, "register"),
        }
    }
}

/// What a record said before its newest visit.
pub(crate) fn older(record: &Record, state: &State) -> Result<Older, AppError> {
    let register = record.register()?;
    let newest = maker(state);
    let mut earlier: Vec<(String, InstanceId, lawang_records::Hash)> = state
        .of(VISITS)
        .iter()
        .filter(|id| newest.is_none_or(|(visit, _)| **id != visit))
        .filter_map(|id| submission(state, *id))
        .map(|(id, change)| {
            let at = state.text(&FieldPath::of(VISITS, id, VISIT_SUBMITTED));
            (at.to_owned(), id, change)
        })
        .collect();
    earlier.sort();
    let previous = match earlier.pop() {
        // A record that began anew holds both visits in one change: what was between them is gone.
        Some((_, id, change)) if newest.is_none_or(|(_, last)| last != change) => {
            Some((id, record.state_at(&[change])?))
        }
        _ => None,
    };
    Ok(Older { register, previous })
}

impl Device {
    /// Everything that a verifier looks at before deciding. `everything`: also what did not change.
    ///
    /// # Errors
    /// `not_found`, `restricted`, or the store's.
    pub fn comparison(
        &self,
        household: HouseholdId,
        everything: bool,
    ) -> Result<views::Comparison, AppError> {
        let card = self
            .store
            .card(household)?
            .ok_or_else(|| AppError::new("not_found", "no such household"))?;
        self.not_restricted(household)?;
        let language = self.language.as_str();
        let record = self.store.record(household)?;
        let state = record.state()?;
        let before = older(&record, &state)?;
        let reviewed = self.store.document(household, DocumentKind::Verification)?;
        let verification = reviewed.state()?;
        let found = review(&state, Some(&reviewed))?;
        let reader = self.reader_then(&card.village, &state);
        let (fields, photos, unchanged) =
            self.compared(household, &reader, &state, &before, everything)?;
        let mut checks = self.failed_checks(&reader);
        let made = self.corrected(household, &record, &state)?;
        checks.extend(self.implausible(&state, made.as_ref(), before.position(), language));
        let returned = comments::returned(&found);
        let scope = self.store.scope()?;
        let village_name = scope
            .iter()
            .find(|s| s.village == card.village)
            .map_or(String::new(), |s| s.name.clone());
        let reason = |r: &lawang_rules::Reason| views::ReasonChoice {
            code: r.code.clone(),
            label: r.words(language).to_owned(),
        };
        let today = self.rules_today();
        Ok(views::Comparison {
            household: household.to_string(),
            head: card.head.clone(),
            address: card.address.clone(),
            sls: card.sls.clone(),
            rt: card.rt.clone(),
            rw: card.rw.clone(),
            village: card.village.clone(),
            village_name,
            state: card.state.into(),
            standing: if language == "en" {
                found.state.words().to_owned()
            } else {
                found.state.title().to_owned()
            },
            seen: self.seen(household)?,
            reasons: self.desk_reasons(household)?,
            register: self.register_source(&before),
            previous: before
                .previous
                .as_ref()
                .map(|(visit, then)| self.source(&state, *visit, then, None))
                .transpose()?,
            current: match maker(&state) {
                Some((visit, _)) => {
                    let source = self.source(&state, visit, &state, before.position())?;
                    // Answers that were sent back may be mended anywhere.
                    let far = source.far && made.is_none();
                    Some(views::Source { far, ..source })
                }
                None => None,
            },
            fields,
            unchanged,
            photos,
            checks,
            thread: self.thread(&reader, &verification, returned)?,
            decisions: self.decisions_of(&verification, &found)?,
            need: self.need_view(&reader, &state, &before),
            findings: self.findings(household)?,
            removal: self.removal_of(household, &reviewed)?,
            evidence_kept: self.kept_evidence(household)?,
            draft: self.desk_draft(household)?,
            may: self.rights(household)?,
            people: self.people(household)?,
            return_reasons: today.return_reasons.iter().map(reason).collect(),
            removal_reasons: today.removal_reasons.iter().map(reason).collect(),
        })
    }

    /// Stands for exactly what is written in all documents of a record.
    pub(super) fn seen(&self, household: HouseholdId) -> Result<String, AppError> {
        let mut digest = Sha256::new();
        for kind in DocumentKind::ALL {
            for head in self.store.document(household, *kind)?.heads() {
                digest.update(head.0);
            }
            digest.update([kind.number()]);
        }
        Ok(hex::encode(&digest.finalize()[..12]))
    }

    fn register_source(&self, before: &Older) -> Option<views::Source> {
        let at = before.register.answer("register_updated");
        let known = before
            .register
            .fields
            .keys()
            .any(|p| !p.key.starts_with('_'));
        known.then(|| views::Source {
            person: if self.language == "en" {
                "Register"
            } else {
                "Data daftar"
            }
            .into(),
            device: String::new(),
            at: at.to_owned(),
            seconds: None,
            distance: None,
            far: false,
            position: position_in(&before.register),
        })
    }

    fn source(
        &self,
        state: &State,
        visit: InstanceId,
        then: &State,
        known_place: Option<(f64, f64)>,
    ) -> Result<views::Source, AppError> {
        let said = |key: &str| state.text(&FieldPath::of(VISITS, visit, key)).to_owned();
        let by = match submission(state, visit) {
            Some((_, change)) => self.store.change(&change)?,
            None => None,
        };
        let position = position_in(then);
        let away = match (position, known_place) {
            (Some(here), Some(there)) => Some(distance(here, there)),
            _ => None,
        };
        let most = rules_of(&self.rules, then).paradata.far_metres;
        Ok(views::Source {
            person: said("person"),
            device: by.map_or(String::new(), |by| {
                by.device.to_string()[..8].to_uppercase()
            }),
            seconds: seconds_between(&said(VISIT_STARTED), &said(VISIT_SUBMITTED)),
            at: said(VISIT_SUBMITTED),
            distance: away,
            far: away.is_some_and(|metres| metres > most),
            position,
        })
    }

    /// Questions in three columns, photos apart, and how many are the same everywhere.
    fn compared(
        &self,
        household: HouseholdId,
        reader: &Instance,
        state: &State,
        before: &Older,
        everything: bool,
    ) -> Result<(Vec<views::ComparedField>, Vec<views::ComparedPhoto>, u32), AppError> {
        let language = self.language.as_str();
        let persons = self.restricted_persons(household)?;
        let weighty: BTreeSet<&str> = rules_of(&self.rules, state).weighty().into_iter().collect();
        let submitter = maker(state)
            .and_then(|(_, change)| self.store.change(&change).transpose())
            .transpose()?
            .map(|change| change.person);
        let mut whole = self.reader_of_all(reader, state, before);
        whole.recompute();
        let (mut fields, mut photos, mut unchanged) = (Vec::new(), Vec::new(), 0);
        for (path, _) in whole.answers() {
            let hidden = path
                .instance
                .as_ref()
                .is_some_and(|(of, id)| is_bookkeeping(of) || stands_in(&persons, state, *id));
            let question = reader.form().question(&path);
            let asked = question.is_some_and(|q| q.kind.is_answered() && !q.calculated);
            if hidden || path.key.starts_with('_') || !asked {
                continue;
            }
            let values = state.fields.get(&path).map_or(&[][..], Vec::as_slice);
            let now = values.first().map_or("", |value| value.text.as_str());
            let register = before.register.text(&path);
            let previous = before.previous.as_ref().map_or("", |(_, s)| s.text(&path));
            let (old, from) = before.value(&path);
            let conflict = values.len() > 1;
            let kind = question.map(|q| q.kind);
            if [now, register, previous]
                .into_iter()
                .chain(values.iter().map(|value| value.text.as_str()))
                .any(|value| file_kind(kind, value) == "photo")
            {
                photos.push(views::ComparedPhoto {
                    values: match conflict {
                        true => self.conflict_values(reader, &path, values)?,
                        false => Vec::new(),
                    },
                    label: label_with_member(reader, &path, language),
                    path: path.to_string(),
                    previous: if old == now {
                        String::new()
                    } else {
                        old.to_owned()
                    },
                    current: now.to_owned(),
                });
                continue;
            }
            // A first visit answers what the register never knew: that is new, and changes nothing.
            let changed = (now != old && !old.is_empty()) || conflict;
            if !everything && !changed {
                unchanged += 1;
                continue;
            }
            let by = match values.first() {
                Some(value) => self.store.change(&value.change)?,
                None => None,
            };
            let other = by.filter(|by| {
                !by.device.0.is_nil() && submitter.as_ref().is_some_and(|s| *s != by.person)
            });
            // A position is said by how far it is from what was known before it.
            let place = question.is_some_and(|q| q.kind == QuestionType::Geopoint);
            let words = |value: &str, known: &str| match Place::of(value).filter(|_| place) {
                Some(here) => {
                    let away = Place::of(known).map(|known| distance(here.at, known.at));
                    here.words_beside(away, language)
                }
                None => told_apart(reader, &path, value, language),
            };
            fields.push(views::ComparedField {
                label: label_with_member(reader, &path, language),
                section: question.map_or(String::new(), |q| {
                    reader.group_label(&q.page, path.instance_id(), language)
                }),
                register: words(register, ""),
                previous: words(previous, if previous == register { "" } else { register }),
                current: words(now, old),
                changed,
                weighty: weighty.contains(path.key.as_str()),
                author: other.as_ref().map_or(String::new(), |by| by.person.clone()),
                at: other.map_or(String::new(), |by| timestamp(by.at.saturating_mul(1000))),
                conflict,
                older: if now == old {
                    String::new()
                } else {
                    from.to_owned()
                },
                path: path.to_string(),
            });
        }
        // Who was struck out or came back is no question, and matters most.
        for id in state.of(crate::cards::MEMBERS) {
            let path = FieldPath::of(crate::cards::MEMBERS, *id, KEY_STATUS);
            let (now, old) = (state.text(&path), before.value(&path).0);
            if now == old {
                continue;
            }
            let english = language == "en";
            let word = |status: &str| match (status, english) {
                ("", false) => "anggota".to_owned(),
                ("", true) => "a member".to_owned(),
                (_, false) => "dicoret".to_owned(),
                (_, true) => "struck out".to_owned(),
            };
            fields.push(views::ComparedField {
                label: label_with_member(reader, &path, language).replace(
                    KEY_STATUS,
                    if english {
                        "in the family"
                    } else {
                        "dalam keluarga"
                    },
                ),
                section: reader.group_label(crate::cards::MEMBERS, None, language),
                register: word(before.register.text(&path)),
                previous: String::new(),
                current: word(now),
                changed: true,
                weighty: true,
                author: String::new(),
                at: String::new(),
                conflict: false,
                older: String::new(),
                path: path.to_string(),
            });
        }
        Ok((fields, photos, unchanged))
    }

    /// Every question that was ever answered, in the order of the questionnaire.
    fn reader_of_all(&self, reader: &Instance, state: &State, before: &Older) -> Instance {
        let form = reader.form().clone();
        let mut all = Instance::new(form.clone(), self.context());
        for repeat in form.repeats() {
            for id in reader.instances(repeat) {
                all.add_repeat(repeat, reader.parent_of(id), id);
            }
        }
        let mut known: std::collections::BTreeMap<FieldPath, String> =
            std::collections::BTreeMap::new();
        let previous = before.previous.as_ref().map(|(_, state)| state);
        for source in [Some(&before.register), previous, Some(state)]
            .into_iter()
            .flatten()
        {
            for (path, values) in &source.fields {
                let value = values.first().map_or("", |v| v.text.as_str());
                if !value.is_empty() && form.question(path).is_some() {
                    known.insert(path.clone(), value.to_owned());
                }
            }
        }
        all.load(known);
        all
    }

    fn decisions_of(
        &self,
        verification: &State,
        found: &lawang_records::Review,
    ) -> Result<Vec<views::DecisionView>, AppError> {
        let counts = found.decision.as_ref().map(|d| d.id);
        let mut all = Vec::new();
        for decision in decisions(verification).into_iter().rev() {
            let by = self.store.change(&decision.change)?;
            let order = FieldPath::of(Event::DECISIONS, decision.id, "_order");
            let at: i64 = verification.text(&order).parse().unwrap_or(0);
            all.push(views::DecisionView {
                id: decision.id.to_string(),
                state: decision.state.as_str().to_owned(),
                title: if self.language == "en" {
                    decision.state.words().to_owned()
                } else {
                    decision.state.title().to_owned()
                },
                reason: decision.reason.clone(),
                author: by.map_or(String::new(), |by| by.person),
                at: timestamp(at),
                counts: counts == Some(decision.id),
                contested: found.contested.iter().any(|c| c.id == decision.id),
            });
        }
        Ok(all)
    }

    fn need_view(
        &self,
        reader: &Instance,
        state: &State,
        before: &Older,
    ) -> Option<views::NeedView> {
        let language = self.language.as_str();
        let rules = rules_of(&self.rules, state);
        let now = need(rules, state);
        if !now.known() {
            return None;
        }
        let then = before
            .previous
            .as_ref()
            .map_or(&before.register, |(_, s)| s);
        let before: Need<'_> = need(rules, then);
        let known_before = before
            .points
            .iter()
            .filter(|p| p.met != Met::Unknown)
            .count();
        let known_now = now.points.iter().filter(|p| p.met != Met::Unknown).count();
        let head = reader
            .instances(crate::cards::MEMBERS)
            .into_iter()
            .find(|id| {
                let path = FieldPath::of(crate::cards::MEMBERS, *id, "relation_to_head");
                reader.node(&path).is_some_and(|node| node.value == "1")
            });
        let because = |field: Option<&str>, of: lawang_rules::Of| {
            let path = match (field, of, head) {
                (Some(field), lawang_rules::Of::Household, _) => FieldPath::household(field),
                (Some(field), lawang_rules::Of::Head, Some(id)) => {
                    FieldPath::of(crate::cards::MEMBERS, id, field)
                }
                _ => return String::new(),
            };
            shown(reader, &path, state.text(&path), language)
        };
        Some(views::NeedView {
            formula: format!("{} ({})", rules.need.name, rules.from),
            score: now.score,
            of: now.of,
            at_once: now.at_once,
            // Comparable only where as much was known.
            before: (known_before >= known_now).then(|| before.rank()),
            points: now
                .points
                .iter()
                .map(|scored| views::NeedPoint {
                    label: scored.point.words(language).to_owned(),
                    met: match scored.met {
                        Met::Yes => "yes",
                        Met::No => "no",
                        Met::Unknown => "unknown",
                    }
                    .into(),
                    because: because(scored.field, scored.point.of),
                })
                .collect(),
        })
    }

    /// What this person may do with the record now.
    fn rights(&self, household: HouseholdId) -> Result<views::DeskRights, AppError> {
        let words = |denied: Option<Denied>| {
            denied.map_or(String::new(), |denied| {
                let words = denied.message();
                if self.language == "en" {
                    words.en
                } else {
                    words.id
                }
            })
        };
        let record = self.standing(household)?;
        let role = self.role();
        let accept = self.step_on(&record).err();
        let send_back =
            Decision::to(RecordState::Returned).and_then(|d| d.may(role, &record).err());
        let event = |repeat: &'static str| {
            let known = lawang_domain::EVENTS.iter().find(|e| e.repeat == repeat);
            let allowed = known.is_some_and(|event| event.roles.contains(&role));
            (!allowed).then_some(Denied::Event(role, repeat))
        };
        let village = match lawang_domain::may_touch(
            lawang_domain::Writer {
                role,
                villages: &self.assigned()?,
            },
            DocumentKind::Verification,
            record.village,
        ) {
            // The village is not this person's any more: nothing of it is.
            Err(Denied::Village(village)) => Some(Denied::Village(village)),
            _ => None,
        };
        let first = |denied: Option<Denied>| words(village.clone().or(denied));
        let conflicts = self.store.card(household)?.map_or(0, |card| card.conflicts);
        let mut accept = first(accept);
        if accept.is_empty() && conflicts > 0 {
            accept = crate::words::of("conflicts_open", &self.language).1;
        }
        Ok(views::DeskRights {
            accept,
            send_back: first(send_back),
            assign: first(event(Event::ASSIGNMENTS)),
            remove: first(event(Event::REMOVALS)),
            comment: first(event(Event::COMMENTS)),
        })
    }

    /// Whether this person's role checks at all: others see no desk.
    pub fn checks(&self) -> bool {
        matches!(
            self.role(),
            Role::VillageVerifier
                | Role::VillageOperator
                | Role::VillageHead
                | Role::Tksk
                | Role::DinsosOperator
                | Role::DinsosVerifier
                | Role::DinsosHead
                | Role::Regent
        )
    }
}
