//! A page of register rows, turned on its side: all values of one field stand together, which is what
//! zstd likes, and ids that follow from the register's own keys are not sent at all.

use crate::{KEY_ORDER, Row, RowError, RowInstance};
use lawang_domain::{HouseholdId, InstanceId};
use minicbor::{Decode, Encode, bytes::ByteArray};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Answers and fields from which ids follow.
const REGISTER_ID: &str = "register_id";
const PERSON_ID: &str = "person_id";
/// More rows than any page holds: a damaged count must not fill the memory.
const MAX_ROWS: usize = 100_000;

type Id = ByteArray<16>;

/// Values of several keys, each as a column.
#[derive(Debug, Default, Encode, Decode)]
struct Columns {
    #[n(0)]
    keys: Vec<String>,
    /// For each key, a value (or nothing) for every row.
    #[n(1)]
    values: Vec<Vec<Option<String>>>,
}

#[derive(Debug, Default, Encode, Decode)]
struct Packed {
    /// Villages of the rows; one entry stands for all.
    #[n(0)]
    villages: Vec<String>,
    /// Nothing where the id follows from `register_id`.
    #[n(1)]
    ids: Vec<Option<Id>>,
    #[n(2)]
    answers: Columns,
    /// Instances of each row.
    #[n(3)]
    counts: Vec<u32>,
    /// Nothing where the id follows from `person_id`.
    #[n(4)]
    instance_ids: Vec<Option<Id>>,
    /// Repeat of each instance; one entry stands for all.
    #[n(5)]
    of: Vec<String>,
    #[n(6)]
    fields: Columns,
}

impl Columns {
    fn pack<'a>(maps: &[&'a BTreeMap<String, String>]) -> Self {
        let keys: BTreeSet<&'a String> = maps.iter().flat_map(|map| map.keys()).collect();
        let values = keys
            .iter()
            .map(|key| maps.iter().map(|map| map.get(*key).cloned()).collect())
            .collect();
        Self {
            keys: keys.into_iter().cloned().collect(),
            values,
        }
    }

    fn unpack(self, rows: usize) -> Result<Vec<BTreeMap<String, String>>, RowError> {
        if self.keys.len() != self.values.len() || self.values.iter().any(|v| v.len() != rows) {
            return Err(RowError);
        }
        let mut maps = vec![BTreeMap::new(); rows];
        for (key, values) in self.keys.into_iter().zip(self.values) {
            for (map, value) in maps.iter_mut().zip(values) {
                if let Some(value) = value {
                    map.insert(key.clone(), value);
                }
            }
        }
        Ok(maps)
    }
}

/// One entry when all are equal.
fn once(all: Vec<String>) -> Vec<String> {
    match all.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => vec![first.clone()],
        _ => all,
    }
}

fn nth(all: &[String], index: usize) -> Result<&String, RowError> {
    match all {
        [only] => Ok(only),
        several => several.get(index).ok_or(RowError),
    }
}

/// Packs rows, not compressed yet.
pub fn pack_page(rows: &[Row]) -> Vec<u8> {
    let answers: Vec<_> = rows.iter().map(|row| &row.answers).collect();
    // Members in the order of the family, not of their ids: heads stand with heads.
    let instances: Vec<Vec<&RowInstance>> = rows
        .iter()
        .map(|row| {
            let mut all: Vec<_> = row.instances.iter().collect();
            all.sort_by_key(|i| (i.fields.get(KEY_ORDER), i.id));
            all
        })
        .collect();
    let flat: Vec<&RowInstance> = instances.iter().flatten().copied().collect();
    let packed = Packed {
        villages: once(rows.iter().map(|row| row.village.clone()).collect()),
        ids: rows
            .iter()
            .map(|row| {
                let follows = row
                    .answers
                    .get(REGISTER_ID)
                    .is_some_and(|key| HouseholdId::from_register(key) == row.household);
                (!follows).then(|| (*row.household.as_bytes()).into())
            })
            .collect(),
        answers: Columns::pack(&answers),
        counts: instances
            .iter()
            .map(|all| u32::try_from(all.len()).unwrap_or(u32::MAX))
            .collect(),
        instance_ids: flat
            .iter()
            .map(|i| {
                let follows = i
                    .fields
                    .get(PERSON_ID)
                    .is_some_and(|key| InstanceId::from_person(key) == i.id);
                (!follows).then(|| (*i.id.as_bytes()).into())
            })
            .collect(),
        of: once(flat.iter().map(|i| i.of.clone()).collect()),
        fields: Columns::pack(&flat.iter().map(|i| &i.fields).collect::<Vec<_>>()),
    };
    let mut out = Vec::new();
    // Writing into a vector cannot fail.
    let _ = minicbor::encode(&packed, &mut out);
    out
}

/// Unpacks rows; each comes out with the canonical bytes that it went in with.
pub fn unpack_page(bytes: &[u8]) -> Result<Vec<Row>, RowError> {
    let packed: Packed = minicbor::decode(bytes).map_err(|_| RowError)?;
    let rows = packed.ids.len();
    let flat = packed.instance_ids.len();
    let counted = packed
        .counts
        .iter()
        .try_fold(0usize, |sum, n| sum.checked_add(*n as usize));
    if rows > MAX_ROWS || packed.counts.len() != rows || counted != Some(flat) {
        return Err(RowError);
    }
    let answers = packed.answers.unpack(rows)?;
    let mut fields = packed.fields.unpack(flat)?.into_iter().enumerate();
    let mut out = Vec::with_capacity(rows);
    for (index, answers) in answers.into_iter().enumerate() {
        let household = match (&packed.ids[index], answers.get(REGISTER_ID)) {
            (Some(id), _) => HouseholdId(Uuid::from_bytes(**id)),
            (None, Some(key)) => HouseholdId::from_register(key),
            (None, None) => return Err(RowError),
        };
        let mut instances = Vec::with_capacity(packed.counts[index] as usize);
        for (place, fields) in fields.by_ref().take(packed.counts[index] as usize) {
            let id = match (&packed.instance_ids[place], fields.get(PERSON_ID)) {
                (Some(id), _) => InstanceId(Uuid::from_bytes(**id)),
                (None, Some(key)) => InstanceId::from_person(key),
                (None, None) => return Err(RowError),
            };
            instances.push(RowInstance {
                id,
                of: nth(&packed.of, place)?.clone(),
                fields,
            });
        }
        instances.sort_by_key(|i| i.id);
        out.push(Row {
            household,
            village: nth(&packed.villages, index)?.clone(),
            answers,
            instances,
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u128, registered: bool) -> Row {
        let key = format!("R-{n}");
        let mut row = Row::empty(HouseholdId(Uuid::from_u128(n)), "18.09.01.2001");
        if registered {
            row.household = HouseholdId::from_register(&key);
            row.answers.insert("register_id".into(), key);
        }
        row.answers.insert("rt".into(), format!("{:03}", n % 4));
        for m in 0..n % 4 {
            let person = format!("P-{n}-{m}");
            row.instances.push(RowInstance {
                id: if registered {
                    InstanceId::from_person(&person)
                } else {
                    InstanceId(Uuid::from_u128(n * 10 + m))
                },
                of: "members".into(),
                fields: [
                    ("person_id".to_owned(), person),
                    ("_order".to_owned(), format!("{m:04}")),
                ]
                .into(),
            });
        }
        row.instances.sort_by_key(|i| i.id);
        row
    }

    #[test]
    fn rows_come_out_of_a_page_with_the_bytes_they_went_in_with() {
        let rows: Vec<Row> = (0..20).map(|n| row(n, n % 3 != 0)).collect();
        let again = unpack_page(&pack_page(&rows)).unwrap();
        assert_eq!(again, rows);
        assert!(
            again
                .iter()
                .zip(&rows)
                .all(|(a, b)| a.to_bytes() == b.to_bytes())
        );
        assert_eq!(unpack_page(&pack_page(&[])).unwrap(), []);
    }

    #[test]
    fn ids_that_follow_from_the_register_are_not_sent() {
        let rows = [row(3, true)];
        let bytes = pack_page(&rows);
        assert!(!bytes.windows(16).any(|w| w == rows[0].household.as_bytes()));
    }

    proptest::proptest! {
        #[test]
        fn a_damaged_page_is_an_error_and_never_a_panic(byte in 0usize..2_000, flip in 1u8..) {
            let rows: Vec<Row> = (0..8).map(|n| row(n, true)).collect();
            let mut bytes = pack_page(&rows);
            let place = byte % bytes.len();
            bytes[place] ^= flip;
            let _ = unpack_page(&bytes);
            let _ = unpack_page(&bytes[..place]);
        }
    }
}
