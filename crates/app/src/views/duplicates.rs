//! Who may stand in the register twice: pairs with their reasons, decisions about them, and a look while somebody types.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a suspicion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SuspicionKind {
    /// One person twice in one household: a slip at entry.
    WithinHousehold,
    /// In two households under one No. KK.
    SameFamilyCard,
    /// In two families of one village: a member counted in two family cards.
    TwoFamilies,
    /// In two villages of one district.
    TwoVillages,
    /// In two districts.
    TwoDistricts,
    /// Two persons who do not look alike hold one NIK.
    SharedNik,
    /// Husband and wife each receive aid that is meant for families.
    CoupleAidedApart,
    /// Somebody who died still receives. About one person: the other side is empty.
    DeadReceiving,
    /// Husband and wife each stand on a list of aid that a family gets once.
    CoupleOnLists,
    /// Somebody who died, by the record or the civil registry, still stands on a list. About one person.
    DeadOnList,
    /// May also stand in a village that is not on this device, by the district. About one person: the other side is empty.
    RegisteredElsewhere,
}

/// Where a suspicion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PairState {
    /// Nobody has decided.
    Open,
    /// Decisions contradict each other, directly or through a chain: somebody has to decide again.
    Disputed,
    /// Decided as one person, but the one who goes is not struck out (yet), or was taken back in: decide again.
    Unfinished,
    /// One person; one of the two is struck out.
    Same,
    /// One person who belongs to both families.
    TwoFamilies,
    /// Two persons, or in order: never asked again.
    Different,
}

/// What a person says about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PairVerdict {
    /// One person: one record stays, the other is struck out.
    Same,
    /// One person who is rightly in both families; nothing is struck out.
    TwoFamilies,
    /// Two persons; for findings about one household: everything is in order.
    Different,
}

/// What part of the suspicions to show.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
pub struct DuplicatesQuery {
    /// Also what was decided and needs nobody any more.
    pub all: bool,
    pub village: Option<String>,
    /// Only those with a person of this household.
    pub household: Option<String>,
    /// Empty: all.
    pub kinds: Vec<SuspicionKind>,
    /// Part of a name.
    pub search: String,
    pub offset: u32,
    /// At most 200; 0 is 50.
    pub limit: u32,
}

/// A part of the suspicions, what needs a person first, then the likeliest.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Duplicates {
    /// How many match.
    pub total: u32,
    pub rows: Vec<PairRow>,
    /// What waits for a person, by kind; the filter does not change it.
    pub waiting: Vec<KindCount>,
    /// NIKs that so many hold that listing every pair would help nobody.
    pub clusters: Vec<NikCluster>,
    /// Persons looked at so far, of all on this device. Less than all: the search goes on in the background.
    pub looked: u32,
    pub persons: u32,
    /// Why this person may not decide, in words; empty when they may.
    pub closed: String,
}

/// How many wait.
#[derive(Debug, Clone, Serialize, TS)]
pub struct KindCount {
    pub kind: SuspicionKind,
    /// In words.
    pub words: String,
    pub pairs: u32,
}

/// Many rows with one NIK.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NikCluster {
    /// Masked.
    pub nik: String,
    pub persons: u32,
    /// The first of them, at most 20.
    pub some: Vec<PersonLine>,
}

/// A suspicion in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PairRow {
    /// The same on every device.
    pub id: String,
    pub kind: SuspicionKind,
    /// The kind in words, e.g. `tercatat di dua keluarga dalam satu desa`.
    pub words: String,
    pub state: PairState,
    /// That they are one person, in percent, 0 to 100.
    pub percent: u32,
    pub left: PersonLine,
    /// Empty ids where the suspicion is about one person.
    pub right: PersonLine,
    /// The strongest reasons in a few words, e.g. `NIK sama, nama ejaan lain`.
    pub because: String,
    /// Who decided last; empty when nobody has.
    pub author: String,
    /// UTC, RFC 3339, of that decision.
    pub at: String,
    /// This person's own decision about it was refused by the server.
    pub refused: bool,
}

/// A person in short.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct PersonLine {
    pub household: String,
    pub member: String,
    pub name: String,
    /// Masked; empty when there is none.
    pub nik: String,
    /// ISO; may be empty.
    pub birth_date: String,
    /// Head of the household.
    pub head: String,
    pub address: String,
    pub rt: String,
    pub rw: String,
    pub village_name: String,
    /// Struck out as a duplicate.
    pub gone: bool,
}

/// Names one pair.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PairRequest {
    pub pair: String,
}

/// Two persons side by side.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PairView {
    pub row: PairRow,
    /// Stands for exactly what is shown: goes back with a decision, so that nobody decides on what they did not see.
    pub seen: String,
    /// The members' answers in the order of the questionnaire, then those of their households; answers that
    /// both lack are left out.
    pub fields: Vec<PairField>,
    /// The strongest first.
    pub reasons: Vec<PairReason>,
    /// The newest first.
    pub decisions: Vec<PairDecision>,
    /// Where decisions contradict each other: the pairs of the chain, any of which may be decided anew.
    pub chain: Vec<PairRow>,
    /// Verdicts that fit. Empty when this person may not decide.
    pub verdicts: Vec<PairVerdict>,
    /// Which record the core proposes to keep: 1 left, 2 right.
    pub keep: u8,
    /// Why this person may not decide, in words; empty when they may.
    pub closed: String,
    /// What this person decided here and the server refused, until it is taken back or decided again.
    pub refused: Option<RefusedDecision>,
    /// What to do about it, in words; empty where the choice of verdicts says it all.
    pub advice: String,
}

/// A decision of this device that the server refused.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RefusedDecision {
    /// To take it back: discarding this proposal.
    pub proposal: String,
    /// The pair, to decide again.
    pub pair: String,
    /// The two, or the one, that it is about; only those who are here.
    pub people: Vec<PersonLine>,
    /// The verdict in words.
    pub title: String,
    /// Head of the household whose record was to stay; empty where none goes.
    pub keeps: String,
    pub reason: String,
    /// Why the server refused it, in words.
    pub why: String,
    /// UTC, RFC 3339.
    pub at: String,
    /// It counts all the same, because one of the two households has it: only deciding again changes that.
    pub stands: bool,
    /// What counts about the pair by now, and who decided it; empty: nothing.
    pub now: String,
}

/// One answer of two persons.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PairField {
    /// Name of the question, which [`DecidePairRequest::take`] takes; empty where it cannot be taken over.
    pub field: String,
    pub label: String,
    /// In words; numbers masked.
    pub left: String,
    pub right: String,
    pub differs: bool,
}

/// What one field says about a pair.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PairReason {
    /// `nik`, `name`, `birth_date`, `sex`, `mother`, `no_kk`, `village`, `address`; of findings the programme.
    pub field: String,
    /// The field in words, e.g. `Nama`.
    pub label: String,
    /// Stable word, e.g. `spelling`.
    pub code: String,
    /// In words, e.g. `ejaan lain`.
    pub words: String,
    /// Evidence in bits, positive for one person: 10 are odds of a thousand to one.
    pub bits: f32,
}

/// A decision of the past.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PairDecision {
    pub verdict: PairVerdict,
    /// In words.
    pub title: String,
    pub reason: String,
    /// Which record stays: 1 left, 2 right; 0 where none goes.
    pub keep: u8,
    /// Labels of what was taken from the one that goes.
    pub taken: Vec<String>,
    pub author: String,
    /// Short name of the device.
    pub device: String,
    /// UTC, RFC 3339, by the author's clock.
    pub at: String,
    /// It counts now.
    pub counts: bool,
    /// Refused by the server.
    pub refused: bool,
}

/// Decides about a pair.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct DecidePairRequest {
    pub pair: String,
    /// [`PairView::seen`].
    pub seen: String,
    pub verdict: PairVerdict,
    /// With `same`: which record stays, 1 left, 2 right.
    #[serde(default)]
    pub keep: u8,
    /// With `same`: names of questions whose answer is taken from the one that goes.
    #[serde(default)]
    pub take: Vec<String>,
    /// Why; at least three characters.
    pub reason: String,
}

/// A person as far as typed.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct CheckPersonRequest {
    pub household: String,
    /// The member being entered, who is never a hit; empty for a person who is not a member yet.
    pub member: String,
    /// Answers as far as typed, by question: `name`, `nik`, `birth_date`, `sex`, `mother_maiden_name`. A NIK may be
    /// unfinished from eight digits on, and so may the last word of a name. What is left out is taken from the open visit.
    pub typed: BTreeMap<String, String>,
}

/// Persons of the device who look like the one being typed, the likeliest first, at most five.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PersonCheck {
    pub alike: Vec<Alike>,
    /// The index of persons is being made: ask again in a moment.
    pub preparing: bool,
}

/// Somebody who looks like the one being typed.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Alike {
    pub person: PersonLine,
    /// In percent.
    pub percent: u32,
    /// In the same household.
    pub here: bool,
    /// In words, e.g. `NIK sama, nama ejaan lain`.
    pub because: String,
}
