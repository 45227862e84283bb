//! Room for what arrives: whoever sends has not proved anything yet, so that all of it together is bounded.

use crate::error::{Result, ServerError};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is taken in steps of so many bytes.
const STEP: usize = 4 * 1024;
/// The first bytes of each message have room of their own: small messages, and pieces, of which no more is ever here at
/// once, get through whatever large ones are on their way.
const FIRST: usize = 192 * 1024;
/// Room for the first bytes of all messages, and for what comes behind them.
const FOR_FIRST: usize = 64 * 1024 * 1024;
const FOR_REST: usize = 128 * 1024 * 1024;

/// What all messages that arrive may take together.
pub(super) struct Room {
    first: Arc<Semaphore>,
    rest: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(FOR_FIRST, FOR_REST)
    }
}

impl Room {
    /// Bytes for the first of each message, and for what comes behind them.
    pub(super) fn of(first: usize, rest: usize) -> Self {
        Self {
            first: Arc::new(Semaphore::new(first / STEP)),
            rest: Arc::new(Semaphore::new(rest / STEP)),
        }
    }
}

/// What one message takes; given back when it is dropped.
#[derive(Default)]
pub(super) struct Taken {
    first: Part,
    rest: Part,
}

#[derive(Default)]
struct Part {
    steps: usize,
    permits: Option<OwnedSemaphorePermit>,
}

impl Part {
    fn grow(&mut self, of: &Arc<Semaphore>, bytes: usize) -> Result<()> {
        let more = bytes.div_ceil(STEP).saturating_sub(self.steps);
        if more == 0 {
            return Ok(());
        }
        let permits = u32::try_from(more)
            .ok()
            .and_then(|more| of.clone().try_acquire_many_owned(more).ok())
            .ok_or_else(|| ServerError::refused("busy", "too much arrives at once; try again"))?;
        match &mut self.permits {
            Some(held) => held.merge(permits),
            none => *none = Some(permits),
        }
        self.steps += more;
        Ok(())
    }
}

impl Taken {
    /// So many bytes of the message are here.
    ///
    /// # Errors
    /// `busy`.
    pub(super) fn grow(&mut self, room: &Room, bytes: usize) -> Result<()> {
        self.first.grow(&room.first, bytes.min(FIRST))?;
        self.rest.grow(&room.rest, bytes.saturating_sub(FIRST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: Result<()>) -> String {
        result.unwrap_err().code().to_owned()
    }

    #[test]
    fn all_that_arrives_shares_one_room_and_gives_it_back_and_small_messages_have_their_own() {
        let room = Room::of(2 * FIRST + STEP, 8 * STEP);
        let (mut one, mut two) = (Taken::default(), Taken::default());
        for bytes in [1, STEP, FIRST, FIRST + 1, FIRST + 5 * STEP] {
            one.grow(&room, bytes).unwrap();
        }
        two.grow(&room, FIRST + 3 * STEP).unwrap();
        assert_eq!(code(two.grow(&room, FIRST + 3 * STEP + 1)), "busy");
        // Whatever large ones took, a small one gets in; then nothing more.
        let mut small = Taken::default();
        small.grow(&room, 300).unwrap();
        assert_eq!(code(Taken::default().grow(&room, 1)), "busy");
        drop(one);
        two.grow(&room, FIRST + 8 * STEP).unwrap();
        drop((two, small));
        Taken::default().grow(&room, 2 * FIRST).unwrap_err();
        Taken::default().grow(&room, FIRST + 8 * STEP).unwrap();
    }
}
