//! The files that a questionnaire refers to: beside it, or in the folder NAME-media of ODK's tools.

use crate::form::name;
use lawang_forms::{Files, wanted_files};
use std::path::{Path, PathBuf};

/// Largest file that is read.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Where a questionnaire is and where its files may be.
pub struct Source {
    pub file: PathBuf,
    folders: Vec<PathBuf>,
}

impl Source {
    /// `dir`: the folder of its files, instead of the one that it is in.
    pub fn new(file: &Path, dir: Option<&Path>) -> Self {
        let beside = file.parent().unwrap_or_else(|| Path::new(""));
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let media = beside.join(format!("{stem}-media"));
        let folders = match dir {
            Some(dir) => vec![dir.to_owned()],
            None => vec![beside.to_owned(), media],
        };
        Self {
            file: file.to_owned(),
            folders,
        }
    }

    /// Paths at which a file of that name may be. A questionnaire names files, never folders, and is none of
    /// them itself.
    fn places(&self, name: &str) -> Vec<PathBuf> {
        if name.contains(['/', '\\']) || name == ".." {
            return Vec::new();
        }
        let places = self.folders.iter().map(|f| f.join(name));
        places.filter(|place| *place != self.file).collect()
    }

    /// Reads what the questionnaire refers to, as far as it is there, and says where it looked. What is
    /// missing is named as a problem of the questionnaire.
    pub fn files(&self, bytes: &[u8]) -> (Files, Vec<PathBuf>) {
        let mut files = Files::new();
        let mut looked = Vec::new();
        for name in wanted_files(bytes, &name(&self.file)) {
            let places = self.places(&name);
            let found = places
                .iter()
                .filter(|path| {
                    path.metadata()
                        .is_ok_and(|m| m.is_file() && m.len() <= MAX_BYTES)
                })
                .find_map(|path| std::fs::read(path).ok());
            if let Some(bytes) = found {
                files.insert(name, bytes);
            }
            looked.extend(places);
        }
        (files, looked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURVEY: &str = "| survey |\n| | type | name | label | media::image |\n\
        | | note | hello | Hello | ../secret.png |\n\
        | | note | house | House | house.png |\n\
        | | select_one_from_file towns.csv | town | Town | |\n";

    #[test]
    fn files_are_found_beside_the_questionnaire_and_in_its_media_folder_and_no_others_are_read() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("forms");
        std::fs::create_dir_all(dir.join("visit-media")).unwrap();
        std::fs::write(outer.path().join("secret.png"), "secret").unwrap();
        std::fs::write(dir.join("towns.csv"), "name,label\na,Alpha\n").unwrap();
        std::fs::write(dir.join("private.csv"), "name\n").unwrap();
        std::fs::write(dir.join("visit-media/house.png"), "picture").unwrap();
        let source = Source::new(&dir.join("visit.md"), None);
        let (files, looked) = source.files(SURVEY.as_bytes());
        assert_eq!(
            files.names().collect::<Vec<_>>(),
            ["house.png", "towns.csv"]
        );
        assert!(looked.contains(&dir.join("house.png")), "{looked:?}");
    }

    #[test]
    fn a_folder_that_is_named_is_the_only_one_that_is_looked_into() {
        let dir = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("towns.csv"), "name,label\na,Alpha\n").unwrap();
        let file = dir.path().join("visit.md");
        let (files, _) = Source::new(&file, Some(other.path())).files(SURVEY.as_bytes());
        assert!(files.is_empty());
    }
}
