//! One Automerge document per household; the only crate that knows automerge.
//!
//! A document's root holds two maps that its first change makes: `answers`, and `instances`, in which
//! every instance of every repeat (members, visits, settlements) stands under its own UUID and says in
//! `_of` which repeat it belongs to. Values are scalar strings: texts would merge into garbage.
//! Nothing is ever deleted; an instance is struck out by `_status`.
//!
//! The first change is a pure function of the register's [`Row`], so that two devices which never met
//! build the very same document and their edits merge.

mod behind;
mod change;
mod derive;
mod entities;
mod evidence;
mod genesis;
mod leb;
mod own;
mod pack;
mod page;
mod pairs;
mod record;
mod restriction;
mod review;
mod row;
mod said;
mod state;
mod touch;

pub use change::{ChangeError, ChangeInfo, MAX_CHANGE, Touch, belongs_to, inspect};
pub use derive::{derived_id, timed_id};
pub use entities::{
    Entities, Entity, EntityAction, EntityOp, EntityProblem, entity_id, entity_ops, normal_id,
    project, write_entity,
};
pub use evidence::{
    Evidence, MOST_EVIDENCE, evidence_of, open_removals, proposed_evidence, removals_differ,
    shows_evidence,
};
pub use genesis::REGISTER_ACTOR;
pub use own::Excused;
pub use pack::{Held, Known, Leaving, Names, Naming, PackedChanges, UnpackError, pack};
pub use page::{pack_page, unpack_page};
pub use pairs::{PairAbout, PairEvent, pair_events, pair_id};
pub use record::{ApplyError, NewChange, Record, RecordError, Write};
pub use restriction::{Restriction, Restrictions, concerns, restrictions, stands_in};
pub use review::{
    NewEvent, Review, ReviewedAs, decisions, last_decided, maker, next_step, review, review_at,
    submission, write_event,
};
pub use row::{Row, RowError, RowInstance};
pub use said::{BESIDE_ACTOR, KEY_SAID, Said, Source, UNKNOWN, source};
pub use state::{State, Value};

/// SHA-256 of a change, as automerge computes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in &self.0[..6] {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl From<automerge::ChangeHash> for Hash {
    fn from(hash: automerge::ChangeHash) -> Self {
        Self(hash.0)
    }
}

/// Heads of a document, ascending.
pub type Heads = Vec<Hash>;

/// The instance's repeat.
pub const KEY_OF: &str = "_of";
/// Position among its siblings: four digits from the register, a time in milliseconds for later ones.
pub const KEY_ORDER: &str = "_order";
/// `removed` when a person was entered by mistake; empty or absent otherwise.
pub const KEY_STATUS: &str = "_status";
/// Id of the instance around an instance of a nested repeat.
pub const KEY_PARENT: &str = "_parent";
/// In a record that is no household of the register: the questionnaire that it answers. It stands in the row
/// and never changes.
pub const KEY_FORM: &str = "_form";
/// The repeat that holds visits.
pub const VISITS: &str = "visits";
/// The repeat that holds settled conflicts.
pub const SETTLEMENTS: &str = "settlements";
/// The repeat that holds what finished visits made or changed in lists of entities.
pub const ENTITIES: &str = "entity_changes";

/// Whether a repeat is a record's own bookkeeping, not a questionnaire's.
pub fn is_bookkeeping(repeat: &str) -> bool {
    matches!(repeat, VISITS | SETTLEMENTS | ENTITIES)
}

#[cfg(test)]
mod pack_tests;
#[cfg(test)]
mod tests;
