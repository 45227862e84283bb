//! What registers outside say of a family's members, in words: for those who verify, from the district, never made here.

use crate::{cards::MEMBERS, device::Device, duplicates::elsewhere, error::AppError, views};
use lawang_domain::{
    AddressResult, AidProgramme, CivilFlag, DUKCAPIL, ELSEWHERE, FieldPath, FindingDetail,
    FindingResult, HouseholdId, InstanceId, MatchedBy,
};
use lawang_records::{KEY_STATUS, State};
use lawang_store::{FindingRow, HeldFindings, Store};
use lawang_sync::{FindingsOffer, FindingsPackage, FindingsPart, HelloReply, MAX_PACKAGE};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

impl Device {
    /// At the greeting of the district: what this person may not see any more goes, and so does what there is none of.
    pub(crate) fn note_findings(&mut self, reply: &HelloReply) -> Result<(), AppError> {
        let sees = self.role().sees_findings();
        let gone: Vec<String> = self
            .store
            .villages_with_findings()?
            .into_iter()
            .filter(|village| {
                let mine = reply.villages.iter().any(|v| v.code == *village);
                let none = reply.findings.iter().flatten();
                let mut none = none.filter(|offer| offer.hash.is_none());
                !sees || !mine || none.any(|offer| offer.village == *village)
            })
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        Ok(self.store.transact(|tx| {
            gone.iter()
                .try_for_each(|village| Store::drop_findings(tx, village))
        })?)
    }

    /// How much of what is offered is here; `None`: there is nothing to fetch. `from_hub`: who answers is not the
    /// district, and may be behind.
    pub(crate) fn findings_bytes(
        &self,
        offer: &FindingsOffer,
        from_hub: bool,
    ) -> Result<Option<u64>, AppError> {
        let Some(hash) = &offer.hash else {
            return Ok(None);
        };
        let mine = self
            .store
            .scope()?
            .iter()
            .any(|s| s.active && s.village == offer.village);
        if !mine || !self.role().sees_findings() || offer.len > MAX_PACKAGE as u64 {
            return Ok(None);
        }
        if !offer.signed_by(&self.identity.server_key) {
            tracing::error!(
                village = offer.village,
                "findings that the district did not sign"
            );
            return Ok(None);
        }
        if let Some(held) = self.store.held_findings(&offer.village)? {
            let same = held.hash == **hash;
            if same || (from_hub && held.version >= offer.version) {
                return Ok(None);
            }
        }
        Ok(Some(self.store.finding_part_bytes(hash)?))
    }

    /// Takes a piece; the last one replaces what is here of the village.
    pub(crate) fn take_findings_part(
        &mut self,
        offer: &FindingsOffer,
        part: &FindingsPart,
    ) -> Result<(), AppError> {
        let Some(hash) = offer.hash.as_ref().map(|hash| **hash) else {
            return Ok(());
        };
        let have = self.store.finding_part_bytes(&hash)?;
        if part.offset != have || part.bytes.is_empty() || *part.hash != hash {
            return Ok(());
        }
        let village = offer.village.as_str();
        if have + (part.bytes.len() as u64) < part.total.min(MAX_PACKAGE as u64) {
            return Ok(self
                .store
                .transact(|tx| Store::add_finding_part(tx, village, &hash, have, &part.bytes))?);
        }
        let mut body = self.store.finding_parts(&hash)?;
        body.extend_from_slice(&part.bytes);
        let Ok(package) = FindingsPackage::unpack(&body, offer) else {
            tracing::error!(village, "findings that came damaged");
            return Ok(self
                .store
                .transact(|tx| Store::drop_finding_parts(tx, village))?);
        };
        let rows = rows(package);
        let held = HeldFindings {
            version: offer.version,
            hash,
        };
        Ok(self
            .store
            .transact(|tx| Store::put_findings(tx, village, &held, &rows))?)
    }

    /// What registers outside say of the members of a household, the civil registry first, and where else in the district
    /// they may stand: for those who verify, and of
    /// nobody whose data are restricted.
    pub fn findings(&self, household: HouseholdId) -> Result<Vec<views::FindingView>, AppError> {
        if !self.role().sees_findings() || self.is_restricted(household)? {
            return Ok(Vec::new());
        }
        let rows = self.store.findings(household)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let state = self.store.record(household)?.state()?;
        let restricted = self.restricted_persons(household)?;
        let mut of: BTreeMap<InstanceId, Vec<(FindingRow, FindingDetail)>> = BTreeMap::new();
        for row in rows {
            let detail = detail(&row);
            of.entry(row.member).or_default().push((row, detail));
        }
        let english = self.language == "en";
        let mut views = Vec::new();
        for member in present(&state, &restricted) {
            let Some(mut rows) = of.remove(&member) else {
                continue;
            };
            rows.sort_by_key(|(row, _)| (row.source != DUKCAPIL, row.source.clone()));
            let dead = rows.iter().any(|(row, detail)| died(row, detail));
            for (row, detail) in rows {
                let words = match row.source.as_str() {
                    ELSEWHERE => {
                        let mut said = self.sentences_elsewhere(&row)?;
                        if said.is_empty() {
                            continue;
                        }
                        said.push(elsewhere::advice(&self.language).to_owned());
                        said.join(" ")
                    }
                    _ => words(&row, &detail, dead, english),
                };
                views.push(views::FindingView {
                    member: member.to_string(),
                    name: state
                        .text(&FieldPath::of(MEMBERS, member, "name"))
                        .to_owned(),
                    words,
                    source: row.source,
                    result: row.result,
                    at: row.dated,
                });
            }
        }
        Ok(views)
    }
}

fn rows(package: FindingsPackage) -> Vec<FindingRow> {
    let mut rows = Vec::new();
    for household in package
        .households
        .into_iter()
        .chain(package.elsewhere.unwrap_or_default())
    {
        for member in household.members {
            for finding in member.findings {
                rows.push(FindingRow {
                    household: HouseholdId(Uuid::from_bytes(*household.household)),
                    member: InstanceId(Uuid::from_bytes(*member.member)),
                    source: finding.source,
                    result: finding.result,
                    dated: finding.dated,
                    detail: finding.detail,
                });
            }
        }
    }
    rows
}

/// What a newer district says in a way that this program does not know is shown without its details.
pub(crate) fn detail(row: &FindingRow) -> FindingDetail {
    serde_json::from_str(&row.detail).unwrap_or_default()
}

fn died(row: &FindingRow, detail: &FindingDetail) -> bool {
    row.source == DUKCAPIL && detail.flag == Some(CivilFlag::Deceased) && !detail.other_person
}

/// Members who were not struck out, and whose data are not restricted, in order.
fn present(state: &State, restricted: &BTreeSet<InstanceId>) -> Vec<InstanceId> {
    let struck_out =
        |id: &InstanceId| state.text(&FieldPath::of(MEMBERS, *id, KEY_STATUS)) == "removed";
    state
        .of(MEMBERS)
        .iter()
        .filter(|id| !restricted.contains(id) && !struck_out(id))
        .copied()
        .collect()
}

/// Indonesian and English.
type Both = (String, String);

fn both(id: impl Into<String>, en: impl Into<String>) -> Both {
    (id.into(), en.into())
}

fn words(row: &FindingRow, detail: &FindingDetail, dead: bool, english: bool) -> String {
    let mut parts = vec![if row.source == DUKCAPIL {
        registry(row, detail)
    } else {
        programme(row, detail)
    }];
    if row.source != DUKCAPIL && row.result == FindingResult::Receives.as_str() && dead {
        parts.push(both(
            "Menurut Dukcapil orang ini sudah meninggal.",
            "The civil registry says that this person died.",
        ));
    }
    if row.source == DUKCAPIL {
        parts.extend(detail.flag.map(|flag| match flag {
            CivilFlag::Deceased => both("Tercatat meninggal.", "Registered as deceased."),
            CivilFlag::Moved => both("Tercatat pindah.", "Registered as moved."),
            CivilFlag::Inactive => both("NIK tidak aktif.", "The NIK is not in use."),
        }));
    }
    parts.extend(differences(detail));
    if row.source == DUKCAPIL {
        parts.extend(address(detail));
    }
    let said: Vec<String> = parts
        .into_iter()
        .map(|(id, en)| if english { en } else { id })
        .collect();
    said.join(" ")
}

fn registry(row: &FindingRow, detail: &FindingDetail) -> Both {
    let alike = |what: Both| match detail.similarity {
        Some(s) if s < 100 => both(
            format!("{} (nama mirip {s}%).", what.0),
            format!("{} (names {s}% alike).", what.1),
        ),
        _ => both(format!("{}.", what.0), format!("{}.", what.1)),
    };
    match row.result.parse() {
        Ok(FindingResult::Deterministic) if detail.other_person => alike(both(
            "NIK ini di Dukcapil milik orang lain; periksa kartunya",
            "In the civil registry this NIK is somebody else\u{2019}s; look at the card",
        )),
        Ok(FindingResult::Deterministic) => {
            alike(both("Padan dengan Dukcapil", "Matches the civil registry"))
        }
        Ok(FindingResult::Probabilistic) if detail.by == Some(MatchedBy::Digits) => alike(both(
            "Mungkin padan: nama dan 12 angka pertama NIK cocok, periksa NIK",
            "Probably matches by name and the first 12 digits; check the NIK",
        )),
        Ok(FindingResult::Probabilistic) => {
            let sure = detail.probability.unwrap_or_default();
            both(
                format!(
                    "Mungkin padan tanpa NIK, dari nama, tanggal lahir dan keluarga ({sure}%); periksa NIK."
                ),
                format!(
                    "Probably matches without the NIK, by name, birth date and family ({sure}%); check the NIK."
                ),
            )
        }
        Ok(FindingResult::Invalid) => both(
            "Format NIK tidak valid; periksa kartunya.",
            "The NIK has no valid format; look at the card.",
        ),
        _ => both(
            "Belum padan dengan Dukcapil; tidak menghalangi apa pun.",
            "Not matched with the civil registry yet; that holds nothing up.",
        ),
    }
}

fn programme(row: &FindingRow, detail: &FindingDetail) -> Both {
    let title = AidProgramme::named(&row.source).map_or(row.source.as_str(), |p| p.title);
    if row.result == FindingResult::Ended.as_str() {
        return both(
            format!("Tidak lagi di daftar {title}."),
            format!("No longer on the list of {title}."),
        );
    }
    if detail.other_person {
        return both(
            format!("NIK ini ada di daftar {title} dengan nama lain; periksa."),
            format!("This NIK is on the list of {title} under another name; check."),
        );
    }
    let until = match (detail.until.as_str(), detail.valid_until) {
        ("", _) => both("", ""),
        (until, true) => both(
            format!(", berlaku sampai {until}"),
            format!(", valid until {until}"),
        ),
        (until, false) => both(
            format!(", terakhir dibayar {until}"),
            format!(", last paid {until}"),
        ),
    };
    let sure = match detail.by {
        Some(MatchedBy::Nik) | None => both("", ""),
        Some(_) => both(
            " Dicocokkan tanpa NIK; periksa.",
            " Matched without the NIK; check.",
        ),
    };
    both(
        format!("Menerima {title}{}.{}", until.0, sure.0),
        format!("Receives {title}{}.{}", until.1, sure.1),
    )
}

fn differences(detail: &FindingDetail) -> Option<Both> {
    let named: Vec<(&str, &str)> = detail
        .differs
        .iter()
        .filter_map(|field| {
            Some(match field.as_str() {
                "name" => ("nama", "name"),
                "sex" => ("jenis kelamin", "sex"),
                "birth_date" => ("tanggal lahir", "birth date"),
                "mother" => ("nama ibu", "mother\u{2019}s name"),
                "no_kk" => ("No. KK", "No. KK"),
                _ => return None,
            })
        })
        .collect();
    if named.is_empty() {
        return None;
    }
    let list =
        |of: fn(&(&str, &str)) -> String| named.iter().map(of).collect::<Vec<_>>().join(", ");
    Some(both(
        format!("Berbeda: {}.", list(|f| f.0.to_owned())),
        format!("Differs: {}.", list(|f| f.1.to_owned())),
    ))
}

fn address(detail: &FindingDetail) -> Option<Both> {
    Some(match detail.address? {
        AddressResult::Same => return None,
        AddressResult::OtherVillage => both(
            "Alamatnya di desa lain.",
            "The address is in another village.",
        ),
        AddressResult::OtherRtRw => both(
            "Alamatnya di RT/RW lain.",
            "The address is in another RT or RW.",
        ),
        AddressResult::OtherText => both(
            "Alamatnya ditulis lain.",
            "The address is written otherwise.",
        ),
    })
}
