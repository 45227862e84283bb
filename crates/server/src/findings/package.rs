//! The findings of a village as they travel: made when they are asked for, kept until something changes.

use super::elsewhere::Hidden;
use crate::{
    devices::{self, Device},
    error::{Result, ServerError},
    household::{int, unsigned},
    hub,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DeviceId, ELSEWHERE};
use lawang_sync::{
    FindingsOffer, FindingsPackage, FindingsPart, FindingsRequest, HouseholdFindings,
    MemberFindings, SourceFinding,
};

/// Most bytes in one answer.
const MAX_PART: u32 = 1024 * 1024;

struct Kept {
    version: u64,
    hash: [u8; 32],
    signature: [u8; 64],
    len: u64,
}

impl Kept {
    fn offer(&self, village: &str) -> FindingsOffer {
        FindingsOffer {
            version: self.version,
            hash: Some(self.hash.into()),
            len: self.len,
            signature: Some(self.signature.into()),
            ..FindingsOffer::none(village)
        }
    }
}

fn kept(tx: &Tx<'_>, village: &str) -> Result<Option<Kept>> {
    tx.optional(
        "SELECT version, hash, signature, length(body) FROM finding_package WHERE village = ?1",
        params![village],
        |r| {
            Ok(Kept {
                version: unsigned(r.get(0)?),
                hash: r.get(1)?,
                signature: r.get(2)?,
                len: unsigned(r.get(3)?),
            })
        },
    )
}

fn put(tx: &Tx<'_>, village: &str, kept: &Kept, body: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO finding_package (village, version, hash, signature, body)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (village) DO UPDATE SET version = excluded.version, hash = excluded.hash,
             signature = excluded.signature, body = excluded.body",
        params![village, int(kept.version), kept.hash, kept.signature, body],
    )?;
    Ok(())
}

/// Behind what is there already: findings come in the order of households and members.
fn add(
    all: &mut Vec<HouseholdFindings>,
    household: [u8; 16],
    member: [u8; 16],
    finding: SourceFinding,
) {
    if all.last().is_none_or(|last| *last.household != household) {
        all.push(HouseholdFindings {
            household: household.into(),
            members: Vec::new(),
        });
    }
    let Some(last) = all.last_mut() else { return };
    if last.members.last().is_none_or(|m| *m.member != member) {
        last.members.push(MemberFindings {
            member: member.into(),
            findings: Vec::new(),
        });
    }
    if let Some(member) = last.members.last_mut() {
        member.findings.push(finding);
    }
}

/// What the tables say of a village, without anybody whose data are restricted.
fn read(tx: &Tx<'_>, village: &str) -> Result<FindingsPackage> {
    let hidden = Hidden::of(tx)?;
    let mut package = FindingsPackage {
        village: village.to_owned(),
        ..FindingsPackage::default()
    };
    tx.each(
        "SELECT f.household, f.member, f.source, f.result, f.dated, f.detail FROM finding f
         WHERE f.village = ?1 AND NOT EXISTS (SELECT 1 FROM restricted r
             WHERE r.household = f.household AND (length(r.member) = 0 OR r.member = f.member))
         ORDER BY f.household, f.member, f.source",
        params![village],
        |r| {
            let (household, member): ([u8; 16], [u8; 16]) = (r.get(0)?, r.get(1)?);
            let mut finding = SourceFinding {
                source: r.get(2)?,
                result: r.get(3)?,
                dated: r.get(4)?,
                detail: r.get(5)?,
            };
            if finding.source != ELSEWHERE {
                add(&mut package.households, household, member, finding);
            } else if let Some(told) = hidden.told(&finding.detail)? {
                finding.detail = told;
                let all = package.elsewhere.get_or_insert_default();
                add(all, household, member, finding);
            }
            Ok(())
        },
    )?;
    Ok(package)
}

/// The package of a village, made anew if something changed since; at a hub the one that came from the district, if it is
/// whole.
fn current(server: &Server, tx: &Tx<'_>, village: &str, now: u64) -> Result<Option<Kept>> {
    let before = kept(tx, village)?;
    if let Some(kept) = &before
        && kept.len > 0
    {
        return Ok(before);
    }
    if server.hub().is_some() {
        return Ok(None);
    }
    let any: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM finding WHERE village = ?1)",
        params![village],
        |r| r.get(0),
    )?;
    if !any && before.is_none() {
        return Ok(None);
    }
    let package = read(tx, village)?;
    let (hash, body) = (package.hash(), package.pack());
    let len = body.len() as u64;
    let fresh = match before {
        // The same again: whoever holds it need not fetch it.
        Some(before) if before.hash == hash => Kept { len, ..before },
        before => {
            let version = before.map_or(0, |b| b.version).saturating_add(1).max(now);
            let mut offer = FindingsOffer {
                version,
                hash: Some(hash.into()),
                len,
                ..FindingsOffer::none(village)
            };
            offer.sign(&server.key);
            let signature = offer
                .signature
                .ok_or_else(|| ServerError::Damaged("a signature".into()))?;
            Kept {
                version,
                hash,
                signature: *signature,
                len,
            }
        }
    };
    put(tx, village, &fresh, &body)?;
    Ok(Some(fresh))
}

/// Whether a device gets findings: its person verifies, or it is a hub that passes them on to such persons.
fn sees(server: &Server, tx: &Tx<'_>, device: &Device) -> Result<bool> {
    let role = device.role.sees_findings();
    Ok(role || (server.hub().is_none() && hub::is_hub(tx, device.id)?))
}

/// What a device is offered, by village: nothing for one whose person does not verify, who lets go of what is there.
pub(crate) fn offers(
    server: &Server,
    tx: &Tx<'_>,
    device: &Device,
    now: u64,
) -> Result<Vec<FindingsOffer>> {
    let mut all = Vec::new();
    if !sees(server, tx, device)? {
        return Ok(all);
    }
    for code in &device.villages {
        let village = code.to_string();
        match current(server, tx, &village, now)? {
            Some(kept) => all.push(kept.offer(&village)),
            // A hub that has none just now says nothing about them.
            None if server.hub().is_some() => {}
            None => all.push(FindingsOffer::none(&village)),
        }
    }
    Ok(all)
}

/// Stands for the findings that a device would be offered, in the token of the short greeting.
pub(crate) fn stamp(
    server: &Server,
    tx: &Tx<'_>,
    device: &Device,
    now: u64,
) -> Result<Vec<[u8; 32]>> {
    if !device.role.sees_findings() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for code in &device.villages {
        let found = current(server, tx, &code.to_string(), now)?;
        all.push(found.map_or([0; 32], |kept| kept.hash));
    }
    Ok(all)
}

/// A piece of a package.
///
/// # Errors
/// `unknown_findings`: not those of now, or not for this device.
pub(crate) fn part(
    server: &Server,
    device: DeviceId,
    request: &FindingsRequest,
) -> Result<FindingsPart> {
    let found: Option<(i64, Vec<u8>)> = server.store.read(|tx| {
        let device = devices::find(tx, device)?;
        if !device.covers(&request.village) || !sees(server, tx, &device)? {
            return Ok(None);
        }
        tx.optional(
            "SELECT length(body), substr(body, ?3 + 1, ?4) FROM finding_package
             WHERE village = ?1 AND hash = ?2 AND length(body) > 0",
            params![
                request.village,
                request.hash.as_slice(),
                int(request.offset),
                request.max.clamp(1, MAX_PART),
            ],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
    })?;
    let (total, bytes) = found.ok_or_else(|| {
        ServerError::refused("unknown_findings", "these findings are not to be had here")
    })?;
    Ok(FindingsPart {
        hash: request.hash,
        total: unsigned(total),
        offset: request.offset,
        bytes: bytes.into(),
    })
}

/// At a hub: whether a package is here, and keeping one that came whole.
pub(crate) mod keep {
    use super::*;

    /// Whether this package is here whole.
    pub(crate) fn is_here(tx: &Tx<'_>, offer: &FindingsOffer) -> Result<bool> {
        let before = kept(tx, &offer.village)?;
        Ok(before.is_some_and(|kept| {
            kept.len > 0
                && offer.hash.as_ref().is_some_and(|hash| kept.hash == **hash)
                && kept.version == offer.version
        }))
    }

    /// Keeps a package as the district signed it; the caller has verified offer and body.
    pub(crate) fn take(tx: &Tx<'_>, offer: &FindingsOffer, body: &[u8]) -> Result<()> {
        let (Some(hash), Some(signature)) = (&offer.hash, &offer.signature) else {
            return Ok(());
        };
        let kept = Kept {
            version: offer.version,
            hash: **hash,
            signature: **signature,
            len: body.len() as u64,
        };
        put(tx, &offer.village, &kept, body)
    }

    /// The district has none for this village.
    pub(crate) fn drop(tx: &Tx<'_>, village: &str) -> Result<()> {
        tx.execute(
            "DELETE FROM finding_package WHERE village = ?1",
            params![village],
        )?;
        Ok(())
    }
}
