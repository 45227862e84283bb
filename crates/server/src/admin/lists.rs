//! Lists for the administrator: devices, households, refused changes.

use crate::{
    devices::{join, split},
    error::{Result, ServerError},
    evaluate::Flag,
    household::{int, row_of, unsigned},
    projection::{MEMBERS, Projection},
    server::Server,
    store::{Value, params},
};
use chrono::{DateTime, SecondsFormat};
use lawang_domain::{DeviceId, DocumentKind, HouseholdId, Role, VillageCode};
use lawang_records::{Record, Row};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A device as the office sees it.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceLine {
    /// Its id.
    pub device: DeviceId,
    /// Who has it.
    pub name: String,
    /// What that person may do.
    pub role: String,
    /// Where.
    pub villages: Vec<VillageCode>,
    /// Program and version.
    pub app: String,
    /// RFC 3339.
    pub enrolled: String,
    /// RFC 3339, if it was revoked.
    pub revoked: Option<String>,
    /// RFC 3339, of its last exchange.
    pub last_seen: Option<String>,
    /// RFC 3339, of its last exchange that ended in agreement: from then on all that it had was here.
    pub last_sync: Option<String>,
    /// Changes of it that the server holds, and refused.
    pub changes: u64,
    /// Refused ones.
    pub refused: u64,
}

/// A household as the office sees it.
#[derive(Debug, Clone, Serialize)]
pub struct HouseholdLine {
    /// Its id.
    pub household: HouseholdId,
    /// Where it is.
    pub village: String,
    /// Name of its head.
    pub head: String,
    /// As in a worklist.
    pub state: String,
    /// Members that are not struck out.
    pub members: usize,
    /// SHA-256 of the document's heads in ascending order: equal where the same changes are.
    pub digest: String,
    /// The heads.
    pub heads: Vec<String>,
    /// Changes after the first one.
    pub changes: u64,
    /// Paths with several values.
    pub conflicts: Vec<String>,
    /// What the server found in the submitted visit.
    pub flags: Vec<Flag>,
    /// Its data are restricted on request: nothing of them is said here.
    pub restricted: bool,
    /// No. KK; only when revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_kk: Option<String>,
    /// NIK of the head; only when revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nik: Option<String>,
}

/// Something refused.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantineLine {
    /// Its number.
    pub id: i64,
    /// Who sent it.
    pub device: DeviceId,
    /// RFC 3339.
    pub received: String,
    /// `row` or `change`.
    pub kind: String,
    /// `field_answers`, `verification` or `administration`.
    pub document: String,
    /// Of the change.
    pub hash: String,
    /// Which household it was meant for.
    pub household: HouseholdId,
    /// Stable word.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// Size.
    pub bytes: i64,
}

/// Milliseconds since 1970 as RFC 3339.
pub(crate) fn rfc3339(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map(|t| t.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}

/// SHA-256 of heads in ascending order.
pub(crate) fn digest_of(heads: &[u8]) -> String {
    hex::encode(Sha256::digest(heads))
}

impl Server {
    /// All devices, the newest last.
    pub fn devices(&self) -> Result<Vec<DeviceLine>> {
        self.store.read(|tx| {
            tx.query(
                "SELECT id, person, role, villages, app, enrolled_at, revoked_at, last_seen,
                        (SELECT count(*) FROM change_log c WHERE c.device = d.id),
                        (SELECT count(*) FROM quarantine q WHERE q.device = d.id), last_agreed
                 FROM device d ORDER BY enrolled_at, id",
                params![],
                |r| {
                    Ok(DeviceLine {
                        device: DeviceId(Uuid::from_bytes(r.get(0)?)),
                        name: r.get(1)?,
                        role: r.get(2)?,
                        villages: split(&r.get::<String>(3)?),
                        app: r.get(4)?,
                        enrolled: rfc3339(r.get(5)?),
                        revoked: r.get::<Option<i64>>(6)?.map(rfc3339),
                        last_seen: r.get::<Option<i64>>(7)?.map(rfc3339),
                        changes: unsigned(r.get(8)?),
                        refused: unsigned(r.get(9)?),
                        last_sync: r.get::<Option<i64>>(10)?.map(rfc3339),
                    })
                },
            )
        })
    }

    /// Revokes a device: from now on nothing of it is taken and nothing given to it. What it sent stays.
    ///
    /// # Errors
    /// `unknown_device`.
    pub fn revoke(&self, device: DeviceId, now: u64) -> Result<()> {
        self.store.write(|tx| {
            let found = tx.execute(
                "UPDATE device SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1",
                params![device.as_bytes(), int(now)],
            )?;
            if found == 0 {
                return Err(
                    ServerError::refused("unknown_device", "there is no such device")
                        .hint("`lawang admin devices` lists them"),
                );
            }
            Ok(())
        })
    }

    /// Gives a device's person another role, other villages, or both; at its next exchange the device knows. What it
    /// made before and may no longer write is refused, and shown there as proposals.
    ///
    /// # Errors
    /// `unknown_device`.
    pub fn change_device(
        &self,
        device: DeviceId,
        role: Option<Role>,
        villages: Option<&[VillageCode]>,
    ) -> Result<()> {
        self.store.write(|tx| {
            let found = tx.execute(
                "UPDATE device SET role = coalesce(?2, role), villages = coalesce(?3, villages) WHERE id = ?1",
                params![
                    device.as_bytes(),
                    role.map(Role::as_str),
                    villages.map(join)
                ],
            )?;
            if found == 0 {
                return Err(
                    ServerError::refused("unknown_device", "there is no such device")
                        .hint("`lawang admin devices` lists them"),
                );
            }
            Ok(())
        })
    }

    /// The households of a village (all without one), in the order of their rows.
    pub fn households(
        &self,
        village: Option<VillageCode>,
        reveal: bool,
        each: &mut dyn FnMut(HouseholdLine) -> Result<()>,
    ) -> Result<()> {
        self.each_household(village, &mut |stored| {
            let heads = stored.heads_or_genesis()?;
            let view = if stored.restricted {
                Projection::default()
            } else {
                stored.projection()?
            };
            let members = view.present(MEMBERS);
            let head = members
                .iter()
                .find(|id| view.field(MEMBERS, **id, "relation_to_head") == "1")
                .or(members.first());
            let nik = head.map_or("", |id| view.field(MEMBERS, *id, "nik"));
            each(HouseholdLine {
                household: stored.id,
                head: view.head_name().to_owned(),
                state: stored.visit_state.clone(),
                members: members.len(),
                digest: digest_of(&heads),
                heads: heads.chunks(32).map(hex::encode).collect(),
                changes: stored.changes,
                conflicts: view.conflicts.iter().cloned().collect(),
                flags: if stored.restricted {
                    Vec::new()
                } else {
                    stored.flags()
                },
                restricted: stored.restricted,
                no_kk: reveal.then(|| view.answer("no_kk").to_owned()),
                nik: reveal.then(|| nik.to_owned()),
                village: stored.village,
            })
        })
    }

    /// Hands over every household from the cache, one at a time.
    pub(crate) fn each_household(
        &self,
        village: Option<VillageCode>,
        each: &mut dyn FnMut(Stored) -> Result<()>,
    ) -> Result<()> {
        self.stored("h.form IS NULL", None, village, each)
    }

    /// The same for submissions that are no household's, of one questionnaire or of all.
    pub(crate) fn each_survey(
        &self,
        form: Option<&str>,
        village: Option<VillageCode>,
        each: &mut dyn FnMut(Stored) -> Result<()>,
    ) -> Result<()> {
        self.stored("h.form IS NOT NULL", form, village, each)
    }

    fn stored(
        &self,
        kind: &'static str,
        form: Option<&str>,
        village: Option<VillageCode>,
        each: &mut dyn FnMut(Stored) -> Result<()>,
    ) -> Result<()> {
        let village = village.map(|v| v.to_string());
        let mut sql = format!(
            "SELECT h.id, h.village, h.heads, h.state, h.visit_state, h.changes, h.flags,
                    CASE WHEN h.state IS NULL THEN r.body END, h.form,
                    CASE WHEN EXISTS (SELECT 1 FROM restricted x WHERE x.household = h.id
                                      AND length(x.member) = 0) THEN 1 ELSE 0 END
             FROM row_log r JOIN household h ON h.id = r.household
             WHERE {kind} AND NOT EXISTS (SELECT 1 FROM withdrawn w WHERE w.hash = r.digest)"
        );
        let mut values = Vec::new();
        for (column, wanted) in [("h.form", form), ("r.village", village.as_deref())] {
            if let Some(wanted) = wanted {
                values.push(Value::Text(wanted));
                sql.push_str(&format!(" AND {column} = ?{}", values.len()));
            }
        }
        sql.push_str(" ORDER BY r.village, r.row_seq");
        self.store.read(|tx| {
            tx.each(&sql, &values, |r| {
                each(Stored {
                    id: HouseholdId(Uuid::from_bytes(r.get(0)?)),
                    village: r.get(1)?,
                    heads: r.get(2)?,
                    state: r.get(3)?,
                    visit_state: r.get(4)?,
                    changes: unsigned(r.get(5)?),
                    flags: r.get(6)?,
                    row: r.get(7)?,
                    form: r.get(8)?,
                    restricted: r.get(9)?,
                })
            })
        })
    }

    /// One household as it is now; `None` if it is not known.
    pub fn household(&self, id: HouseholdId) -> Result<Option<Projection>> {
        self.store.read(|tx| {
            let Some(found) = crate::household::load(tx, id)? else {
                return Ok(None);
            };
            Ok(Some(Projection::of_state(&found.record.state()?)))
        })
    }

    /// The row with which a household began.
    pub fn row(&self, id: HouseholdId) -> Result<Option<Row>> {
        self.store.read(|tx| row_of(tx, id))
    }

    /// Everything that was refused and that did not come in later, the newest last.
    pub fn quarantine(&self) -> Result<Vec<QuarantineLine>> {
        self.store.read(|tx| {
            tx.query(
                "SELECT id, device, received_at, kind, hash, household, code, message, length(body), document
                 FROM quarantine q
                 WHERE NOT EXISTS (SELECT 1 FROM change_log c WHERE c.hash = q.hash) ORDER BY id",
                params![],
                |r| {
                    Ok(QuarantineLine {
                        id: r.get(0)?,
                        device: DeviceId(Uuid::from_bytes(r.get(1)?)),
                        received: rfc3339(r.get(2)?),
                        kind: r.get(3)?,
                        hash: hex::encode(r.get::<[u8; 32]>(4)?),
                        household: HouseholdId(Uuid::from_bytes(r.get(5)?)),
                        code: r.get(6)?,
                        message: r.get(7)?,
                        bytes: r.get(8)?,
                        document: u8::try_from(r.get::<i64>(9)?)
                            .ok()
                            .and_then(DocumentKind::from_number)
                            .unwrap_or_default()
                            .as_str()
                            .to_owned(),
                    })
                },
            )
        })
    }

    /// Notes that somebody looks at unmasked numbers. Before they are shown.
    pub fn log_reveal(&self, what: &str, account: &str, now: u64) -> Result<()> {
        self.store.write(|tx| {
            tx.execute(
                "INSERT INTO reveal_log (at, what, account) VALUES (?1, ?2, ?3)",
                params![int(now), what, account],
            )?;
            Ok(())
        })
    }
}

/// A household as it lies in the cache.
pub(crate) struct Stored {
    pub id: HouseholdId,
    pub village: String,
    pub heads: Option<Vec<u8>>,
    state: Option<String>,
    pub visit_state: String,
    pub changes: u64,
    flags: Option<String>,
    row: Option<Vec<u8>>,
    /// The questionnaire, when it is no household.
    pub form: Option<String>,
    /// All of it is restricted on request: its values are for no list and no export.
    pub restricted: bool,
}

impl Stored {
    fn bare_row(&self) -> Result<Row> {
        Row::from_bytes(self.row.as_deref().unwrap_or_default())
            .map_err(|e| ServerError::Damaged(e.to_string()))
    }

    fn genesis_heads(&self) -> Result<Vec<u8>> {
        let record = Record::genesis(&self.bare_row()?)?;
        Ok(record.heads().iter().flat_map(|h| h.0).collect())
    }

    /// The heads, 32 bytes each.
    pub(crate) fn heads_or_genesis(&self) -> Result<Vec<u8>> {
        match &self.heads {
            Some(heads) => Ok(heads.clone()),
            None => self.genesis_heads(),
        }
    }

    pub(crate) fn projection(&self) -> Result<Projection> {
        match &self.state {
            Some(json) => {
                serde_json::from_str(json).map_err(|e| ServerError::Damaged(e.to_string()))
            }
            None => Ok(Projection::of_row(&self.bare_row()?)),
        }
    }

    pub(crate) fn flags(&self) -> Vec<Flag> {
        self.flags
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default()
    }
}
