//! The verifier's desk at the Puskesos: the queue, one household old against new, decisions, how people work.

mod back_checks;
mod checks;
mod compare;
mod decide;
mod draft;
mod draws;
mod evidence;
mod made;
mod people;
mod settle;
mod work;

pub(crate) use compare::older;
pub(crate) use settle::{undone, values_before};

use crate::{authority::needed, device::Device, error::AppError, views, visit::date_words};
use chrono::NaiveDate;
use lawang_domain::{HouseholdId, Role};
use lawang_rules::Rules;
use lawang_store::{DeskEntry, DeskFilter, Due, Reasons};
use views::DeskReason;

/// How long the desk looks at visits that came in, before it shows what it has, in milliseconds: nobody notices it, and
/// the screens ask again until all are looked at.
const LOOKING: i64 = 50;

const BY_BIT: [(u32, DeskReason); 9] = [
    (Reasons::CONTESTED, DeskReason::Contested),
    (Reasons::CONFLICT, DeskReason::Conflict),
    (Reasons::PROPOSAL, DeskReason::Proposal),
    (Reasons::DUPLICATE, DeskReason::Duplicate),
    (Reasons::CHECK, DeskReason::Check),
    (Reasons::ELIGIBILITY, DeskReason::Eligibility),
    (Reasons::OVERDUE, DeskReason::Overdue),
    (Reasons::SUBMITTED, DeskReason::Submitted),
    (Reasons::RETURNED, DeskReason::Returned),
];

fn reasons_of(bits: Reasons) -> Vec<DeskReason> {
    BY_BIT
        .iter()
        .filter(|(bit, _)| bits.has(*bit))
        .map(|(_, reason)| *reason)
        .collect()
}

impl Device {
    /// The rules in force today.
    pub(crate) fn rules_today(&self) -> &Rules {
        self.rules.at(self.today())
    }

    /// Until when things had to be done to be in time today.
    pub(crate) fn due(&self) -> Due {
        let (rules, today) = (self.rules_today(), self.today());
        let midnight = self.missed().succ_opt().and_then(|day| {
            let zone = *self.local_time().offset();
            day.and_hms_opt(0, 0, 0)?.and_local_timezone(zone).single()
        });
        Due {
            updated: rules.overdue_before(today).to_string(),
            submitted: midnight.map_or(String::new(), |at| at.to_utc().to_rfc3339()),
        }
    }

    fn day_words(&self, day: NaiveDate) -> String {
        date_words(day, &self.language)
    }

    /// The newest cut-off that is past.
    fn missed(&self) -> NaiveDate {
        self.rules_today().cutoff_before(self.today())
    }

    /// A part of the queue with the numbers around it.
    pub fn desk(&mut self, query: &views::DeskQuery) -> Result<views::Desk, AppError> {
        self.look_at_visits(LOOKING)?;
        // The search goes on in the background, and decisions of others come with an exchange.
        self.count_suspected()?;
        let due = self.due();
        let wanted = BY_BIT
            .iter()
            .filter(|(_, reason)| query.reasons.contains(reason))
            .map(|(bit, _)| bit)
            .sum();
        let village = query.village.as_deref().filter(|v| !v.is_empty());
        let (total, rows) = self.store.desk(&DeskFilter {
            search: query.search.clone(),
            village: village.map(str::to_owned),
            reasons: wanted,
            enumerator: query.enumerator.clone(),
            due: due.clone(),
            offset: query.offset,
            limit: if query.limit == 0 { 200 } else { query.limit },
        })?;
        let (counts, done) = self.store.desk_counts(village, &due)?;
        let today = self.today();
        let cutoff = self.rules_today().cutoff_from(today);
        Ok(views::Desk {
            total,
            rows: rows.iter().map(|row| self.desk_row(row)).collect(),
            counts: counts
                .iter()
                .filter_map(|(bit, households)| {
                    let found = BY_BIT.iter().find(|(b, _)| b == bit);
                    found.map(|(_, reason)| views::ReasonCount {
                        reason: *reason,
                        households: *households,
                    })
                })
                .collect(),
            done,
            enumerators: self.store.enumerators(village)?,
            may_decide: self.role() == Role::VillageVerifier,
            unchecked: self.store.unchecked_count()?,
            cutoff: cutoff.to_string(),
            cutoff_days: u32::try_from((cutoff - today).num_days()).unwrap_or(u32::MAX),
        })
    }

    fn desk_row(&self, entry: &DeskEntry) -> views::DeskRow {
        let reasons = reasons_of(entry.reasons);
        views::DeskRow {
            household: entry.card.household.to_string(),
            head: entry.card.head.clone(),
            address: entry.card.address.clone(),
            sls: entry.card.sls.clone(),
            rt: entry.card.rt.clone(),
            rw: entry.card.rw.clone(),
            village: entry.card.village.clone(),
            state: entry.card.state.into(),
            words: reasons
                .first()
                .map_or(String::new(), |reason| self.reason_words(*reason, entry)),
            reasons,
            enumerator: entry.desk.enumerator.clone(),
            submitted: entry.desk.submitted.clone(),
            need: entry.desk.need,
            removal: !entry.removal.is_empty(),
        }
    }

    fn reason_words(&self, reason: DeskReason, entry: &DeskEntry) -> String {
        let english = self.language == "en";
        let n = match reason {
            DeskReason::Conflict => entry.card.conflicts,
            DeskReason::Check => entry.checks,
            DeskReason::Duplicate => entry.suspected,
            _ => 0,
        };
        // By the legal two years, or by the cut-off.
        let old = || entry.desk.updated <= self.due().updated;
        let updated = || {
            let day = entry.desk.updated.parse();
            day.map_or(entry.desk.updated.clone(), |day| self.day_words(day))
        };
        match (reason, english) {
            (DeskReason::Contested, false) => "dua keputusan bertentangan".into(),
            (DeskReason::Contested, true) => "two decisions contradict each other".into(),
            (DeskReason::Conflict, false) => format!("{n} isian berbeda"),
            (DeskReason::Conflict, true) => format!("{n} answers differ"),
            (DeskReason::Proposal, false) => "ada usulan perubahan".into(),
            (DeskReason::Proposal, true) => "a change is proposed".into(),
            (DeskReason::Duplicate, _) => suspected_words(n - entry.aid.min(n), entry.aid, english),
            (DeskReason::Check, false) => format!("{n} pemeriksaan belum sesuai"),
            (DeskReason::Check, true) => format!("{n} checks do not hold"),
            (DeskReason::Eligibility, _) => self.eligibility_words(entry),
            (DeskReason::Overdue, false) if !old() => {
                format!("batas {} terlewat", self.day_words(self.missed()))
            }
            (DeskReason::Overdue, true) if !old() => {
                format!("missed the cut-off of {}", self.day_words(self.missed()))
            }
            (DeskReason::Overdue, false) => format!("terakhir diperbarui {}", updated()),
            (DeskReason::Overdue, true) => format!("last updated {}", updated()),
            (DeskReason::Submitted, false) => "menunggu pemeriksaan".into(),
            (DeskReason::Submitted, true) => "waits for verification".into(),
            (DeskReason::Returned, false) => "menunggu petugas".into(),
            (DeskReason::Returned, true) => "waits for the enumerator".into(),
        }
    }

    /// Why a family may have to leave the register, or to come into it.
    fn eligibility_words(&self, entry: &DeskEntry) -> String {
        let english = self.language == "en";
        let submitted = entry.desk.submitted.get(..10);
        let day = submitted.and_then(|day| day.parse().ok());
        let day = day.unwrap_or_else(|| self.today());
        let mut words = Vec::new();
        if !entry.desk.gone.is_empty() && entry.removal.is_empty() {
            let found = self.rules.removal_reason(&entry.desk.gone, day);
            words.push(found.map_or(entry.desk.gone.clone(), |r| {
                r.words(&self.language).to_owned()
            }));
        }
        let formula = &self.rules.at(day).need.name;
        match (entry.turned.as_str(), english) {
            ("poor", false) => words.push(format!("kini tergolong miskin menurut {formula}")),
            ("poor", true) => words.push(format!("poor now by {formula}")),
            ("better_off", false) => {
                words.push(format!("kini tidak tergolong miskin menurut {formula}"));
            }
            ("better_off", true) => words.push(format!("no longer poor by {formula}")),
            _ => {}
        }
        if entry.desk.proposed {
            words.push(match english {
                true => "proposed as a new family".to_owned(),
                false => "diusulkan sebagai keluarga baru".to_owned(),
            });
        }
        if entry.died {
            words.push(match english {
                true => "the civil registry has a member as deceased".to_owned(),
                false => "menurut Dukcapil ada anggota yang meninggal".to_owned(),
            });
        }
        words.join(", ")
    }

    /// The reasons of one household.
    pub(crate) fn desk_reasons(&self, household: HouseholdId) -> Result<Vec<DeskReason>, AppError> {
        let bits = self.store.desk_reasons(household, &self.due())?;
        Ok(reasons_of(bits))
    }
}

/// Pairs that wait for a person: who may stand twice, and who receives what.
fn suspected_words(pairs: u32, aid: u32, english: bool) -> String {
    let twice = match english {
        true => format!("{pairs} suspected duplicates"),
        false => format!("{pairs} dugaan data ganda"),
    };
    let receives = match english {
        true => format!("{aid} recipients of aid to check"),
        false => format!("{aid} penerima bantuan perlu diperiksa"),
    };
    match (pairs, aid) {
        (_, 0) => twice,
        (0, _) => receives,
        _ => format!("{twice}, {receives}"),
    }
}

/// A reason in words, or the words of a code.
fn reason_text<'a>(given: &'a str, rules: &'a Rules, language: &str) -> Result<String, AppError> {
    let given = needed(given)?;
    let known = rules.return_reasons.iter().find(|r| r.code == given);
    Ok(known.map_or(given.to_owned(), |r| r.words(language).to_owned()))
}
