//! Attachments in memory: for simulations and tests, and for commands on a database that concern none.

use super::{Attachments, Hash, Kept};
use crate::{error::Result, store::lock};
use std::{collections::BTreeMap, sync::Mutex};

/// By hash, and whether it is a part.
#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<(Hash, bool), Vec<u8>>>);

impl Memory {
    fn get(&self, hash: &Hash, part: bool) -> Option<Vec<u8>> {
        lock(&self.0).get(&(*hash, part)).cloned()
    }

    fn remove(&self, hash: &Hash, part: bool) {
        lock(&self.0).remove(&(*hash, part));
    }
}

impl Attachments for Memory {
    fn have(&self, hash: &Hash) -> Result<u64> {
        Ok(lock(&self.0)
            .get(&(*hash, true))
            .map_or(0, |bytes| bytes.len() as u64))
    }

    fn append(&self, hash: &Hash, _at: u64, bytes: &[u8]) -> Result<()> {
        let mut all = lock(&self.0);
        all.entry((*hash, true))
            .or_default()
            .extend_from_slice(bytes);
        Ok(())
    }

    fn part(&self, hash: &Hash) -> Result<Vec<u8>> {
        Ok(self.get(hash, true).unwrap_or_default())
    }

    fn finish(&self, hash: &Hash, bytes: &[u8], _kept: usize) -> Result<()> {
        let mut all = lock(&self.0);
        all.remove(&(*hash, true));
        all.insert((*hash, false), bytes.to_vec());
        Ok(())
    }

    fn remove_part(&self, hash: &Hash) -> Result<()> {
        self.remove(hash, true);
        Ok(())
    }

    fn remove_whole(&self, hash: &Hash) -> Result<()> {
        self.remove(hash, false);
        Ok(())
    }

    fn len(&self, hash: &Hash) -> Result<Option<u64>> {
        let all = lock(&self.0);
        Ok(all.get(&(*hash, false)).map(|bytes| bytes.len() as u64))
    }

    fn read(&self, hash: &Hash) -> Result<Option<Vec<u8>>> {
        Ok(self.get(hash, false))
    }

    fn list(&self, each: &mut dyn FnMut(Kept)) -> Result<()> {
        for ((hash, part), bytes) in &*lock(&self.0) {
            each(Kept {
                hash: *hash,
                len: bytes.len() as u64,
                whole: !part,
            });
        }
        Ok(())
    }
}
