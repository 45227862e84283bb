//! The first change of a document: a pure function of the register's row.

use crate::{KEY_OF, Record, RecordError, Row};
use automerge::{
    ActorId, Automerge, ObjType, ROOT, transaction::CommitOptions, transaction::Transactable,
};
use lawang_domain::{DocumentKind, HouseholdId};

/// The actor that speaks for the register: first changes, and updates by a newer prelist.
pub const REGISTER_ACTOR: &[u8] = b"register";

impl Record {
    /// The document with nothing but its first change. Equal rows give equal documents, hash for hash:
    /// fixed actor, time zero, operations in the order of the row's ordered maps.
    pub fn genesis(row: &Row) -> Result<Self, RecordError> {
        let mut doc = Automerge::new().with_actor(ActorId::from(REGISTER_ACTOR));
        let mut tx = doc.transaction();
        tx.put(ROOT, "v", "1")?;
        let answers = tx.put_object(ROOT, "answers", ObjType::Map)?;
        let instances = tx.put_object(ROOT, "instances", ObjType::Map)?;
        for (key, value) in &row.answers {
            tx.put(&answers, key.as_str(), value.as_str())?;
        }
        for instance in &row.instances {
            let map = tx.put_object(&instances, instance.id.to_string(), ObjType::Map)?;
            tx.put(&map, KEY_OF, instance.of.as_str())?;
            for (key, value) in &instance.fields {
                tx.put(&map, key.as_str(), value.as_str())?;
            }
        }
        tx.commit_with(CommitOptions::default().with_time(0));
        Ok(Self::from_doc(doc))
    }

    /// The first change of a record's verification or administration: it follows from the record's id and the
    /// kind alone, so its hash is another one for each document. Of [`DocumentKind::FieldAnswers`] there is
    /// no such document; [`Record::genesis`] makes it.
    pub fn genesis_of(household: HouseholdId, kind: DocumentKind) -> Result<Self, RecordError> {
        let mut doc = Automerge::new().with_actor(ActorId::from(REGISTER_ACTOR));
        let mut tx = doc.transaction();
        tx.put(ROOT, "v", "1")?;
        tx.put(ROOT, "kind", kind.as_str())?;
        tx.put(ROOT, "record", household.to_string())?;
        tx.put_object(ROOT, "answers", ObjType::Map)?;
        tx.put_object(ROOT, "instances", ObjType::Map)?;
        tx.commit_with(CommitOptions::default().with_time(0));
        Ok(Self::from_doc(doc))
    }
}
