//! Answers that somebody gave since a visit was submitted: who judges the visit would judge their own work.
//!
//! Every change is looked at where it was made, so that whoever has the same changes finds the same.

use crate::{
    BESIDE_ACTOR, Hash, KEY_STATUS, REGISTER_ACTOR, Record, RecordError, SETTLEMENTS, State, Touch,
    is_bookkeeping, pair_events,
};
use automerge::{Change, ChangeHash};
use lawang_domain::{Event, FieldPath};
use std::collections::{BTreeMap, BTreeSet};

/// The repeat of the persons who live in a household.
const MEMBERS: &str = "members";

/// An edit of a proposal, as far as it says a value.
#[derive(serde::Deserialize)]
struct Proposed {
    path: String,
    value: String,
    #[serde(default)]
    adds: bool,
}

/// What is written into answers in the course of verifying, and makes them nobody's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excused {
    /// What others propose, and somebody took over.
    values: BTreeSet<(FieldPath, String)>,
    /// What follows from decisions about persons who may be one.
    fields: BTreeSet<FieldPath>,
}

impl Excused {
    /// By a verification. `others`: whether a change is by somebody else.
    pub fn of(verification: &State, others: &mut dyn FnMut(&Hash) -> bool) -> Self {
        let mut excused = Self::default();
        for id in verification.of(Event::PROPOSALS) {
            let edits = FieldPath::of(Event::PROPOSALS, *id, "edits");
            let Some(value) = verification.fields.get(&edits).and_then(|v| v.first()) else {
                continue;
            };
            if !others(&value.change) {
                continue;
            }
            let edits: Vec<Proposed> = serde_json::from_str(&value.text).unwrap_or_default();
            for edit in edits.into_iter().filter(|edit| !edit.adds) {
                if let Ok(path) = edit.path.parse() {
                    excused.values.insert((path, edit.value));
                }
            }
        }
        for event in pair_events(verification) {
            let taken: Vec<String> = serde_json::from_str(&event.taken).unwrap_or_default();
            let keys = taken.into_iter().chain([KEY_STATUS.to_owned()]);
            let paths = keys.map(|key| FieldPath::of(MEMBERS, event.member, key));
            excused.fields.extend(paths);
        }
        excused
    }

    fn holds(&self, path: &FieldPath, value: &str) -> bool {
        self.fields.contains(path) || self.values.contains(&(path.clone(), value.to_owned()))
    }
}

/// An answer that a touch gives.
fn answer(touch: &Touch) -> Option<(FieldPath, &str)> {
    let Touch::Put {
        repeat, key, value, ..
    } = touch
    else {
        return None;
    };
    let said = !is_bookkeeping(repeat) && (!key.starts_with('_') || key == KEY_STATUS);
    Some((touch.field()?, value.as_str())).filter(|_| said)
}

impl Record {
    fn with_ancestors(&self, change: &Hash) -> BTreeSet<ChangeHash> {
        let mut to_look = vec![ChangeHash(change.0)];
        let mut seen = BTreeSet::new();
        while let Some(hash) = to_look.pop() {
            if seen.insert(hash)
                && let Some(meta) = self.doc.get_change_meta_by_hash(&hash)
            {
                to_look.extend(meta.deps);
            }
        }
        seen
    }

    /// Answers that changes of somebody's gave since a visit was submitted, also by who did not know that it was. Without
    /// what settles a conflict, what goes back to an older answer of others, what is `excused`, and what their author put
    /// back to what was submitted.
    ///
    /// # Errors
    /// The document is damaged.
    pub fn answered_since(
        &self,
        submission: &Hash,
        own: &dyn Fn(&Hash) -> bool,
        excused: &Excused,
    ) -> Result<BTreeSet<FieldPath>, RecordError> {
        if !self.has(submission) {
            return Ok(BTreeSet::new());
        }
        let before = self.with_ancestors(submission);
        let all = self.doc.get_changes(&[]);
        let own: Vec<&Change> = all
            .iter()
            .skip(1)
            .filter(|change| !before.contains(&change.hash()))
            // The office says answers again in the names of those who gave them.
            .filter(|change| {
                ![REGISTER_ACTOR, BESIDE_ACTOR].contains(&change.actor_id().to_bytes())
            })
            .filter(|change| own(&Hash(change.hash().0)))
            .collect();
        if own.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mine: BTreeSet<ChangeHash> = own.iter().map(|change| change.hash()).collect();
        let submitted = self.state_at(&[*submission])?;
        // By actor, so that who has not all of a person's changes finds no more than who has.
        let mut last: BTreeMap<(Vec<u8>, FieldPath), bool> = BTreeMap::new();
        for change in own {
            // What cannot be read was taken by a program that knows more.
            let touches = self.touches(change.raw_bytes()).unwrap_or_default();
            let settled: BTreeSet<&str> = touches
                .iter()
                .filter_map(|touch| match touch {
                    Touch::Put {
                        repeat, key, value, ..
                    } if repeat == SETTLEMENTS && key == "path" => Some(value.as_str()),
                    _ => None,
                })
                .collect();
            for (path, value) in touches.iter().filter_map(answer) {
                let settled = settled.contains(path.to_string().as_str());
                let work = submitted.text(&path) != value
                    && !excused.holds(&path, value)
                    && !(settled && self.settles(change, &path, value, &all, &mine)?);
                last.insert((change.actor_id().to_bytes().to_vec(), path), work);
            }
        }
        let work = last.into_iter().filter(|(_, work)| *work);
        Ok(work.map(|((_, path), _)| path).collect())
    }

    /// Whether a value that comes with a settlement is no new answer of its author: others disagreed, or somebody else has
    /// said it before.
    fn settles(
        &self,
        change: &Change,
        path: &FieldPath,
        value: &str,
        all: &[Change],
        mine: &BTreeSet<ChangeHash>,
    ) -> Result<bool, RecordError> {
        let before = self.state_before(&Hash(change.hash().0))?;
        let others = before.fields.get(path).map_or(0, |values| {
            let others = values
                .iter()
                .filter(|v| !mine.contains(&ChangeHash(v.change.0)));
            others.count()
        });
        if others > 1 || self.register()?.text(path) == value {
            return Ok(true);
        }
        let first: Vec<Hash> = self.genesis_hash().into_iter().collect();
        if self.state_at(&first)?.text(path) == value {
            return Ok(true);
        }
        let known = self.with_ancestors(&Hash(change.hash().0));
        Ok(all
            .iter()
            .skip(1)
            .filter(|other| known.contains(&other.hash()) && !mine.contains(&other.hash()))
            .any(|other| {
                let touches = self.touches(other.raw_bytes()).unwrap_or_default();
                let said = touches.iter().filter_map(answer);
                said.into_iter().any(|said| said == (path.clone(), value))
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, VISITS, Value, Write};
    use lawang_domain::{HouseholdId, InstanceId};
    use uuid::Uuid;

    const ENUMERATOR: &[u8] = &[1; 16];
    const DESK: &[u8] = &[2; 16];
    const OTHER: &[u8] = &[3; 16];

    fn id(n: u128) -> InstanceId {
        InstanceId(Uuid::from_u128(n))
    }

    fn floor() -> FieldPath {
        FieldPath::household("floor_material")
    }

    fn put(value: &str) -> Write {
        Write::Put(floor(), value.into())
    }

    /// A record of which a visit was submitted, and the change that did it.
    fn visited() -> (Record, Hash) {
        let mut row = Row::empty(HouseholdId(Uuid::from_u128(9)), "18.09.01.2001");
        row.answers.insert("floor_material".into(), "8".into());
        let mut record = Record::genesis(&row).unwrap();
        let made = write(
            &mut record,
            ENUMERATOR,
            &[
                Write::AddInstance {
                    repeat: VISITS.into(),
                    id: id(7),
                    order: "1".into(),
                },
                put("1"),
            ],
        );
        (record, made)
    }

    fn write(record: &mut Record, actor: &[u8], writes: &[Write]) -> Hash {
        let heads = record.heads();
        record
            .write(&heads, actor, 1, writes)
            .unwrap()
            .unwrap()
            .hash
    }

    fn settlement(value: &str) -> Vec<Write> {
        let field =
            |key: &str, value: String| Write::Put(FieldPath::of(SETTLEMENTS, id(50), key), value);
        vec![
            put(value),
            Write::AddInstance {
                repeat: SETTLEMENTS.into(),
                id: id(50),
                order: "2".into(),
            },
            field("path", floor().to_string()),
            field("reason", "saya lihat".into()),
        ]
    }

    fn own(record: &Record, submission: Hash, by: &[Hash]) -> usize {
        let own = |hash: &Hash| by.contains(hash);
        let none = Excused::default();
        record
            .answered_since(&submission, &own, &none)
            .unwrap()
            .len()
    }

    #[test]
    fn answers_given_after_a_submission_are_the_work_of_who_gave_them() {
        let (mut record, submission) = visited();
        let edit = write(&mut record, DESK, &[put("2")]);
        assert_eq!(own(&record, submission, &[edit]), 1);
        assert_eq!(
            own(&record, submission, &[submission]),
            0,
            "the visit itself"
        );
        assert_eq!(own(&record, submission, &[]), 0, "of somebody else");
        // A visit submitted after it has seen them.
        let later = write(&mut record, ENUMERATOR, &[put("3")]);
        assert_eq!(own(&record, later, &[edit]), 0);
    }

    #[test]
    fn answers_written_where_the_author_had_not_seen_the_submission_count_all_the_same() {
        let (mut record, submission) = visited();
        let behind: Vec<Hash> = record.genesis_hash().into_iter().collect();
        let edit = record
            .write(&behind, DESK, 1, &[put("2")])
            .unwrap()
            .unwrap();
        assert_eq!(own(&record, submission, &[edit.hash]), 1);
    }

    #[test]
    fn an_answer_put_back_to_what_was_submitted_is_nobodys_work() {
        let (mut record, submission) = visited();
        let edit = write(&mut record, DESK, &[put("2")]);
        let back = write(&mut record, DESK, &[put("1")]);
        assert_eq!(own(&record, submission, &[edit, back]), 0);
    }

    #[test]
    fn going_back_to_an_older_answer_is_the_desks_work_and_another_answer_under_its_name_is_not() {
        let (mut record, submission) = visited();
        let mut other = record.clone();
        let older = write(&mut record, DESK, &settlement("8"));
        assert_eq!(own(&record, submission, &[older]), 0, "the register's");
        let forged = write(&mut other, DESK, &settlement("2"));
        assert_eq!(own(&other, submission, &[forged]), 1, "nobody said that");
    }

    #[test]
    fn settling_what_others_disagreed_on_is_the_desks_work_and_settling_against_oneself_is_not() {
        let (mut record, submission) = visited();
        let behind: Vec<Hash> = record.genesis_hash().into_iter().collect();
        let mut alone = record.clone();
        record.write(&behind, OTHER, 1, &[put("3")]).unwrap();
        let settled = write(&mut record, DESK, &settlement("5"));
        assert_eq!(own(&record, submission, &[settled]), 0);
        let made = alone.write(&behind, DESK, 1, &[put("2")]).unwrap().unwrap();
        let settled = write(&mut alone, DESK, &settlement("2"));
        assert_eq!(own(&alone, submission, &[made.hash, settled]), 1);
    }

    #[test]
    fn taking_over_what_somebody_else_proposed_is_the_desks_work() {
        let (mut record, submission) = visited();
        let taken = write(&mut record, DESK, &[put("2")]);
        let mut verification = State::default();
        let text = r#"[{"path":"floor_material","value":"2","old":"1"}]"#;
        let path = FieldPath::of(Event::PROPOSALS, id(60), "edits");
        let value = Value {
            text: text.into(),
            change: Hash([6; 32]),
        };
        verification
            .instances
            .insert(Event::PROPOSALS.into(), vec![id(60)]);
        verification.fields.insert(path, vec![value]);
        let of = |others: bool| {
            let taken_over = Excused::of(&verification, &mut |_| others);
            let own = |hash: &Hash| *hash == taken;
            record
                .answered_since(&submission, &own, &taken_over)
                .unwrap()
                .len()
        };
        assert_eq!((of(true), of(false)), (0, 1));
    }

    #[test]
    fn striking_out_who_stands_twice_is_the_desks_work_and_striking_out_somebody_else_is_not() {
        let (mut record, _) = visited();
        let member = |n: u128| Write::AddInstance {
            repeat: MEMBERS.into(),
            id: id(n),
            order: "1".into(),
        };
        let strike = |n: u128| {
            let status = FieldPath::of(MEMBERS, id(n), KEY_STATUS);
            Write::Put(status, "removed".into())
        };
        let submission = write(&mut record, ENUMERATOR, &[member(20), member(21)]);
        let mut verification = State::default();
        verification
            .instances
            .insert(Event::PAIRS.into(), vec![id(70)]);
        for (key, value) in [
            ("verdict", "same".to_owned()),
            ("member", id(20).to_string()),
            ("other_household", id(3).to_string()),
            ("other_member", id(4).to_string()),
        ] {
            let change = Hash([6; 32]);
            let value = Value {
                text: value,
                change,
            };
            let path = FieldPath::of(Event::PAIRS, id(70), key);
            verification.fields.insert(path, vec![value]);
        }
        let excused = Excused::of(&verification, &mut |_| true);
        let found = |record: &Record, by: Hash| {
            let own = |hash: &Hash| *hash == by;
            record
                .answered_since(&submission, &own, &excused)
                .unwrap()
                .len()
        };
        let twice = write(&mut record, DESK, &[strike(20)]);
        assert_eq!(found(&record, twice), 0);
        let other = write(&mut record, DESK, &[strike(21)]);
        assert_eq!(found(&record, other), 1);
    }
}
