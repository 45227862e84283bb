//! Photos of other devices for the desk: fetched after everything else of an exchange, the newest visit's first.

use super::{CancelToken, Transport, run};
use crate::{desk::older, device::Device, error::AppError};
use image::ImageFormat;
use lawang_domain::{FieldPath, HouseholdId};
use lawang_records::{State, is_bookkeeping, stands_in};
use lawang_store::{AbsentPhoto, Photo, Restricted, Store};
use lawang_sync::{
    Asker, LinkFailure, PhotoBytes, PhotoWanted, Report, Request, Response, Stage, feature,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// So often in a row a piece is asked for once more, smaller, when the link breaks: down to the smallest, and twice.
const CUTS: u32 = 7;
/// Bytes of photos in one exchange: about 200 photos, a day's visits of three enumerators, in eight minutes at 1 Mbit/s.
/// What is left comes with the next exchange, so that no exchange lasts for hours over a mobile link.
const BUDGET: u64 = 60 * 1024 * 1024;
/// Free space that copies leave on the disk: visits with their photos are worth more than what can be fetched again.
const ROOM: u64 = 512 * 1024 * 1024;
/// Bytes that a piece has at least, unless it is the last: who answers in crumbs would hold an exchange for hours.
const LEAST: usize = 128;
/// Most bytes asked for at once: each piece is on disk before the next one is asked for.
const PIECE: usize = 256 * 1024;
/// Largest photo: no attachment is larger.
const MOST: u64 = 25 * 1024 * 1024;
/// Photos asked for in vain in one exchange. Their devices have not sent them yet; those that were asked for longest ago
/// come first the next time.
const IN_VAIN: u32 = 50;
/// Photos of one household, current and previous visit together.
const OF_HOUSEHOLD: usize = 60;
/// Days that a copy stays when its visit waits no longer: a village meeting follows within weeks, and until then people
/// come back to what they decided. A visit that waits longer keeps its photos, and one that waits again gets them again.
const DAYS: i64 = 30;
const DAY: i64 = 86_400_000;

/// A photo to ask for.
struct Wish {
    hash: [u8; 32],
    household: HouseholdId,
    /// It is evidence: a document will do too.
    evidence: bool,
}

impl Wish {
    /// The kind of what came, if it is one that was asked for.
    fn kind(&self, bytes: &[u8]) -> Option<&'static str> {
        let document = (self.evidence && bytes.starts_with(b"%PDF")).then_some("application/pdf");
        picture_kind(bytes).or(document)
    }
}

/// What became of a piece.
enum Taken {
    /// There is more to come.
    More,
    Whole,
    /// Nothing that the screens can show: it is never asked for again.
    NoPicture,
    /// Not what was asked for: another time, from the start.
    Wrong,
}

/// Kind of an image by its first bytes; nothing that the screens cannot show.
fn picture_kind(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Jpeg => Some("image/jpeg"),
        ImageFormat::Png => Some("image/png"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

impl Device {
    /// Photos that a household's newest visit shows, then those of the visit before. Those of restricted persons are left
    /// out.
    fn photos_shown(&self, household: HouseholdId) -> Result<Vec<[u8; 32]>, AppError> {
        let record = self.store.record(household)?;
        let state = record.state()?;
        let before = older(&record, &state)?;
        let persons = self.restricted_persons(household)?;
        let looked_at = |path: &FieldPath| {
            let about = path.instance.as_ref();
            !path.key.starts_with('_')
                && about
                    .is_none_or(|(of, id)| !is_bookkeeping(of) && !stands_in(&persons, &state, *id))
        };
        let mut found: Vec<[u8; 32]> = Vec::new();
        let mut collect = |shown: &State| {
            for (path, values) in &shown.fields {
                for hash in values.iter().filter_map(|v| Self::photo_hash(&v.text).ok()) {
                    if found.len() < OF_HOUSEHOLD && !found.contains(&hash) && looked_at(path) {
                        found.push(hash);
                    }
                }
            }
        };
        collect(&state);
        if let Some((_, previous)) = &before.previous {
            collect(previous);
        }
        Ok(found)
    }

    /// Looks at the visits that came since the last time; one household at a time.
    fn look_for_photos(device: &Mutex<Device>, cancel: &CancelToken) -> Result<(), AppError> {
        let waiting = run::lock(device).store.waiting_visits()?;
        for visit in waiting.iter().filter(|visit| visit.photos.is_none()) {
            if cancel.cancelled() {
                break;
            }
            let mut device = run::lock(device);
            // A record that cannot be read must not keep the photos of the others away.
            let photos = device
                .photos_shown(visit.household)
                .unwrap_or_else(|error| {
                    tracing::error!(code = error.code, "no photos of a household");
                    Vec::new()
                });
            device.store.set_desk_photos(visit.household, &photos)?;
        }
        Ok(())
    }

    /// Looks at proposals of which an earlier program did not note what they show.
    fn look_for_evidence(&mut self) -> Result<(), AppError> {
        for household in self.store.evidence_not_looked_at()? {
            let review = self.review_of(household)?;
            self.store
                .transact(|tx| Store::put_review(tx, household, &review))?;
        }
        Ok(())
    }

    /// What is to be asked for, in its order; `fits`: villages whose photos may be there. Lets go of copies that nobody
    /// needs any more.
    fn photos_to_fetch(&mut self, fits: &dyn Fn(&str) -> bool) -> Result<Vec<Wish>, AppError> {
        let looks = self.role().looks_at_photos();
        let waiting = if looks {
            self.store.waiting_visits()?
        } else {
            Vec::new()
        };
        let proposed = if self.role().sees_evidence() {
            self.look_for_evidence()?;
            self.store.proposed_evidence()?
        } else {
            Vec::new()
        };
        // What a proposal rests on is what people have to decide about: it comes first, and stays while the proposal does.
        let asked: Vec<(&str, Wish)> = proposed
            .iter()
            .flat_map(|of| {
                let files = of.files.iter();
                files.map(move |hash| (of.village.as_str(), of.household, *hash, true))
            })
            .chain(waiting.iter().flat_map(|visit| {
                let photos = visit.photos.iter().flatten();
                photos.map(move |hash| (visit.village.as_str(), visit.household, *hash, false))
            }))
            .map(|(village, household, hash, evidence)| {
                let wish = Wish {
                    hash,
                    household,
                    evidence,
                };
                (village, wish)
            })
            .collect();
        let shown: BTreeSet<[u8; 32]> = asked.iter().map(|(_, wish)| wish.hash).collect();
        let kept_since = self.now() - DAYS * DAY;
        let gone: Vec<[u8; 32]> = self
            .store
            .fetched_photos()?
            .into_iter()
            .filter(|copy| {
                let decided = copy.decision.is_some_and(|to| to.beyond_village_desk());
                let needless = decided
                    || copy.at < kept_since
                    || copy.restricted == Restricted::Persons
                    || !looks;
                !copy.in_scope
                    || copy.restricted == Restricted::Whole
                    || (needless && !shown.contains(&copy.hash))
            })
            .map(|copy| copy.hash)
            .collect();
        self.store
            .let_go_of_copies(&gone, |hash| shown.contains(hash))?;
        let absent: BTreeMap<[u8; 32], AbsentPhoto> = self.store.absent_photos()?;
        let (mut first, mut last) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (_, wish) in asked.into_iter().filter(|(village, _)| fits(village)) {
            if !seen.insert(wish.hash) || self.store.has_photo(&wish.hash)? {
                continue;
            }
            match absent.get(&wish.hash) {
                None => first.push(wish),
                Some(absent) if absent.useless => {}
                Some(absent) => last.push((absent.asked, wish)),
            }
        }
        last.sort_by_key(|(asked, _)| *asked);
        first.extend(last.into_iter().map(|(_, wish)| wish));
        Ok(first)
    }

    /// Takes a piece that was asked for from `have` on.
    fn take_photo_piece(
        &mut self,
        wish: &Wish,
        have: u64,
        piece: &PhotoBytes,
    ) -> Result<Taken, AppError> {
        let now = have + piece.bytes.len() as u64;
        if piece.bytes.is_empty() || now > piece.len || piece.len > MOST {
            return Ok(Taken::Wrong);
        }
        if have == 0 && piece.bytes.len() >= 16 && wish.kind(&piece.bytes).is_none() {
            return Ok(Taken::NoPicture);
        }
        if now < piece.len {
            self.store
                .add_photo_piece(&wish.hash, wish.household, have, &piece.bytes)?;
            return Ok(Taken::More);
        }
        let mut body = self.store.photo_pieces(&wish.hash)?;
        body.extend_from_slice(&piece.bytes);
        if Sha256::digest(&body)[..] != wish.hash[..] {
            return Ok(Taken::Wrong);
        }
        let Some(mime) = wish.kind(&body) else {
            return Ok(Taken::NoPicture);
        };
        let photo = Photo {
            hash: wish.hash,
            household: wish.household,
            mime: mime.to_owned(),
            len: body.len() as u64,
        };
        let at = self.now();
        self.store.add_fetched_photo(&photo, &body, at)?;
        Ok(Taken::Whole)
    }

    fn note_absent(&mut self, wish: &Wish, useless: bool) -> Result<(), AppError> {
        let absent = AbsentPhoto {
            asked: self.now(),
            useless,
        };
        Ok(self
            .store
            .photo_is_absent(&wish.hash, wish.household, absent)?)
    }
}

/// How far it got with one photo.
enum Got {
    Whole,
    /// Not this one.
    Nothing,
    /// No more in this exchange: the link is gone, somebody stopped it, or the server will not.
    Stop,
}

/// Fetches the photos that the desk shows and this device does not have. What is there when the link breaks or somebody
/// stops it is kept, and the next exchange goes on behind it; the exchange itself has ended well before.
/// `features`: what the other side can do; `fits`: villages whose photos may be there.
pub(super) fn fetch(
    device: &Mutex<Device>,
    (features, fits): (u32, &dyn Fn(&str) -> bool),
    transport: &mut dyn Transport,
    cancel: &CancelToken,
    report: &mut Report,
    show: &mut impl FnMut(Stage, lawang_sync::Progress),
) -> Result<(), AppError> {
    if run::lock(device).role().looks_at_photos() {
        Device::look_for_photos(device, cancel)?;
    }
    let wishes = run::lock(device).photos_to_fetch(fits)?;
    if features & feature::PHOTOS_DOWN == 0 {
        return Ok(());
    }
    report.progress.photos_to_receive = u32::try_from(wishes.len()).unwrap_or(u32::MAX);
    let mut asker = Asker::default();
    let mut in_vain = 0;
    for wish in &wishes {
        let budget = report.progress.photo_bytes_down >= BUDGET;
        report.no_room = !run::lock(device).store.has_room(ROOM);
        if budget || report.no_room || in_vain >= IN_VAIN {
            break;
        }
        show(Stage::FetchingPhotos, report.progress);
        match fetch_one(device, wish, (&mut asker, transport), cancel, report, show) {
            Ok(Got::Whole) => report.progress.photos_received += 1,
            Ok(Got::Nothing) => {
                in_vain += 1;
                report.progress.photos_to_receive -= 1;
            }
            Ok(Got::Stop) => break,
            Err(error) if error.code == "disk_full" => {
                report.no_room = true;
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn fetch_one(
    device: &Mutex<Device>,
    wish: &Wish,
    (asker, transport): (&mut Asker, &mut dyn Transport),
    cancel: &CancelToken,
    report: &mut Report,
    show: &mut impl FnMut(Stage, lawang_sync::Progress),
) -> Result<Got, AppError> {
    // What the link bore so far: an answer that never comes whole is asked for smaller.
    let (mut bears, mut cuts) = (PIECE, 0);
    loop {
        if cancel.cancelled() {
            return Ok(Got::Stop);
        }
        let have = run::lock(device).store.photo_piece_bytes(&wish.hash)?;
        let most = asker.size().saturating_sub(128).clamp(256, bears);
        let request = Request::PhotoWanted(PhotoWanted {
            hash: wish.hash.into(),
            household: (*wish.household.as_bytes()).into(),
            offset: have,
            max: u32::try_from(most).unwrap_or(u32::MAX),
        });
        let progress = &mut report.progress;
        let mut call = |wait: u64, bytes: &[u8]| -> Result<Vec<u8>, LinkFailure> {
            if cancel.cancelled() {
                return Err(LinkFailure::NotLawang);
            }
            transport.pause(wait, cancel);
            progress.requests += 1;
            let answer = transport.call(bytes)?;
            progress.photo_bytes_down += answer.len() as u64;
            Ok(answer)
        };
        let piece = match asker.ask(&request, &mut call) {
            Ok(Response::PhotoBytes(piece)) => piece,
            Err(LinkFailure::Remote(error))
                if matches!(error.code.as_str(), "photo_not_there" | "not_your_photo") =>
            {
                run::lock(device).note_absent(wish, false)?;
                return Ok(Got::Nothing);
            }
            Ok(_) => return Ok(Got::Stop),
            Err(LinkFailure::Cut(_)) if cuts < CUTS && !cancel.cancelled() => {
                cuts += 1;
                bears = (bears / 4).max(256);
                continue;
            }
            Err(error) => {
                tracing::debug!(%error, "no more photos in this exchange");
                return Ok(Got::Stop);
            }
        };
        cuts = 0;
        if piece.bytes.len() < LEAST && have + (piece.bytes.len() as u64) < piece.len {
            tracing::debug!("photos come in crumbs; no more of them in this exchange");
            return Ok(Got::Stop);
        }
        show(Stage::FetchingPhotos, report.progress);
        let mut device = run::lock(device);
        match device.take_photo_piece(wish, have, &piece)? {
            Taken::More => {}
            Taken::Whole => return Ok(Got::Whole),
            other => {
                device.note_absent(wish, matches!(other, Taken::NoPicture))?;
                return Ok(Got::Nothing);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_screens_can_show_counts_as_a_picture() {
        assert_eq!(picture_kind(&[0xff, 0xd8, 0xff, 0xe0]), Some("image/jpeg"));
        assert_eq!(picture_kind(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(picture_kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [
            &b"event,node,start"[..],
            b"<svg></svg>",
            b"GIF89a",
            b"MZ",
            b"",
        ] {
            assert_eq!(picture_kind(other), None);
        }
    }
}
