//! Writing at heads that the document has left behind.

use crate::{
    Heads, NewChange, Record, RecordError, Write,
    change::{concurrent_actor, parse},
};
use automerge::ChangeHash;

impl Record {
    /// Writes where the author was, though the document has gone on: in a copy that ends there. Else the numbers of the
    /// operations would follow those of changes that the author never saw, and whoever does not have these takes the
    /// change for one that jumps ahead.
    pub(crate) fn write_behind(
        &mut self,
        at: &[ChangeHash],
        actor: &[u8],
        time: i64,
        writes: &[Write],
    ) -> Result<Option<NewChange>, RecordError> {
        let mut behind = Self::from_doc(self.doc.fork_at(at)?);
        // An actor that has said more elsewhere goes on under a name that automerge derives from it.
        let mut level = 0;
        let mut name = actor.to_vec();
        while self.said_by(&name) > behind.said_by(&name) {
            level += 1;
            name = concurrent_actor(actor, level);
        }
        let heads: Heads = behind.heads();
        let made = behind.write(&heads, &name, time, writes)?;
        if let Some(made) = &made {
            let change = parse(&made.bytes).map_err(|e| RecordError::Damaged(e.to_string()))?;
            self.doc.apply_changes([change])?;
        }
        Ok(made)
    }

    /// How many changes an actor made.
    fn said_by(&self, actor: &[u8]) -> usize {
        let changes = self.doc.get_changes(&[]);
        changes
            .iter()
            .filter(|change| change.actor_id().to_bytes() == actor)
            .count()
    }
}
