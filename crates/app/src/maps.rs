//! Map files: the land as PMTiles archives, which lie as plain files in the data directory. They hold
//! nothing of the register.

use crate::{app::App, error::AppError, views};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// What every PMTiles archive of the third version begins with (PMTiles specification, "Header").
const MAGIC: &[u8] = b"PMTiles\x03";
const ENDING: &str = ".pmtiles";
/// Behind a file that is still coming.
const PART: &str = ".part";
/// Longest name, in characters.
const MAX_NAME: usize = 80;
/// Most bytes in one reading: a directory or a tile is smaller.
const MAX_READ: u32 = 4 * 1024 * 1024;
/// Room that stays free for answers.
const SPARE: u64 = 64 * 1024 * 1024;

/// The folder of the map files.
struct Maps(PathBuf);

/// A name without a path that ends in `.pmtiles`.
fn checked(name: &str) -> Result<&str, AppError> {
    let plain = name.chars().all(|c| {
        !c.is_control() && !matches!(c, '/' | '\\' | ':' | '"' | '<' | '>' | '|' | '?' | '*')
    });
    let fits = name.len() > ENDING.len()
        && name.to_ascii_lowercase().ends_with(ENDING)
        && name.chars().count() <= MAX_NAME
        && !name.starts_with('.');
    if plain && fits {
        Ok(name)
    } else {
        Err(AppError::new("not_a_map", "not a name of a map file"))
    }
}

fn failed(error: &io::Error) -> AppError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => AppError::new("disk_full", "map file"),
        ErrorKind::NotFound => AppError::new("no_map", "no such map file"),
        kind => AppError::new("map_unreadable", kind.to_string()),
    }
}

fn read_at(path: &Path, offset: u64, length: u32) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Maps {
    fn list(&self) -> Result<Vec<views::MapFile>, AppError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| failed(&e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if checked(&name).is_ok() {
                let bytes = entry.metadata().map_err(|e| failed(&e))?.len();
                files.push(views::MapFile { name, bytes });
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// Takes the bytes from `offset` on; the file is there once it is `total` long. A first piece starts
    /// anew. Gives how much of it is here.
    fn put(&self, name: &str, offset: u64, total: u64, bytes: &[u8]) -> Result<u64, AppError> {
        let whole = self.0.join(checked(name)?);
        let part = self.0.join(format!("{name}{PART}"));
        let end = offset.saturating_add(bytes.len() as u64);
        if end > total {
            return Err(AppError::new(
                "malformed_request",
                "more than was announced",
            ));
        }
        if offset == 0 {
            if !bytes.starts_with(MAGIC) {
                return Err(AppError::new("not_a_map", "no PMTiles archive"));
            }
            fs::create_dir_all(&self.0).map_err(|e| failed(&e))?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(offset == 0)
            .truncate(offset == 0)
            .open(&part)
            .map_err(|e| failed(&e))?;
        if file.metadata().map_err(|e| failed(&e))?.len() != offset {
            return Err(AppError::new("malformed_request", "a piece is missing"));
        }
        let written = file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| file.write_all(bytes))
            .and_then(|()| {
                if end == total {
                    file.sync_all()
                } else {
                    Ok(())
                }
            });
        drop(file);
        let placed = written.and_then(|()| {
            if end == total {
                fs::rename(&part, &whole)
            } else {
                Ok(())
            }
        });
        placed.map_err(|error| {
            // Half a map is of no use, and its room is needed.
            let _ = fs::remove_file(&part);
            failed(&error)
        })?;
        Ok(end)
    }

    fn read(&self, name: &str, offset: u64, length: u32) -> Result<Vec<u8>, AppError> {
        let path = self.0.join(checked(name)?);
        read_at(&path, offset, length.min(MAX_READ)).map_err(|e| failed(&e))
    }

    fn remove(&self, name: &str) -> Result<(), AppError> {
        let path = self.0.join(checked(name)?);
        let _ = fs::remove_file(self.0.join(format!("{name}{PART}")));
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}

impl App {
    /// The folder of the maps of an open device.
    fn map_folder(&self) -> Result<Maps, AppError> {
        self.not_in_preview()?;
        self.device()?;
        Ok(Maps(self.directory().join("maps")))
    }

    /// The map files of this device by name; none in a preview.
    pub fn maps(&self) -> Result<Vec<views::MapFile>, AppError> {
        if self.preview_state().is_some() {
            return Ok(Vec::new());
        }
        self.map_folder()?.list()
    }

    /// Takes a piece of a map file, the pieces in order; it is listed once its last byte is on disk.
    ///
    /// # Errors
    /// `not_a_map` for a file that is no PMTiles archive, `disk_full` where it would leave no room for
    /// answers, `malformed_request` for a piece that does not follow the last one.
    pub fn map_put(
        &self,
        name: &str,
        offset: u64,
        total: u64,
        bytes: &[u8],
    ) -> Result<views::MapStored, AppError> {
        let maps = self.map_folder()?;
        let free = self.with(|device| Ok(device.store.free_bytes()))?;
        if offset == 0 && free < total.saturating_add(SPARE) {
            return Err(AppError::new("disk_full", "map file"));
        }
        let stored = maps.put(name, offset, total, bytes)?;
        Ok(views::MapStored { stored })
    }

    /// Bytes of a map file; fewer where it ends.
    pub fn map_read(&self, name: &str, offset: u64, length: u32) -> Result<Vec<u8>, AppError> {
        self.map_folder()?.read(name, offset, length)
    }

    /// Takes a map file off the device.
    pub fn map_remove(&self, name: &str) -> Result<Vec<views::MapFile>, AppError> {
        let maps = self.map_folder()?;
        maps.remove(name)?;
        maps.list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Maps) {
        let dir = tempfile::tempdir().unwrap();
        let maps = Maps(dir.path().join("maps"));
        (dir, maps)
    }

    #[test]
    fn a_map_comes_in_pieces_and_is_listed_when_it_is_whole() {
        let (_dir, maps) = folder();
        assert!(maps.list().unwrap().is_empty());
        assert_eq!(maps.put("a.pmtiles", 0, 12, b"PMTiles\x03").unwrap(), 8);
        assert!(maps.list().unwrap().is_empty());
        assert_eq!(maps.put("a.pmtiles", 8, 12, b"tile").unwrap(), 12);
        let listed = maps.list().unwrap();
        assert_eq!(
            (listed[0].name.as_str(), listed[0].bytes),
            ("a.pmtiles", 12)
        );
        assert_eq!(maps.read("a.pmtiles", 8, 100).unwrap(), b"tile");
        assert_eq!(maps.read("a.pmtiles", 9, 2).unwrap(), b"il");
        maps.remove("a.pmtiles").unwrap();
        assert!(maps.list().unwrap().is_empty());
        assert_eq!(maps.read("a.pmtiles", 0, 1).unwrap_err().code, "no_map");
    }

    #[test]
    fn a_piece_that_does_not_follow_is_refused_and_a_first_one_starts_anew() {
        let (_dir, maps) = folder();
        maps.put("a.pmtiles", 0, 30, b"PMTiles\x03abc").unwrap();
        let gap = maps.put("a.pmtiles", 20, 30, b"x").unwrap_err();
        assert_eq!(gap.code, "malformed_request");
        let long = maps.put("a.pmtiles", 11, 12, b"xy").unwrap_err();
        assert_eq!(long.code, "malformed_request");
        maps.put("a.pmtiles", 0, 8, b"PMTiles\x03").unwrap();
        assert_eq!(maps.read("a.pmtiles", 0, 100).unwrap(), b"PMTiles\x03");
    }

    #[test]
    fn what_is_no_map_and_what_leads_elsewhere_is_refused() {
        let (_dir, maps) = folder();
        let put = |name: &str, bytes: &[u8]| maps.put(name, 0, bytes.len() as u64, bytes);
        assert_eq!(
            put("a.pmtiles", b"PK\x03\x04").unwrap_err().code,
            "not_a_map"
        );
        for name in [
            "../a.pmtiles",
            "a.db",
            ".pmtiles",
            "c:a.pmtiles",
            "a\\b.pmtiles",
        ] {
            assert_eq!(
                put(name, b"PMTiles\x03").unwrap_err().code,
                "not_a_map",
                "{name}"
            );
            assert_eq!(
                maps.read(name, 0, 1).unwrap_err().code,
                "not_a_map",
                "{name}"
            );
            assert_eq!(maps.remove(name).unwrap_err().code, "not_a_map", "{name}");
        }
    }
}
