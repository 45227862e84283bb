//! What a proposal for removal rests on, besides words: photos, a letter of the village, a certificate. Kept on the disk
//! as it is chosen, bound by hash to the change that proposes, sent and fetched like photos of visits.

use crate::{
    couriers::failed,
    device::Device,
    error::AppError,
    views,
    visit::{MAX_ATTACHMENT, attachment_kind, prepare_photo},
};
use lawang_domain::{DocumentKind, EVENTS, Event, HouseholdId, InstanceId};
use lawang_records::{Evidence, MOST_EVIDENCE, State, evidence_of, open_removals};
use lawang_store::Photo;
use sha2::{Digest, Sha256};
use std::{fs, path::Path};

const PDF: &str = "application/pdf";
/// Largest PDF: some scanned pages, which a link of 1 Mbit/s carries in a minute and a half.
const MAX_PDF: usize = 10 * 1024 * 1024;
/// Where the end of a PDF says so; one without was cut off on its way here.
const END: usize = 4096;

/// Makes of a file what is kept: of a photo a small one without EXIF, of a PDF itself.
fn prepare(bytes: &[u8]) -> Result<(&'static str, Vec<u8>), AppError> {
    match attachment_kind(bytes) {
        Some(PDF) if bytes.len() > MAX_PDF => Err(AppError::new(
            "evidence_too_large",
            format!("{} bytes", bytes.len()),
        )),
        Some(PDF) => {
            let end = &bytes[bytes.len().saturating_sub(END)..];
            if !end.windows(5).any(|at| at == b"%%EOF") {
                return Err(AppError::new("bad_pdf", "a PDF without an end"));
            }
            Ok((PDF, bytes.to_vec()))
        }
        Some("image/jpeg" | "image/png") => prepare_photo(bytes),
        _ if bytes.is_empty() => Err(AppError::new("empty_file", "no bytes")),
        _ if bytes.len() > MAX_ATTACHMENT => Err(AppError::new(
            "file_too_large",
            format!("{} bytes", bytes.len()),
        )),
        _ => Err(AppError::new("not_evidence", "neither a photo nor a PDF")),
    }
}

impl Device {
    /// Keeps a file for a proposal that is not made yet; gives all that are kept for it.
    ///
    /// # Errors
    /// `evidence_too_large`, `photo_too_large`, `bad_pdf`, `not_an_image`, `not_evidence`, `empty_file`; `too_many_files`;
    /// the policy's reason.
    pub fn add_evidence(
        &mut self,
        household: HouseholdId,
        bytes: &[u8],
    ) -> Result<Vec<views::EvidenceView>, AppError> {
        self.may_propose(household)?;
        let (mime, body) = prepare(bytes)?;
        let hash: [u8; 32] = Sha256::digest(&body).into();
        let kept = self.store.evidence_of(household)?;
        if kept.len() >= MOST_EVIDENCE && kept.iter().all(|file| file.hash != hash) {
            return Err(AppError::new("too_many_files", "ten files are kept"));
        }
        let at = self.now();
        let file = Photo {
            hash,
            household,
            mime: mime.to_owned(),
            len: body.len() as u64,
        };
        self.store.add_evidence(&file, &body, at)?;
        self.kept_evidence(household)
    }

    /// Lets go of a file before the proposal is made; gives those that are left.
    ///
    /// # Errors
    /// `no_photo` when the name is none.
    pub fn drop_evidence(
        &mut self,
        household: HouseholdId,
        file: &str,
    ) -> Result<Vec<views::EvidenceView>, AppError> {
        let hash = Self::photo_hash(file)?;
        self.store.drop_evidence(household, &hash)?;
        self.kept_evidence(household)
    }

    /// Files that are kept for a proposal.
    pub(super) fn kept_evidence(
        &self,
        household: HouseholdId,
    ) -> Result<Vec<views::EvidenceView>, AppError> {
        let kept = self.store.evidence_of(household)?;
        let view = |file: Photo| views::EvidenceView {
            file: format!("sha256:{}", hex::encode(file.hash)),
            kind: kind_word(&file.mime),
            bytes: u32::try_from(file.len).unwrap_or(u32::MAX),
            missing: String::new(),
        };
        Ok(kept.into_iter().map(view).collect())
    }

    fn may_propose(&self, household: HouseholdId) -> Result<(), AppError> {
        self.not_restricted(household)?;
        self.store
            .card(household)?
            .ok_or_else(|| AppError::new("not_found", "no such household"))?;
        let role = self.role();
        let removals = EVENTS.iter().find(|event| event.repeat == Event::REMOVALS);
        if removals.is_some_and(|event| event.roles.contains(&role)) {
            return Ok(());
        }
        Err(lawang_domain::Denied::Event(role, Event::REMOVALS).into())
    }

    /// What a new proposal shows: files kept for it, and files that the proposals in force show already. With the hashes of
    /// the former.
    pub(super) fn evidence_for(
        &self,
        household: HouseholdId,
        files: &[String],
    ) -> Result<(Vec<Evidence>, Vec<[u8; 32]>), AppError> {
        if files.len() > MOST_EVIDENCE {
            return Err(AppError::new("too_many_files", "more than ten files"));
        }
        let kept = self.store.evidence_of(household)?;
        let document = self.store.document(household, DocumentKind::Verification)?;
        let verification = document.state()?;
        let open = open_removals(&document, &verification);
        let shown: Vec<Evidence> = open
            .iter()
            .flat_map(|removal| evidence_of(&verification, *removal))
            .collect();
        let (mut all, mut fresh): (Vec<Evidence>, Vec<[u8; 32]>) = (Vec::new(), Vec::new());
        for name in files {
            if all.iter().any(|file| file.file == *name) {
                continue;
            }
            let hash = Self::photo_hash(name)?;
            if let Some(file) = kept.iter().find(|file| file.hash == hash) {
                all.push(Evidence {
                    file: name.clone(),
                    kind: file.mime.clone(),
                    bytes: file.len,
                });
                fresh.push(hash);
            } else if let Some(file) = shown.iter().find(|file| file.file == *name) {
                all.push(file.clone());
            } else {
                return Err(AppError::new("no_evidence", "not kept for this proposal"));
            }
        }
        Ok((all, fresh))
    }

    /// What a proposal shows, and why something of it cannot be looked at.
    pub(super) fn evidence_view(
        &self,
        household: HouseholdId,
        verification: &State,
        removal: InstanceId,
    ) -> Result<Vec<views::EvidenceView>, AppError> {
        let restricted = !self.restricted_persons(household)?.is_empty();
        let mut all = Vec::new();
        for file in evidence_of(verification, removal) {
            let hash = file.hash().unwrap_or_default();
            // Of a file nobody knows who can be seen in it.
            let code = if restricted {
                "evidence_restricted"
            } else if self.store.has_photo(&hash)? {
                ""
            } else if self.role().sees_evidence() {
                "evidence_not_here"
            } else {
                "evidence_not_given"
            };
            let missing = match code {
                "" => String::new(),
                code => {
                    let (message, hint) = crate::words::of(code, &self.language);
                    format!("{message} {hint}").trim_end().to_owned()
                }
            };
            all.push(views::EvidenceView {
                kind: kind_word(&file.kind),
                bytes: u32::try_from(file.bytes).unwrap_or(u32::MAX),
                file: file.file,
                missing,
            });
        }
        Ok(all)
    }

    /// Writes a file that a proposal shows into a folder, for the programs that people read documents with.
    ///
    /// # Errors
    /// `no_evidence` when nothing shows it; `no_photo`; `disk_full`, `cannot_save_file`.
    pub fn save_evidence(
        &self,
        household: HouseholdId,
        file: &str,
        folder: &Path,
    ) -> Result<views::EvidenceSaved, AppError> {
        let found = self.comparison(household, false)?;
        let shown = found.removal.map_or(Vec::new(), |removal| removal.evidence);
        let mut all = shown.iter().chain(&found.evidence_kept);
        if !all.any(|known| known.file == file && known.missing.is_empty()) {
            return Err(AppError::new("no_evidence", "no proposal shows it"));
        }
        let (kind, body) = self.stored(file)?;
        // By its content: what it is about is nothing for the name of a file.
        let short: String = file.chars().skip("sha256:".len()).take(8).collect();
        let path = folder.join(format!("lawang-bukti-{short}.{}", extension(&kind)));
        let not_saved = |e: std::io::Error| match failed(&e) {
            error if error.code == "disk_full" => error,
            _ => AppError::new("cannot_save_file", e.kind().to_string()),
        };
        fs::create_dir_all(folder).map_err(not_saved)?;
        fs::write(&path, &body).map_err(not_saved)?;
        Ok(views::EvidenceSaved {
            path: path.display().to_string(),
        })
    }
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        _ => "pdf",
    }
}

/// `pdf` or `photo`.
fn kind_word(mime: &str) -> String {
    if mime == PDF { "pdf" } else { "photo" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, codecs::jpeg::JpegEncoder};

    fn refused(bytes: &[u8]) -> &'static str {
        prepare(bytes).unwrap_err().code
    }

    #[test]
    fn a_photo_loses_its_exif_and_is_shrunk_and_a_pdf_stays_as_it_is() {
        let mut photo = Vec::new();
        JpegEncoder::new(&mut photo)
            .encode_image(&DynamicImage::new_rgb8(3200, 400))
            .unwrap();
        let exif = b"\xff\xe1\x00\x14Exif\0\0GPSLatitude!";
        photo.splice(2..2, exif.iter().copied());
        let (kind, body) = prepare(&photo).unwrap();
        assert_eq!(kind, "image/jpeg");
        assert_eq!(image::load_from_memory(&body).unwrap().width(), 1600);
        assert!(!body.windows(4).any(|at| at == b"Exif"));
        let letter = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
        assert_eq!(prepare(letter).unwrap(), (PDF, letter.to_vec()));
    }

    #[test]
    fn what_is_too_large_cut_off_empty_or_of_another_kind_is_refused_for_its_own_reason() {
        let mut large = b"%PDF-1.7\n".to_vec();
        large.resize(MAX_PDF, b' ');
        large.extend_from_slice(b"%%EOF");
        assert_eq!(refused(&large), "evidence_too_large");
        let mut photo = b"\xff\xd8\xff\xe0".to_vec();
        photo.resize(26 << 20, 0);
        assert_eq!(refused(&photo), "photo_too_large");
        assert_eq!(refused(&vec![b' '; 26 << 20]), "file_too_large");
        assert_eq!(refused(b"%PDF-1.7\n1 0 obj"), "bad_pdf");
        assert_eq!(refused(b"\x89PNG\r\n\x1a\n"), "not_an_image");
        assert_eq!(refused(b""), "empty_file");
        for other in [&b"GIF89a"[..], b"<html>", b"MZ\x90", b"surat"] {
            assert_eq!(refused(other), "not_evidence");
        }
    }
}
