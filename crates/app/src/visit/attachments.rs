//! Sounds, films and other files: checked, stored by their content, fetched again.

use super::{OpenVisit, Whole};
use crate::{device::Device, error::AppError, views};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::QuestionType;
use lawang_store::Photo;
use sha2::{Digest, Sha256};

/// Largest file that is taken; the server takes no larger one.
pub(crate) const MAX_BYTES: usize = 25 * 1024 * 1024;
const MAX_NAME: usize = 120;

/// Programs and pages with programs in them: they have no place in a register, and whoever opens one
/// later runs it.
const REFUSED: &[&str] = &[
    "apk", "app", "bat", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "htm", "html", "jar",
    "js", "lnk", "mjs", "msi", "msix", "php", "ps1", "py", "reg", "scr", "sh", "svg", "vbe", "vbs",
    "wsf", "xhtml",
];

/// Extension and kind, for what cannot be told from the first bytes.
const KINDS: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("geojson", "application/geo+json"),
    ("gpx", "application/gpx+xml"),
    ("json", "application/json"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("txt", "text/plain"),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("zip", "application/zip"),
];

/// What a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Sound,
    Film,
    /// OpenStreetMap data, as XML.
    Map,
    Anything,
}

fn extension(name: &str) -> String {
    name.rsplit_once('.')
        .map_or(String::new(), |(_, e)| e.trim().to_lowercase())
}

/// The kind by the first bytes; `film` decides where a container can hold both.
fn sniff(bytes: &[u8], film: bool) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| {
        bytes
            .get(offset..offset + magic.len())
            .is_some_and(|found| found == magic)
    };
    Some(match () {
        () if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        () if at(0, b"RIFF") && at(8, b"AVI ") => "video/x-msvideo",
        () if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        () if at(0, b"OggS") => {
            if film {
                "video/ogg"
            } else {
                "audio/ogg"
            }
        }
        () if at(0, b"\x1a\x45\xdf\xa3") => {
            if film {
                "video/webm"
            } else {
                "audio/webm"
            }
        }
        () if at(4, b"ftyp3g") => {
            if film {
                "video/3gpp"
            } else {
                "audio/3gpp"
            }
        }
        () if at(4, b"ftypM4A") => "audio/mp4",
        () if at(4, b"ftypqt") => "video/quicktime",
        () if at(4, b"ftyp") => {
            if film {
                "video/mp4"
            } else {
                "audio/mp4"
            }
        }
        () if at(0, b"ID3") => "audio/mpeg",
        () if at(0, b"fLaC") => "audio/flac",
        () if at(0, b"#!AMR") => "audio/amr",
        () if at(0, b"caff") => "audio/x-caf",
        () if at(0, b"%PDF") => "application/pdf",
        () if at(0, b"\x89PNG") => "image/png",
        () if at(0, b"\xff\xd8\xff") => "image/jpeg",
        () if at(0, b"GIF8") => "image/gif",
        // MPEG audio: eleven set bits; layer 0 is AAC in ADTS.
        () if bytes.len() > 3 && bytes[0] == 0xff && bytes[1] & 0xf6 == 0xf0 => "audio/aac",
        () if bytes.len() > 3 && bytes[0] == 0xff && bytes[1] & 0xe0 == 0xe0 => "audio/mpeg",
        () => return None,
    })
}

/// The kind of a file by its first bytes, where they say it.
pub(crate) fn attachment_kind(bytes: &[u8]) -> Option<&'static str> {
    sniff(bytes, false)
}

/// The kind of a file that a question may take, or why it is refused.
pub(crate) fn kind_of(wanted: Wanted, name: &str, bytes: &[u8]) -> Result<&'static str, AppError> {
    if bytes.is_empty() {
        return Err(AppError::new("empty_file", "no bytes"));
    }
    if bytes.len() > MAX_BYTES {
        return Err(AppError::new(
            "file_too_large",
            format!("{} bytes", bytes.len()),
        ));
    }
    let extension = extension(name);
    let program = bytes.starts_with(b"MZ")
        || bytes.starts_with(b"\x7fELF")
        || bytes.starts_with(b"#!/")
        || bytes.starts_with(b"\xca\xfe\xba\xbe");
    if program || REFUSED.contains(&extension.as_str()) {
        let what = if extension.is_empty() {
            "program".to_owned()
        } else {
            format!(".{extension}")
        };
        return Err(AppError::new("file_type_refused", "a program").with(what));
    }
    let found = sniff(bytes, wanted == Wanted::Film);
    match wanted {
        Wanted::Sound => found
            .filter(|kind| kind.starts_with("audio/"))
            .ok_or_else(|| AppError::new("not_a_sound", "no sound that is known")),
        Wanted::Film => found
            .filter(|kind| kind.starts_with("video/"))
            .ok_or_else(|| AppError::new("not_a_film", "no film that is known")),
        Wanted::Map => {
            let start = &bytes[..bytes.len().min(1024)];
            let is_osm = start.windows(4).any(|w| w == b"<osm");
            if is_osm {
                Ok("application/vnd.openstreetmap.data+xml")
            } else {
                Err(AppError::new("not_osm", "no OpenStreetMap data"))
            }
        }
        Wanted::Anything => Ok(KINDS
            .iter()
            .find(|(known, _)| *known == extension)
            .map(|(_, kind)| *kind)
            .or(found)
            .unwrap_or("application/octet-stream")),
    }
}

/// The name without a path and without what would break a header.
fn plain_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '"' | ';'))
        .collect();
    let length = kept.chars().count();
    // The extension at its end is what programs go by.
    kept.trim()
        .chars()
        .skip(length.saturating_sub(MAX_NAME))
        .collect()
}

impl Device {
    /// Takes a sound, a film or any file for a question; gives `sha256:<hex>`.
    pub fn attach(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        name: &str,
        bytes: &[u8],
    ) -> Result<String, AppError> {
        let open = self.open_visit(household, Whole::Visit)?;
        let wanted = open.takes(path).ok_or_else(|| {
            AppError::new("no_such_field", "not a question that takes files").at(path)
        })?;
        let kind = kind_of(wanted, name, bytes).map_err(|e| e.at(path))?;
        let name = plain_name(name);
        let mime = if name.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}; name=\"{name}\"")
        };
        let value = self.keep_bytes(household, mime, bytes)?;
        let recorded = matches!(&self.open, Some(open)
            if open.form.question(path).is_some_and(|q| q.kind == QuestionType::BackgroundAudio));
        if recorded {
            self.keep_recording(household, path, &value)?;
        } else {
            self.answer(household, path, &value, Whole::Visit)?;
        }
        Ok(value)
    }

    /// Stores bytes by their content, to be sent after the answers.
    pub(crate) fn keep_bytes(
        &mut self,
        household: HouseholdId,
        mime: String,
        bytes: &[u8],
    ) -> Result<String, AppError> {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        self.store.add_photo(
            &Photo {
                hash,
                household,
                mime,
                len: bytes.len() as u64,
            },
            bytes,
        )?;
        Ok(format!("sha256:{}", hex::encode(hash)))
    }

    /// A stored file with its name and kind.
    pub fn attachment(&self, value: &str) -> Result<views::AttachmentData, AppError> {
        let (mime, body) = self.stored(value)?;
        let (kind, name) = split_mime(&mime);
        Ok(views::AttachmentData {
            name: name.to_owned(),
            url: format!("data:{kind};base64,{}", BASE64.encode(&body)),
            mime: kind.to_owned(),
            bytes: u32::try_from(body.len()).unwrap_or(u32::MAX),
        })
    }

    /// A file that belongs to the questionnaire of a visit, as a `data:` URL.
    pub fn form_media(&mut self, household: HouseholdId, file: &str) -> Result<String, AppError> {
        let open = self.open_visit(household, Whole::Visit)?;
        let body = open
            .files
            .get(file)
            .ok_or_else(|| AppError::new("no_media", "not here").with(plain_name(file)))?;
        let film = matches!(extension(file).as_str(), "mp4" | "webm" | "ogv" | "3gp");
        let kind = match sniff(body, film) {
            Some(kind) => kind,
            None if extension(file) == "svg" => "image/svg+xml",
            None => "application/octet-stream",
        };
        Ok(format!("data:{kind};base64,{}", BASE64.encode(body)))
    }

    /// The hash that a value names.
    pub(crate) fn photo_hash(value: &str) -> Result<[u8; 32], AppError> {
        value
            .strip_prefix("sha256:")
            .and_then(|h| hex::decode(h).ok())
            .and_then(|h| h.try_into().ok())
            .ok_or_else(|| AppError::new("no_photo", "no hash"))
    }

    /// Kind and bytes of what a value names. Bytes that are not those of the name are none.
    pub(crate) fn stored(&self, value: &str) -> Result<(String, Vec<u8>), AppError> {
        let missing = || AppError::new("no_photo", "not here");
        let hash = Self::photo_hash(value)?;
        let (mime, body) = self.store.photo(&hash)?.ok_or_else(missing)?;
        let found: [u8; 32] = Sha256::digest(&body).into();
        if found != hash {
            return Err(missing());
        }
        Ok((mime, body))
    }
}

/// `audio/ogg; name="kunjungan.ogg"` into kind and name.
fn split_mime(mime: &str) -> (&str, &str) {
    match mime.split_once("; name=\"") {
        Some((kind, name)) => (kind, name.trim_end_matches('"')),
        None => (mime, ""),
    }
}

impl OpenVisit {
    /// What kind of file a question takes, if it takes files.
    fn takes(&self, path: &FieldPath) -> Option<Wanted> {
        self.instance.node(path)?;
        match self.form.question(path)?.kind {
            QuestionType::Audio | QuestionType::BackgroundAudio => Some(Wanted::Sound),
            QuestionType::Osm => Some(Wanted::Map),
            QuestionType::Video => Some(Wanted::Film),
            QuestionType::File => Some(Wanted::Anything),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(wanted: Wanted, name: &str, bytes: &[u8]) -> &'static str {
        kind_of(wanted, name, bytes).unwrap_err().code
    }

    #[test]
    fn a_sound_is_known_by_its_bytes_and_not_by_its_name() {
        let wave = b"RIFF\x24\0\0\0WAVEfmt ";
        assert_eq!(kind_of(Wanted::Sound, "a.txt", wave).unwrap(), "audio/wav");
        let web = b"\x1a\x45\xdf\xa3\x01\0\0\0";
        assert_eq!(kind_of(Wanted::Sound, "", web).unwrap(), "audio/webm");
        assert_eq!(kind_of(Wanted::Film, "", web).unwrap(), "video/webm");
        assert_eq!(code(Wanted::Sound, "a.mp3", b"not a sound"), "not_a_sound");
        assert_eq!(code(Wanted::Film, "a.mp4", wave), "not_a_film");
    }

    #[test]
    fn a_map_file_is_known_by_its_first_element() {
        let map = b"<?xml version=\"1.0\"?>\n<osm version=\"0.6\"></osm>";
        assert_eq!(
            kind_of(Wanted::Map, "rumah.osm", map).unwrap(),
            "application/vnd.openstreetmap.data+xml"
        );
        assert_eq!(code(Wanted::Map, "rumah.osm", b"<gpx></gpx>"), "not_osm");
    }

    #[test]
    fn programs_are_refused_whatever_they_are_called() {
        let error = kind_of(Wanted::Anything, "surat.exe", b"hello").unwrap_err();
        assert_eq!(
            (error.code, error.argument.as_str()),
            ("file_type_refused", ".exe")
        );
        assert_eq!(
            code(Wanted::Anything, "surat.pdf", b"MZ\x90\0"),
            "file_type_refused"
        );
        assert_eq!(
            code(Wanted::Anything, "Page.HTML", b"<html>"),
            "file_type_refused"
        );
        assert_eq!(
            kind_of(Wanted::Anything, "surat.pdf", b"%PDF-1.7").unwrap(),
            "application/pdf"
        );
        assert_eq!(
            kind_of(Wanted::Anything, "data.bin", b"\0\0\0\0").unwrap(),
            "application/octet-stream"
        );
    }

    #[test]
    fn an_empty_file_and_one_of_26_megabytes_are_refused() {
        assert_eq!(code(Wanted::Anything, "a.pdf", b""), "empty_file");
        assert_eq!(
            code(Wanted::Anything, "a.pdf", &vec![1; MAX_BYTES + 1]),
            "file_too_large"
        );
    }

    #[test]
    fn a_name_loses_its_path_and_keeps_its_extension() {
        assert_eq!(plain_name("C:\\dir\\surat \"ku\".pdf"), "surat ku.pdf");
        let long = format!("{}.pdf", "a".repeat(300));
        assert!(plain_name(&long).ends_with("a.pdf"));
        assert_eq!(plain_name(&long).chars().count(), MAX_NAME);
        assert_eq!(
            split_mime("audio/ogg; name=\"a.ogg\""),
            ("audio/ogg", "a.ogg")
        );
    }
}
