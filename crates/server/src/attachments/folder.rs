//! Attachments on the disk. Bytes that arrive are appended to a part; a whole one was checked, then renamed, so that a
//! name without `.part` is always whole.

use super::{Attachments, Hash, Kept, MAX_PHOTO, file_name, hash_of};
use crate::error::Result;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

const PART: &str = ".part";

pub(crate) struct Folder(PathBuf);

/// A file that is not there is nothing, any other trouble stays one.
fn there<T>(found: io::Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let Some(file) = there(File::open(path))? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    file.take(MAX_PHOTO + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn whole(&self, hash: &Hash) -> PathBuf {
        self.0.join(file_name(hash))
    }

    fn unfinished(&self, hash: &Hash) -> PathBuf {
        self.0.join(file_name(hash) + PART)
    }
}

impl Attachments for Folder {
    fn have(&self, hash: &Hash) -> Result<u64> {
        let found = there(fs::metadata(self.unfinished(hash)))?;
        Ok(found.map_or(0, |found| found.len()))
    }

    fn append(&self, hash: &Hash, _at: u64, bytes: &[u8]) -> Result<()> {
        let path = self.unfinished(hash);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        Ok(())
    }

    fn part(&self, hash: &Hash) -> Result<Vec<u8>> {
        Ok(read(&self.unfinished(hash))?.unwrap_or_default())
    }

    fn finish(&self, hash: &Hash, bytes: &[u8], kept: usize) -> Result<()> {
        let mut kept = kept;
        if self.have(hash)? != kept as u64 {
            self.remove_part(hash)?;
            kept = 0;
        }
        let rest = bytes.get(kept..).unwrap_or_default();
        if !rest.is_empty() {
            self.append(hash, kept as u64, rest)?;
        }
        let path = self.whole(hash);
        fs::rename(self.unfinished(hash), &path)?;
        #[cfg(unix)]
        for folder in [path.parent(), Some(self.0.as_path())]
            .into_iter()
            .flatten()
        {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn remove_part(&self, hash: &Hash) -> Result<()> {
        there(fs::remove_file(self.unfinished(hash))).map(|_| ())
    }

    fn remove_whole(&self, hash: &Hash) -> Result<()> {
        there(fs::remove_file(self.whole(hash))).map(|_| ())
    }

    fn len(&self, hash: &Hash) -> Result<Option<u64>> {
        Ok(there(fs::metadata(self.whole(hash)))?.map(|found| found.len()))
    }

    fn read(&self, hash: &Hash) -> Result<Option<Vec<u8>>> {
        read(&self.whole(hash))
    }

    fn list(&self, each: &mut dyn FnMut(Kept)) -> Result<()> {
        let Some(folders) = there(fs::read_dir(&self.0))? else {
            return Ok(());
        };
        for folder in folders {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let (start, rest) = (folder.file_name(), file.file_name());
                let name = format!("{}/{}", start.to_string_lossy(), rest.to_string_lossy());
                let whole = !name.ends_with(PART);
                let Some(hash) = hash_of(name.strip_suffix(PART).unwrap_or(&name)) else {
                    continue;
                };
                // One that went away meanwhile is not there.
                if let Some(found) = there(file.metadata())? {
                    each(Kept {
                        hash,
                        len: found.len(),
                        whole,
                    });
                }
            }
        }
        Ok(())
    }
}
