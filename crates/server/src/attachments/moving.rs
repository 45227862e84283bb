//! Attachments move from the disk to a bucket, back, or to another one, while the server runs; and what is where.
//!
//! Each is copied, read back and compared with its hash. Only when all are there does the database say that they are:
//! from then on a process that began before takes no more. Nothing is deleted unless it is asked for.

use super::{
    Attachments, BucketUrl, Hash, Kept,
    place::{DISK, LEFT, PLACE, left, set},
};
use crate::{
    error::{Result, ServerError},
    household::unsigned,
    server::Server,
    store::params,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What was moved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MovedAttachments {
    /// Where they are now: `disk`, or `s3://BUCKET/PREFIX`.
    pub to: String,
    /// Attachments that were compared there with their hash.
    pub proved: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// How many of them were not there before.
    pub copied: u64,
    /// Attachments that the database names and that were nowhere; hex.
    pub missing: Vec<String>,
    /// Attachments whose bytes are not what their hash says, where they were; hex. They stay there.
    pub damaged: Vec<String>,
    /// Copies that were deleted in the old places.
    pub deleted: u64,
    /// Old places in which copies are still; `--remove` deletes them.
    pub left: Vec<String>,
}

/// What is where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AttachmentsReport {
    /// `disk`, or `s3://BUCKET/PREFIX`.
    pub place: String,
    /// Whole ones that the database names, and that are there.
    pub whole: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Unfinished ones.
    pub unfinished: u64,
    /// Attachments that the database names and that are not there; hex. Devices that have one send it again.
    pub missing: Vec<String>,
    /// Attachments that are not what their hash says; hex. Looked for only when asked.
    pub damaged: Vec<String>,
    /// Files or objects that the database does not name, and pieces of what is whole.
    pub unknown: u64,
    /// How many of them were deleted.
    pub deleted: u64,
    /// Old places in which copies may still be.
    pub left: Vec<String>,
}

fn fits(hash: &Hash, bytes: &[u8]) -> bool {
    Sha256::digest(bytes)[..] == hash[..]
}

/// What reading one back gave.
enum Proof {
    Equal(u64),
    Missing,
    Damaged,
}

/// Reads one and compares it; a damaged object is an answer here, a store that fails is none.
fn prove(place: &dyn Attachments, hash: &Hash) -> Result<(Proof, Vec<u8>)> {
    match place.read(hash) {
        Ok(None) => Ok((Proof::Missing, Vec::new())),
        Ok(Some(bytes)) if fits(hash, &bytes) => Ok((Proof::Equal(bytes.len() as u64), bytes)),
        Ok(Some(_)) => Ok((Proof::Damaged, Vec::new())),
        Err(error) if error.code() == "attachment_damaged" => Ok((Proof::Damaged, Vec::new())),
        Err(error) => Err(error),
    }
}

impl Server {
    /// Hashes of the attachments that the database says are whole.
    fn done(&self) -> Result<BTreeSet<Hash>> {
        self.store.read(|tx| {
            let sql = "SELECT hash FROM photo WHERE done = 1";
            let all: Vec<Hash> = tx.query(sql, params![], |r| r.get(0))?;
            Ok(all.into_iter().collect())
        })
    }

    /// Copies one if it is not there, and proves it.
    fn carry(
        &self,
        hash: &Hash,
        from: &dyn Attachments,
        to: &dyn Attachments,
        report: &mut MovedAttachments,
    ) -> Result<bool> {
        if let (Proof::Equal(len), _) = prove(to, hash)? {
            report.proved += 1;
            report.bytes += len;
            return Ok(true);
        }
        let bytes = match prove(from, hash)? {
            (Proof::Equal(_), bytes) => bytes,
            (Proof::Missing, _) => {
                report.missing.push(hex::encode(hash));
                return Ok(false);
            }
            (Proof::Damaged, _) => {
                report.damaged.push(hex::encode(hash));
                return Ok(false);
            }
        };
        to.finish(hash, &bytes, 0)?;
        match prove(to, hash)? {
            (Proof::Equal(len), _) => {
                report.copied += 1;
                report.proved += 1;
                report.bytes += len;
                Ok(true)
            }
            _ => Err(ServerError::refused(
                "copy_differs",
                format!("{} is not there as it was written", hex::encode(hash)),
            )
            .hint("nothing was moved; the district goes on as it was")),
        }
    }

    /// Moves all attachments to a bucket, or to the disk where `to` is nothing, also while other processes serve: they
    /// take no attachments any more once it is done, until they are started again. Again carries on what broke off, and
    /// proves all of it. `remove`: also deletes the copies in the old places, each only if it is proved in the new one.
    /// `progress` hears how many are done, and of how many.
    ///
    /// # Errors
    /// As [`Server::settle_attachments`]; `copy_differs`, `no_data_folder`, `not_for_hubs`. Until it succeeds the old place is the one in use.
    pub fn move_attachments(
        &self,
        to: Option<&BucketUrl>,
        remove: bool,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<MovedAttachments> {
        if self.hub().is_some() {
            return Err(ServerError::refused(
                "not_for_hubs",
                "a hub keeps attachments on its disk, because it works without internet",
            ));
        }
        let said = to.map(ToString::to_string);
        let name = said.as_deref().unwrap_or(DISK);
        let here = self.photos.said.as_deref().unwrap_or(DISK).to_owned();
        let place = |name: &str| self.photos.named(name);
        let no_folder = || {
            ServerError::refused("no_data_folder", "the disk of a database alone is nowhere")
                .hint("name the folder beside the database: --data DIR")
        };
        let target = place(name)?.ok_or_else(no_folder)?;
        target.check(&self.id, &self.entropy.uuid()?)?;
        let mut report = MovedAttachments {
            to: name.to_owned(),
            ..MovedAttachments::default()
        };
        let mut proved: BTreeSet<Hash> = BTreeSet::new();
        loop {
            let waiting: Vec<Hash> = self.done()?.difference(&proved).copied().collect();
            let all = (proved.len() + waiting.len()) as u64;
            report.missing.clear();
            report.damaged.clear();
            let mut tried: BTreeSet<Hash> = proved.clone();
            for hash in waiting {
                tried.insert(hash);
                if self.carry(&hash, self.photos.place(), &*target, &mut report)? {
                    proved.insert(hash);
                }
                progress(tried.len() as u64, all);
            }
            // What came in meanwhile is copied before the database says so; the last look is in the transaction that does.
            let moved = self.store.write(|tx| {
                super::place::still_here(tx, self.photos.said.as_deref())?;
                let sql = "SELECT hash FROM photo WHERE done = 1";
                let now: Vec<Hash> = tx.query(sql, params![], |r| r.get(0))?;
                if now.iter().any(|hash| !tried.contains(hash)) {
                    return Ok(false);
                }
                if here != name {
                    let mut old = left(tx)?;
                    old.retain(|line| line != name && *line != here);
                    old.push(here.clone());
                    set(tx, LEFT, Some(&old.join("\n")))?;
                    set(tx, PLACE, said.as_deref())?;
                }
                Ok(true)
            })?;
            if moved {
                break;
            }
        }
        // What was erased meanwhile goes here too. An erasure that begins with the old place from now on is refused.
        let done = self.done()?;
        for hash in proved.iter().filter(|hash| !done.contains(*hash)) {
            target.remove_whole(hash)?;
        }
        report.left = self.store.read(left)?;
        if remove {
            for name in std::mem::take(&mut report.left) {
                let old = place(&name)?.ok_or_else(no_folder)?;
                report.deleted += self.empty(&*old, &proved, &mut report.left, &name)?;
            }
            let left = report.left.join("\n");
            self.store
                .write(|tx| set(tx, LEFT, (!left.is_empty()).then_some(&left)))?;
        }
        Ok(report)
    }

    /// Deletes what is in an old place and proved in the new one, and what nobody needs. What the database names and the
    /// new place does not have stays, and the place is named in `left`.
    fn empty(
        &self,
        old: &dyn Attachments,
        proved: &BTreeSet<Hash>,
        left: &mut Vec<String>,
        name: &str,
    ) -> Result<u64> {
        let mut found: BTreeSet<Kept> = BTreeSet::new();
        old.list(&mut |kept| {
            found.insert(kept);
        })?;
        let done = self.done()?;
        let mut deleted = 0;
        let mut stays = false;
        for kept in found {
            if kept.whole && done.contains(&kept.hash) && !proved.contains(&kept.hash) {
                stays = true;
            } else if kept.whole {
                old.remove_whole(&kept.hash)?;
                deleted += 1;
            } else {
                old.remove_part(&kept.hash)?;
            }
        }
        if stays {
            left.push(name.to_owned());
        }
        Ok(deleted)
    }

    /// What is where; `verify` reads every one and compares it with its hash, `remove_unknown` deletes what the database
    /// does not name.
    pub fn attachments(&self, verify: bool, remove_unknown: bool) -> Result<AttachmentsReport> {
        // Before the database is asked: an attachment is named there before its first byte is kept.
        let mut whole: BTreeMap<Hash, u64> = BTreeMap::new();
        let mut parts: BTreeSet<Hash> = BTreeSet::new();
        self.photos.place().list(&mut |kept| {
            if kept.whole {
                whole.insert(kept.hash, kept.len);
            } else {
                parts.insert(kept.hash);
            }
        })?;
        let named: BTreeMap<Hash, u64> = self.store.read(|tx| {
            let sql = "SELECT hash, done FROM photo";
            let all: Vec<(Hash, u64)> =
                tx.query(sql, params![], |r| Ok((r.get(0)?, unsigned(r.get(1)?))))?;
            Ok(all.into_iter().collect())
        })?;
        let mut report = AttachmentsReport {
            place: self.photos.said.as_deref().unwrap_or(DISK).to_owned(),
            left: self.store.read(left)?,
            ..AttachmentsReport::default()
        };
        for hash in self.done()? {
            match whole.get(&hash) {
                Some(len) => {
                    report.whole += 1;
                    report.bytes += len;
                    if verify && matches!(prove(self.photos.place(), &hash)?.0, Proof::Damaged) {
                        report.damaged.push(hex::encode(hash));
                    }
                }
                // It came after the list was read, or it is gone.
                None if self.photos.is_whole(&hash)? => report.whole += 1,
                None => report.missing.push(hex::encode(hash)),
            }
        }
        for hash in whole.keys().filter(|hash| !named.contains_key(*hash)) {
            report.unknown += 1;
            if remove_unknown {
                self.photos.place().remove_whole(hash)?;
                report.deleted += 1;
            }
        }
        for hash in parts {
            match named.get(&hash) {
                Some(0) => report.unfinished += 1,
                _ => {
                    report.unknown += 1;
                    if remove_unknown {
                        self.photos.place().remove_part(&hash)?;
                        report.deleted += 1;
                    }
                }
            }
        }
        Ok(report)
    }
}
