//! Faults that a simulation asks for: a process that dies at a write, a disk that is full.

use super::lock;
use crate::error::{Result, ServerError};
use std::sync::Mutex;

/// What goes wrong at a write, and when. For simulations and tests only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// After so many more transactions that write, the process dies before the next one is on disk.
    CrashBefore(u32),
    /// The same, when that transaction is on disk and nobody was told.
    CrashAfter(u32),
    /// The database can grow no more, as on a full disk.
    Full,
}

#[derive(Default)]
struct Planned {
    next: Option<Fault>,
    dead: bool,
}

/// What is planned for one store; nothing, but in a simulation.
#[derive(Default)]
pub(super) struct Faults(Mutex<Planned>);

/// Where the process of this write dies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dies {
    Never,
    Before,
    After,
}

fn dead() -> ServerError {
    ServerError::refused("crash", "the process died here")
}

impl Faults {
    pub(super) fn plan(&self, fault: Option<Fault>) {
        lock(&self.0).next = fault;
    }

    pub(super) fn is_dead(&self) -> bool {
        lock(&self.0).dead
    }

    /// Nothing happens any more in a process that died.
    pub(super) fn alive(&self) -> Result<()> {
        if self.is_dead() { Err(dead()) } else { Ok(()) }
    }

    /// What becomes of the write that begins now.
    pub(super) fn next(&self) -> Result<Dies> {
        self.alive()?;
        let mut planned = lock(&self.0);
        let (left, dies) = match &mut planned.next {
            Some(Fault::CrashBefore(left)) => (left, Dies::Before),
            Some(Fault::CrashAfter(left)) => (left, Dies::After),
            Some(Fault::Full) | None => return Ok(Dies::Never),
        };
        if *left > 0 {
            *left -= 1;
            return Ok(Dies::Never);
        }
        Ok(dies)
    }

    /// Dies, if this is where.
    pub(super) fn reached(&self, here: Dies, planned: Dies) -> Result<()> {
        if here != planned {
            return Ok(());
        }
        lock(&self.0).dead = true;
        Err(dead())
    }
}
