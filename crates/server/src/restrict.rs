//! Restriction of processing on request: the data stay, and nobody works on them. It is said in the record's
//! administration, as an event that every device and hub of the village gets; the policy refuses what devices write
//! meanwhile, and lists, exports and the prelist leave the record out.

use crate::{
    authority, erase,
    error::{Result, ServerError},
    evidence, findings,
    household::{self, Household, Origin, REGISTER_DEVICE, int},
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{DocumentKind, Event, HouseholdId, InstanceId};
use lawang_records::{
    NewEvent, REGISTER_ACTOR, Record, Restrictions, inspect, restrictions, write_event,
};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One restriction or lifting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestrictionLine {
    /// The record.
    pub household: HouseholdId,
    /// The person, if only one is meant.
    pub person: Option<InstanceId>,
    /// False: it was lifted.
    pub restricted: bool,
    /// As it was given.
    pub reason: String,
    /// Who ran the command.
    pub account: String,
    /// RFC 3339.
    pub at: String,
}

/// What is restricted of a record now, by ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restricted {
    pub whole: bool,
    pub persons: BTreeSet<InstanceId>,
}

impl Restricted {
    pub(crate) fn is_empty(&self) -> bool {
        !self.whole && self.persons.is_empty()
    }
}

/// What is restricted of a record.
pub(crate) fn restricted(tx: &Tx<'_>, household: HouseholdId) -> Result<Restricted> {
    let mut found = Restricted::default();
    tx.each(
        "SELECT member FROM restricted WHERE household = ?1",
        params![household.as_bytes()],
        |r| {
            match <[u8; 16]>::try_from(r.get::<Vec<u8>>(0)?) {
                Ok(member) => {
                    found.persons.insert(InstanceId(Uuid::from_bytes(member)));
                }
                Err(_) => found.whole = true,
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// Reads a record's administration anew.
pub(crate) fn refresh(tx: &Tx<'_>, household: HouseholdId) -> Result<()> {
    let now = match authority::side(tx, household, DocumentKind::Administration)? {
        Some(record) => restrictions(&record.state()?),
        None => Restrictions::default(),
    };
    let before = restricted(tx, household)?;
    tx.execute(
        "DELETE FROM restricted WHERE household = ?1",
        params![household.as_bytes()],
    )?;
    if before.whole != now.whole.is_some() || !before.persons.iter().eq(now.persons.keys()) {
        findings::stale(tx, household)?;
        findings::elsewhere::told_anew(tx, household)?;
    }
    let whole = now.whole.iter().map(|_| Vec::new());
    let persons = now.persons.keys().map(|id| id.as_bytes().to_vec());
    for member in whole.chain(persons) {
        tx.execute(
            "INSERT INTO restricted (household, member) VALUES (?1, ?2)",
            params![household.as_bytes(), member],
        )?;
    }
    Ok(())
}

impl Server {
    /// Restricts the processing of a record, or of one person of it, or lifts that again: on every device at its next
    /// exchange. Gives false when it stands so already.
    ///
    /// # Errors
    /// `not_known`, `reason_missing`, `not_a_district`.
    pub fn restrict(
        &self,
        household: HouseholdId,
        person: Option<InstanceId>,
        restricted: bool,
        (reason, account): (&str, &str),
        now: u64,
    ) -> Result<bool> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(ServerError::refused("reason_missing", "say why"));
        }
        if self.hub().is_some() {
            return Err(
                ServerError::refused("not_a_district", "a hub restricts nothing")
                    .hint("give the command at the district server"),
            );
        }
        let id = InstanceId(self.entropy.uuid()?);
        self.store.write(|tx| {
            let found = household::load(tx, household)?.ok_or_else(erase::unknown)?;
            let state = found.record.state()?;
            if person
                .is_some_and(|person| !state.instances.values().any(|ids| ids.contains(&person)))
            {
                return Err(erase::unknown());
            }
            let before = self::restricted(tx, household)?;
            let stands = match person {
                None => before.whole,
                Some(person) => before.persons.contains(&person),
            };
            if stands == restricted {
                return Ok(false);
            }
            let mut document = match authority::side(tx, household, DocumentKind::Administration)? {
                Some(record) => record,
                None => Record::genesis_of(household, DocumentKind::Administration)?,
            };
            let about = person.map_or(String::new(), |id| id.to_string());
            let event = NewEvent {
                id,
                repeat: Event::RESTRICTIONS,
                at: int(now),
                fields: &[
                    ("restricted", if restricted { "1" } else { "0" }),
                    ("person", &about),
                    ("reason", reason),
                ],
            };
            let writes = write_event(&document.state()?, &event);
            let heads = document.heads();
            let made = document
                .write(&heads, REGISTER_ACTOR, int(now / 1000), &writes)?
                .ok_or_else(|| ServerError::Damaged("an event that writes nothing".into()))?;
            let info = inspect(&made.bytes).map_err(|e| ServerError::Damaged(e.to_string()))?;
            let origin = Origin {
                device: REGISTER_DEVICE,
                incarnation: [0; 8],
                person: "",
                role: "register",
                now,
            };
            let mut record: Household = found;
            let kind = DocumentKind::Administration;
            household::append_change(tx, &mut record, kind, &info, &made.bytes, &origin)?;
            tx.execute(
                "INSERT INTO restriction (household, member, restricted, reason, account, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    household.as_bytes(),
                    person.map(|id| *id.as_bytes()),
                    restricted,
                    reason,
                    account,
                    int(now)
                ],
            )?;
            evidence::seal(self, tx, now)?;
            Ok(true)
        })
    }

    /// Persons whose data are restricted now.
    pub(crate) fn restricted_persons(&self) -> Result<BTreeSet<InstanceId>> {
        self.store.read(|tx| {
            tx.query(
                "SELECT member FROM restricted WHERE length(member) = 16",
                params![],
                |r| Ok(InstanceId(Uuid::from_bytes(r.get(0)?))),
            )
        })
    }

    /// Every restriction and every lifting, the newest last.
    pub fn restrictions(&self) -> Result<Vec<RestrictionLine>> {
        self.store.read(|tx| {
            tx.query(
                "SELECT household, member, restricted, reason, account, at FROM restriction ORDER BY id",
                params![],
                |r| {
                    Ok(RestrictionLine {
                        household: HouseholdId(Uuid::from_bytes(r.get(0)?)),
                        person: r
                            .get::<Option<[u8; 16]>>(1)?
                            .map(|id| InstanceId(Uuid::from_bytes(id))),
                        restricted: r.get(2)?,
                        reason: r.get(3)?,
                        account: r.get(4)?,
                        at: crate::admin::rfc3339(r.get(5)?),
                    })
                },
            )
        })
    }
}
