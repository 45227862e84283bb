//! Persons who may stand in a village that is not on this device, by the word of the district: which village and why,
//! nothing of the other family. It waits for a person like a pair and has the pair's number, so what somebody says about
//! it is heard of wherever both are known, and the district does not tell it again.

use super::{
    findings::Place,
    list::{Entry, Lines},
    search::Kept,
    standing::{Pair, Standing, pair},
    words,
};
use crate::{
    device::Device,
    error::AppError,
    findings::detail,
    views::{PairState, PairVerdict, SuspicionKind},
};
use lawang_domain::Elsewhere;
use lawang_matching::words_of;
use lawang_records::PairAbout;
use lawang_store::{FindingRow, MemberAt};
use std::collections::{BTreeMap, BTreeSet};

fn other(said: &Elsewhere) -> Place {
    Place {
        household: said.household,
        member: said.member,
    }
}

/// What speaks for one person, as pairs that were compared here keep it; a word that this program does not know is left
/// out.
fn kept(said: &Elsewhere) -> Vec<Kept> {
    let reason = |because: &lawang_domain::Because| {
        let (id, en) = words_of(&because.field, &because.code)?;
        Some(Kept {
            field: because.field.clone(),
            code: because.code.clone(),
            // The district tells no weights; what it tells speaks for one person.
            bits: 1.0,
            id: id.to_owned(),
            en: en.to_owned(),
            dated: String::new(),
        })
    };
    said.because.iter().filter_map(reason).collect()
}

/// The village in words.
fn village(said: &Elsewhere, english: bool) -> String {
    // Kemendagri's codes of kelurahan begin with 1, those of desa with 2.
    let urban = said
        .village
        .rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with('1'));
    let what = match (urban, english) {
        (true, _) => "Kelurahan",
        (false, false) => "Desa",
        (false, true) => "the village",
    };
    match (said.name.is_empty(), said.district.is_empty()) {
        (true, _) => format!("{what} {}", said.village),
        (false, true) => format!("{what} {}", said.name),
        (false, false) => format!("{what} {}, Kecamatan {}", said.name, said.district),
    }
}

/// That the person may stand there as well, and why.
pub(crate) fn sentence(said: &Elsewhere, language: &str) -> String {
    let english = language == "en";
    let who = match (said.at_least, english) {
        (95.., false) => "Hampir pasti orang yang sama juga terdaftar di",
        (75..95, false) => "Kemungkinan besar orang yang sama juga terdaftar di",
        (1..75, false) => "Kemungkinan orang yang sama juga terdaftar di",
        (0, false) => "NIK yang sama juga dipakai di",
        (95.., true) => "Almost certainly the same person is also registered in",
        (75..95, true) => "Most likely the same person is also registered in",
        (1..75, true) => "Possibly the same person is also registered in",
        (0, true) => "The same NIK is also in use in",
    };
    let because = words::because(&kept(said), language);
    let place = village(said, english);
    match because.is_empty() {
        true => format!("{who} {place}."),
        false => format!("{who} {place}: {because}."),
    }
}

/// What to do about it.
pub(crate) fn advice(language: &str) -> &'static str {
    match language {
        "en" => {
            "Ask the kecamatan or the district, who see both villages. If the family rightly belongs there, propose it for \
             removal here, recorded twice. If it is somebody else, say so with the reason: it is not asked again."
        }
        _ => {
            "Tanyakan kepada kecamatan atau kabupaten, yang melihat kedua desa. Bila keluarga ini memang warga di sana, \
             usulkan keluar dari daftar di sini dengan alasan terdata dua kali. Bila ternyata orang lain, nyatakan \
             dengan alasannya: tidak ditanyakan lagi."
        }
    }
}

/// Where it stands. What was decided as one person waits here only while somebody here still has to be struck out.
fn state(
    own: Place,
    there: Place,
    standing: &Standing,
    gone: &BTreeMap<Place, Place>,
) -> PairState {
    let found = standing.state(own, there, |place| gone.contains_key(&place));
    let last = standing.last(own, there, false);
    let goes = last.and_then(|decided| decided.goes());
    match (found, goes) {
        (PairState::Unfinished, Some((goes, _))) if goes == there => PairState::Same,
        _ => found,
    }
}

impl Device {
    /// What a finding says, in one sentence for each place; where somebody decided that it is none, nothing.
    pub(crate) fn sentences_elsewhere(&self, row: &FindingRow) -> Result<Vec<String>, AppError> {
        let standing = self.pairs_standing()?;
        let own = Place {
            household: row.household,
            member: row.member,
        };
        let open = |said: &Elsewhere| {
            let last = standing.last(own, other(said), false);
            last.is_none_or(|decided| decided.verdict == PairVerdict::Same)
        };
        let all = detail(row).elsewhere.into_iter().filter(open);
        Ok(all.map(|said| sentence(&said, &self.language)).collect())
    }

    /// What the district says of persons here, but for pairs that are known. Where both villages are on the device it is a
    /// pair like any other.
    pub(super) fn told_elsewhere(
        &self,
        standing: &Standing,
        gone: &BTreeMap<Place, Place>,
        known: &mut BTreeSet<Pair>,
        refused: &BTreeSet<Pair>,
    ) -> Result<Vec<Entry>, AppError> {
        let mut all = Vec::new();
        if !self.role().sees_findings() {
            return Ok(all);
        }
        let mut lines = Lines::default();
        for row in self.store.findings_elsewhere()? {
            let own = Place {
                household: row.household,
                member: row.member,
            };
            let Some(here) = self.present(own, gone, &mut lines)? else {
                continue;
            };
            for said in detail(&row).elsewhere {
                let there = other(&said);
                let about = pair(own, there, false);
                if there == own || !known.insert(about) {
                    continue;
                }
                let probability = f64::from(said.at_least) / 100.0;
                let id = lawang_records::pair_id(
                    (own.household, own.member),
                    (there.household, there.member),
                    PairAbout::Persons,
                );
                let refused = refused.contains(&about);
                let held = self
                    .store
                    .member_at(there.household, there.member)?
                    .is_some();
                let (left, right, kind, state, elsewhere) = if held {
                    let Some(second) = self.present(there, gone, &mut lines)? else {
                        continue;
                    };
                    let (left, right) = match own <= there {
                        true => (here.clone(), second),
                        false => (second, here.clone()),
                    };
                    let kind = match said.at_least {
                        0 => SuspicionKind::SharedNik,
                        _ => SuspicionKind::TwoVillages,
                    };
                    let state = standing.state(own, there, |place| gone.contains_key(&place));
                    (left, right, kind, state, None)
                } else {
                    let state = state(own, there, standing, gone);
                    let kind = SuspicionKind::RegisteredElsewhere;
                    (here.clone(), here.clone(), kind, state, Some(said.clone()))
                };
                all.push(Entry {
                    id,
                    kind,
                    state,
                    left,
                    right,
                    probability,
                    reasons: kept(&said),
                    refused,
                    elsewhere,
                });
            }
        }
        Ok(all)
    }

    /// Where a person stands who is known here and not struck out.
    fn present(
        &self,
        place: Place,
        gone: &BTreeMap<Place, Place>,
        lines: &mut Lines,
    ) -> Result<Option<MemberAt>, AppError> {
        if gone.contains_key(&place) {
            return Ok(None);
        }
        let Some(at) = self.store.member_at(place.household, place.member)? else {
            return Ok(None);
        };
        let there = self.line(at.row, lines)?.person(place.member);
        Ok(there
            .is_some_and(|person| person.gone.is_empty())
            .then_some(at))
    }
}
