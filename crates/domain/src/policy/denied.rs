//! Why something may not be done: a stable code, and words in both languages.

use super::{DocumentKind, RecordState};
use crate::{Message, Role, VillageCode};

/// Why something may not be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denied {
    /// The role does not write this kind of document.
    #[error("the role {0} may not write {kind}", kind = .1.as_str())]
    Role(Role, DocumentKind),
    /// The role does it, but not in this village.
    #[error("village {0} is not assigned")]
    Village(VillageCode),
    /// The record stands in a state in which its answers are closed.
    #[error("the record is closed: {0}")]
    State(RecordState),
    /// Only the register gives this.
    #[error("only the register gives `{0}`")]
    Register(String),
    /// An instance of this repeat is written once.
    #[error("`{0}` is written once")]
    WrittenOnce(String),
    /// The person was struck out.
    #[error("the member was struck out")]
    Removed,
    /// No program writes this there.
    #[error("`{0}` does not belong there")]
    Shape(String),
    /// The role writes the document, but not this in it.
    #[error("the role {0} may not write {1}")]
    Event(Role, &'static str),
    /// The role does not take this decision.
    #[error("the role {0} may not decide {1}")]
    Decision(Role, RecordState),
    /// The decision is not to be taken in this state.
    #[error("{1} does not follow {0}")]
    Order(RecordState, RecordState),
    /// Decisions contradict each other; only somebody with more authority than this role settles them.
    #[error("decisions contradict each other, and only more authority than {0} settles them")]
    Contested(Role),
    /// Maker and checker are never the same person.
    #[error("maker and checker are the same person")]
    OwnWork,
    /// The data are kept, and nobody works on them, because the person they are about asked for it.
    #[error("processing is restricted on request")]
    Restricted,
}

impl Denied {
    /// All codes that [`Denied::code`] gives.
    pub const CODES: &[&str] = &[
        "role_may_not",
        "not_your_village",
        "record_closed",
        "register_field",
        "written_once",
        "removed_member",
        "not_an_answer",
        "wrong_state",
        "contested",
        "own_work",
        "restricted",
    ];

    /// Stable name for interfaces.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Role(..) | Self::Event(..) | Self::Decision(..) => "role_may_not",
            Self::Village(_) => "not_your_village",
            Self::State(_) => "record_closed",
            Self::Register(_) => "register_field",
            Self::WrittenOnce(_) => "written_once",
            Self::Removed => "removed_member",
            Self::Shape(_) => "not_an_answer",
            Self::Order(..) => "wrong_state",
            Self::Contested(_) => "contested",
            Self::OwnWork => "own_work",
            Self::Restricted => "restricted",
        }
    }

    /// The sentence shown to a person.
    pub fn message(&self) -> Message {
        let (id, en) = match self {
            Self::Role(role, DocumentKind::FieldAnswers) => (
                format!("{} tidak boleh mengisi jawaban kunjungan.", role.title()),
                format!("The role {role} may not answer questions of a visit."),
            ),
            Self::Role(role, _) | Self::Event(role, _) => (
                format!("{} tidak boleh melakukan ini.", role.title()),
                format!("The role {role} may not do this."),
            ),
            Self::Village(village) => (
                format!("Desa {village} bukan wilayah tugas Anda."),
                format!("Village {village} is not one of yours."),
            ),
            Self::State(state) => (
                format!(
                    "Data keluarga ini sudah {}; isian tidak dapat diubah lagi.",
                    state.title()
                ),
                format!(
                    "This record is {}; its answers can no longer be changed.",
                    state.words()
                ),
            ),
            Self::Register(_) => (
                "Isian ini hanya berasal dari data daftar.".into(),
                "Only the register gives this.".into(),
            ),
            Self::WrittenOnce(_) => (
                "Catatan ini tidak dapat diubah setelah ditulis.".into(),
                "This is not changed once it is written.".into(),
            ),
            Self::Removed => (
                "Orang ini sudah dicoret dari keluarga.".into(),
                "This person was struck out of the household.".into(),
            ),
            Self::Shape(_) => (
                "Isian ini tidak dikenal.".into(),
                "This is nothing that can be written here.".into(),
            ),
            Self::Decision(role, state) => (
                format!(
                    "{} tidak boleh menetapkan \"{}\".",
                    role.title(),
                    state.title()
                ),
                format!("The role {role} may not decide \"{}\".", state.words()),
            ),
            Self::Order(from, to) => (
                format!(
                    "Data yang {} belum dapat menjadi \"{}\".",
                    from.title(),
                    to.title()
                ),
                format!(
                    "A record that is {} cannot become \"{}\".",
                    from.words(),
                    to.words()
                ),
            ),
            Self::Contested(by) => (
                format!(
                    "Ada dua keputusan yang bertentangan. Yang menyelesaikannya harus lebih berwenang daripada {}.",
                    by.title()
                ),
                format!("Two decisions contradict each other. Only somebody with more authority than {by} settles that."),
            ),
            Self::OwnWork => (
                "Yang mengisi atau mengubah isian dan yang memeriksa tidak boleh orang yang sama.".into(),
                "Whoever filled a visit in, or changed its answers since, may not be the one who checks it.".into(),
            ),
            Self::Restricted => (
                "Data keluarga ini dibatasi atas permintaan dan untuk sementara tidak boleh diolah.".into(),
                "This family's data are restricted on request and may not be worked on for now.".into(),
            ),
        };
        Message::new(id, en)
    }
}
