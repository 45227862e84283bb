//! Persons who may stand in another village as well, as a finding about each of the two: which village and why, and
//! nothing of the other family. Who holds only one of the two villages learns of it this way.

use super::report::Written;
use crate::{
    error::{Result, ServerError},
    household::int,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::{
    ELSEWHERE, Elsewhere, FindingDetail, FindingResult, HouseholdId, InstanceId, VillageCode,
};
use lawang_sync::KIND_BASE;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A person, by record and member.
pub(crate) type Place = (HouseholdId, InstanceId);

/// What is to be said of a person.
pub(crate) struct Said {
    /// Where the person stands here.
    pub village: String,
    /// Where else.
    pub elsewhere: Vec<Elsewhere>,
}

/// A village as it is told: code, name, kecamatan.
pub(crate) fn named(village: &str) -> (String, String, String) {
    let code: Option<VillageCode> = village.parse().ok();
    let names = code.and_then(lawang_prelist::regions::names);
    names.map_or_else(
        || (village.to_owned(), String::new(), String::new()),
        |n| {
            (
                village.to_owned(),
                n.village.to_owned(),
                n.district.to_owned(),
            )
        },
    )
}

fn detail(elsewhere: Vec<Elsewhere>) -> String {
    let detail = FindingDetail {
        elsewhere,
        ..FindingDetail::default()
    };
    // Strings and numbers always serialise.
    serde_json::to_string(&detail).unwrap_or_default()
}

fn read(detail: &str) -> Result<Vec<Elsewhere>> {
    let detail: FindingDetail =
        serde_json::from_str(detail).map_err(|_| ServerError::Damaged("a finding".into()))?;
    Ok(detail.elsewhere)
}

/// Persons whose data are restricted; without a member the whole record.
pub(crate) struct Hidden(BTreeSet<(HouseholdId, Option<InstanceId>)>);

impl Hidden {
    pub(crate) fn of(tx: &Tx<'_>) -> Result<Self> {
        let mut all = BTreeSet::new();
        tx.each("SELECT household, member FROM restricted", params![], |r| {
            let household = HouseholdId(Uuid::from_bytes(r.get(0)?));
            let member = <[u8; 16]>::try_from(r.get::<Vec<u8>>(1)?).ok();
            all.insert((household, member.map(|m| InstanceId(Uuid::from_bytes(m)))));
            Ok(())
        })?;
        Ok(Self(all))
    }

    fn has(&self, (household, member): Place) -> bool {
        self.0.contains(&(household, None)) || self.0.contains(&(household, Some(member)))
    }

    /// What of a finding is told: nothing that names somebody whose data are restricted. `None`: nothing is left.
    pub(crate) fn told(&self, text: &str) -> Result<Option<String>> {
        let mut all = read(text)?;
        all.retain(|e| !self.has((e.household, e.member)));
        Ok((!all.is_empty()).then(|| detail(all)))
    }
}

/// Up to where the log of changes goes: whose record begins anew after that is not written about.
pub(crate) fn mark(server: &Server) -> Result<i64> {
    server.store.read(|tx| {
        tx.one(
            "SELECT coalesce(max(seq), 0) FROM change_log",
            params![],
            |r| r.get(0),
        )
    })
}

/// Whoever began anew, was erased, or went to another village since.
fn begun_anew(tx: &Tx<'_>, mark: i64) -> Result<BTreeSet<HouseholdId>> {
    let all: Vec<HouseholdId> = tx.query(
        "SELECT DISTINCT household FROM change_log WHERE kind = ?1 AND seq > ?2",
        params![u32::from(KIND_BASE), mark],
        |r| Ok(HouseholdId(Uuid::from_bytes(r.get(0)?))),
    )?;
    Ok(all.into_iter().collect())
}

/// Makes what is said of all persons what was found now, one transaction a village: the same is left alone, what is not
/// found any more is withdrawn. `dated`: today, ISO.
pub(crate) fn publish(
    server: &Server,
    said: BTreeMap<Place, Said>,
    mark: i64,
    dated: &str,
) -> Result<Written> {
    let mut by_village: BTreeMap<String, Vec<(Place, Vec<Elsewhere>)>> = BTreeMap::new();
    let known: Vec<String> = server.store.read(|tx| {
        tx.query(
            "SELECT DISTINCT village FROM finding WHERE source = ?1",
            params![ELSEWHERE],
            |r| r.get(0),
        )
    })?;
    for village in known {
        by_village.entry(village).or_default();
    }
    for (place, said) in said {
        let of = by_village.entry(said.village).or_default();
        of.push((place, said.elsewhere));
    }
    let mut written = Written::default();
    for (village, persons) in by_village {
        let of_village = server
            .store
            .write(|tx| of_village(tx, &village, &persons, mark, dated))?;
        written.new += of_village.new;
        written.changed += of_village.changed;
        written.unchanged += of_village.unchanged;
        written.ended += of_village.ended;
    }
    Ok(written)
}

fn of_village(
    tx: &Tx<'_>,
    village: &str,
    persons: &[(Place, Vec<Elsewhere>)],
    mark: i64,
    dated: &str,
) -> Result<Written> {
    let (anew, hidden) = (begun_anew(tx, mark)?, Hidden::of(tx)?);
    let stays = |place: Place| !anew.contains(&place.0) && !hidden.has(place);
    let mut before: BTreeMap<Place, String> = BTreeMap::new();
    tx.each(
        "SELECT household, member, detail FROM finding WHERE village = ?1 AND source = ?2",
        params![village, ELSEWHERE],
        |r| {
            let household = HouseholdId(Uuid::from_bytes(r.get(0)?));
            let member = InstanceId(Uuid::from_bytes(r.get(1)?));
            before.insert((household, member), r.get(2)?);
            Ok(())
        },
    )?;
    let mut written = Written::default();
    for (place, elsewhere) in persons {
        let told: Vec<Elsewhere> = elsewhere
            .iter()
            .filter(|e| stays(*place) && stays((e.household, e.member)))
            .cloned()
            .collect();
        if told.is_empty() {
            continue;
        }
        let detail = detail(told);
        match before.remove(place) {
            Some(old) if old == detail => {
                written.unchanged += 1;
                continue;
            }
            Some(_) => written.changed += 1,
            None => written.new += 1,
        }
        tx.execute(
            "INSERT INTO finding (household, member, source, village, result, dated, detail, past)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '[]')
             ON CONFLICT (household, member, source) DO UPDATE SET village = excluded.village,
                 result = excluded.result, dated = excluded.dated, detail = excluded.detail",
            params![
                place.0.as_bytes(),
                place.1.as_bytes(),
                ELSEWHERE,
                village,
                FindingResult::Suspected.as_str(),
                dated,
                detail
            ],
        )?;
    }
    for place in before.keys() {
        // Of whoever went to another village meanwhile, that village's turn decides.
        remove(tx, *place)?;
        written.ended += 1;
    }
    if written.new + written.changed + written.ended > 0 {
        made_anew(tx, village)?;
    }
    Ok(written)
}

fn remove(tx: &Tx<'_>, (household, member): Place) -> Result<()> {
    tx.execute(
        "DELETE FROM finding WHERE household = ?1 AND member = ?2 AND source = ?3",
        params![household.as_bytes(), member.as_bytes(), ELSEWHERE],
    )?;
    Ok(())
}

fn made_anew(tx: &Tx<'_>, village: &str) -> Result<()> {
    tx.execute(
        "UPDATE finding_package SET body = ?2 WHERE village = ?1",
        params![village, Vec::<u8>::new()],
    )?;
    Ok(())
}

/// A finding of somebody that names a record.
struct Mention {
    place: Place,
    village: String,
    elsewhere: Vec<Elsewhere>,
}

/// All of them. They are looked for, not followed from the record's own findings: a run that was cut off may have left one
/// of two.
fn mentions(tx: &Tx<'_>, household: HouseholdId) -> Result<Vec<Mention>> {
    let found: Vec<(Place, String, String)> = tx.query(
        "SELECT household, member, village, detail FROM finding WHERE source = ?1 AND detail LIKE ?2",
        params![ELSEWHERE, format!("%{household}%")],
        |r| {
            let household = HouseholdId(Uuid::from_bytes(r.get(0)?));
            let member = InstanceId(Uuid::from_bytes(r.get(1)?));
            Ok(((household, member), r.get(2)?, r.get(3)?))
        },
    )?;
    let mut all = Vec::with_capacity(found.len());
    for (place, village, detail) in found {
        all.push(Mention {
            place,
            village,
            elsewhere: read(&detail)?,
        });
    }
    Ok(all)
}

fn put(tx: &Tx<'_>, mention: Mention) -> Result<()> {
    if mention.elsewhere.is_empty() {
        remove(tx, mention.place)?;
    } else {
        let (household, member) = mention.place;
        tx.execute(
            "UPDATE finding SET detail = ?4 WHERE household = ?1 AND member = ?2 AND source = ?3",
            params![
                household.as_bytes(),
                member.as_bytes(),
                ELSEWHERE,
                detail(mention.elsewhere)
            ],
        )?;
    }
    made_anew(tx, &mention.village)
}

/// Who is erased is named in nobody's finding either: the whole record, or those who are not among the persons kept.
pub(crate) fn unmention(
    tx: &Tx<'_>,
    household: HouseholdId,
    kept: Option<&BTreeSet<InstanceId>>,
) -> Result<()> {
    let goes = |e: &Elsewhere| {
        e.household == household && kept.is_none_or(|kept| !kept.contains(&e.member))
    };
    for mut mention in mentions(tx, household)? {
        let all = mention.elsewhere.len();
        mention.elsewhere.retain(|e| !goes(e));
        if mention.elsewhere.len() < all {
            put(tx, mention)?;
        }
    }
    Ok(())
}

/// What names the record is told anew: who of it may be named changed.
pub(crate) fn told_anew(tx: &Tx<'_>, household: HouseholdId) -> Result<()> {
    for mention in mentions(tx, household)? {
        made_anew(tx, &mention.village)?;
    }
    Ok(())
}

/// The record went to another village: who is named with it is told that one, and two of one village are no finding.
pub(crate) fn moved(tx: &Tx<'_>, household: HouseholdId, to: &str) -> Result<()> {
    // Most records of a village are named nowhere, and then have no finding of their own.
    let own: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM finding WHERE household = ?1 AND source = ?2)",
        params![household.as_bytes(), ELSEWHERE],
        |r| r.get(0),
    )?;
    if !own {
        return Ok(());
    }
    let (code, name, district) = named(to);
    for mut mention in mentions(tx, household)? {
        let same_village = mention.village == to;
        mention
            .elsewhere
            .retain(|e| e.household != household || !same_village);
        for e in &mut mention.elsewhere {
            if e.household == household {
                (e.village, e.name, e.district) = (code.clone(), name.clone(), district.clone());
            }
        }
        put(tx, mention)?;
    }
    let own: Vec<([u8; 16], String)> = tx.query(
        "SELECT member, detail FROM finding WHERE household = ?1 AND source = ?2",
        params![household.as_bytes(), ELSEWHERE],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    for (member, text) in own {
        let mut elsewhere = read(&text)?;
        elsewhere.retain(|e| e.village != to);
        put(
            tx,
            Mention {
                place: (household, InstanceId(Uuid::from_bytes(member))),
                village: to.to_owned(),
                elsewhere,
            },
        )?;
    }
    Ok(())
}

/// Today, as findings are dated.
pub(crate) fn day(now: u64) -> String {
    let today = chrono::DateTime::from_timestamp_millis(int(now)).map(|t| t.date_naive());
    today.unwrap_or_default().to_string()
}
