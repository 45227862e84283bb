//! A record that comes to a device with its move: what was said of it before is older than what the device asks for, or
//! would come before the word that brings the record. It comes along with the word, and in one piece.

use super::bases;
use crate::{
    devices::Device,
    erase,
    error::{Result, ServerError},
    household::int,
    pull::Line,
    store::{Tx, params},
};
use lawang_domain::HouseholdId;
use lawang_sync::{KIND_BASE, NewBase, decode};
use std::collections::HashMap;
use uuid::Uuid;

/// Records that words after a cursor bring to a device, each with the number of the newest such word.
pub(crate) struct Arrivals(HashMap<[u8; 16], i64>);

impl Arrivals {
    /// What comes to the device after the cursor. Whoever has both villages has the record already.
    pub(crate) fn after(tx: &Tx<'_>, device: &Device, cursor: u64) -> Result<Self> {
        let mut all = HashMap::new();
        let any: bool = tx.one("SELECT EXISTS (SELECT 1 FROM moved)", params![], |r| {
            r.get(0)
        })?;
        if !any {
            return Ok(Self(all));
        }
        for village in &device.villages {
            let words: Vec<(i64, [u8; 16], Vec<u8>)> = tx.query(
                "SELECT seq, household, body FROM change_log
                 WHERE village = ?1 AND seq > ?2 AND kind = ?3 ORDER BY seq",
                params![village.to_string(), int(cursor), u32::from(KIND_BASE)],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )?;
            for (seq, household, body) in words {
                let base: NewBase = decode(&body).ok_or_else(damaged)?;
                let comes = base.moved.is_some_and(|moved| {
                    !moved.leaves && device.covers(&moved.to) && !device.covers(&moved.from)
                });
                if comes {
                    all.insert(household, seq);
                }
            }
        }
        Ok(Self(all))
    }

    /// Whether the line comes along with a later word instead of at its own place. Words about moves do not.
    pub(crate) fn holds_back(&self, line: &Line, base: Option<&NewBase>) -> bool {
        let word = self.0.get(&line.household);
        word.is_some_and(|word| line.seq < *word) && base.is_none_or(|base| base.moved.is_none())
    }

    /// With a word that a record leaves, for a device that loses it: its newest beginning before that, if the device has
    /// not heard of it. Work that waits for it here goes on from there.
    pub(crate) fn farewell(
        tx: &Tx<'_>,
        device: &Device,
        word: &Line,
        base: &NewBase,
        cursor: u64,
    ) -> Result<Option<Line>> {
        let loses = base
            .moved
            .as_ref()
            .is_some_and(|m| m.leaves && device.covers(&m.from) && !device.covers(&m.to));
        if !loses {
            return Ok(None);
        }
        let said = bases(tx, HouseholdId(Uuid::from_bytes(word.household)))?;
        let before = said
            .into_iter()
            .rev()
            .find(|(seq, base)| base.moved.is_none() && *seq < word.seq && *seq > int(cursor));
        let Some((seq, base)) = before else {
            return Ok(None);
        };
        let mut line = tx.one(
            "SELECT seq, household, body, device, person, role, kind FROM change_log WHERE seq = ?1",
            params![seq],
            Line::read,
        )?;
        line.place = (word.seq, 0);
        line.change = erase::with_row(tx, device, &line.household, base)?;
        Ok(Some(line))
    }

    /// What comes along with a line, if it is such a word: the record's newest beginning, when that is none of the lines
    /// before the word, and all those lines.
    pub(crate) fn with(
        &self,
        tx: &Tx<'_>,
        device: &Device,
        word: &Line,
        live: &str,
    ) -> Result<Vec<Line>> {
        if self.0.get(&word.household) != Some(&word.seq) {
            return Ok(Vec::new());
        }
        let id = HouseholdId(Uuid::from_bytes(word.household));
        let village: String = tx.one(
            "SELECT village FROM household WHERE id = ?1",
            params![id.as_bytes()],
            |r| r.get(0),
        )?;
        // It went on to a village that is not the device's.
        if !device.covers(&village) {
            return Ok(Vec::new());
        }
        let said = bases(tx, id)?;
        let newest = said.iter().rev().find(|(_, base)| base.moved.is_none());
        let newest = newest.map_or(0, |(seq, _)| *seq);
        let mut lines = Vec::new();
        tx.each(
            &format!(
                "SELECT seq, household, body, device, person, role, kind FROM change_log
                 WHERE household = ?1 AND village = ?2 AND (seq < ?3 OR seq = ?4) {live} ORDER BY seq"
            ),
            params![word.household, village, word.seq, newest],
            |r| {
                lines.push(Line::read(r)?);
                Ok(())
            },
        )?;
        let mut along = Vec::with_capacity(lines.len());
        for line in lines {
            // Records begin anew first, so that nothing is written on what is no more.
            let place = (
                word.seq,
                match line.seq == newest {
                    true if newest < word.seq => 0,
                    true => 2,
                    false => 3,
                },
            );
            if line.kind != KIND_BASE {
                along.push(Line { place, ..line });
                continue;
            }
            let base: NewBase = decode(&line.change).ok_or_else(damaged)?;
            if base.moved.is_none() {
                let change = erase::with_row(tx, device, &line.household, base)?;
                along.push(Line {
                    place,
                    change,
                    ..line
                });
            }
        }
        Ok(along)
    }
}

fn damaged() -> ServerError {
    ServerError::Damaged("a new base".into())
}

impl Line {
    /// The word about a beginning or a move that the line is.
    pub(crate) fn base(&self) -> Result<Option<NewBase>> {
        match self.kind == KIND_BASE {
            true => decode(&self.change).map(Some).ok_or_else(damaged),
            false => Ok(None),
        }
    }
}
