//! A household's document: reading, writing, merging.

use crate::{ChangeError, Hash, Heads, KEY_OF, KEY_SAID, Naming, State, Value, change::parse};
use automerge::{
    ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, PatchLog, ROOT, ReadDoc,
    ScalarValueRef, ValueRef,
    transaction::{CommitOptions, Transactable},
};
use lawang_domain::{FieldPath, InstanceId};
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The document could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("the document is damaged: {0}")]
    Damaged(String),
    #[error("the instance {0} is not in this document")]
    NoInstance(InstanceId),
    #[error("the heads are not in this document")]
    NoHeads,
}

impl From<AutomergeError> for RecordError {
    fn from(error: AutomergeError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// A change could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error("the change builds on changes that are not here")]
    MissingDependencies(Vec<Hash>),
    /// The author's actor has already said something else under the same number.
    #[error("the actor was used twice")]
    ReusedActor,
    #[error("the document refused the change: {0}")]
    Refused(String),
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Put(FieldPath, String),
    /// Says a value also where the same stands already: who says it counts.
    Say(FieldPath, String),
    /// Makes an instance of a repeat; its order is the text given.
    AddInstance {
        repeat: String,
        id: InstanceId,
        order: String,
    },
}

/// A change made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    pub hash: Hash,
    /// Raw, uncompressed.
    pub bytes: Vec<u8>,
}

/// A household's document in memory.
#[derive(Clone)]
pub struct Record {
    pub(crate) doc: Automerge,
}

fn hashes(heads: &[Hash]) -> Vec<ChangeHash> {
    heads.iter().map(|h| ChangeHash(h.0)).collect()
}

impl Record {
    pub(crate) fn from_doc(doc: Automerge) -> Self {
        Self { doc }
    }

    /// Reads a snapshot made by [`Record::save`].
    pub fn load(bytes: &[u8]) -> Result<Self, RecordError> {
        catch_unwind(AssertUnwindSafe(|| Automerge::load(bytes)))
            .map_err(|_| RecordError::Damaged("the snapshot cannot be read".into()))?
            .map(Self::from_doc)
            .map_err(Into::into)
    }

    /// A snapshot of the whole document with its history; uncompressed, because the database pages and
    /// the wire are compressed elsewhere and loading is three times faster.
    pub fn save(&self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// The heads, ascending.
    pub fn heads(&self) -> Heads {
        let mut heads: Heads = self.doc.get_heads().into_iter().map(Hash::from).collect();
        heads.sort_unstable();
        heads
    }

    /// Heads as the register alone would have them: the newest change of the register's own chain.
    pub fn register_heads(&self) -> Heads {
        self.register_heads_among(&|_| true)
    }

    /// The same, counting only changes of which that holds.
    pub fn register_heads_among(&self, counts: &dyn Fn(&Hash) -> bool) -> Heads {
        self.doc
            .get_changes(&[])
            .iter()
            .filter(|c| c.actor_id().to_bytes() == crate::REGISTER_ACTOR)
            .filter(|c| counts(&Hash(c.hash().0)))
            .max_by_key(|c| c.seq())
            .map(|c| vec![Hash(c.hash().0)])
            .unwrap_or_default()
    }

    /// Whether whoever made the change had another one in their document.
    pub fn knew(&self, change: &Hash, other: &Hash) -> bool {
        let mut to_look = vec![ChangeHash(change.0)];
        let mut seen = BTreeSet::new();
        while let Some(hash) = to_look.pop() {
            let Some(meta) = self.doc.get_change_meta_by_hash(&hash) else {
                continue;
            };
            for dep in meta.deps {
                if dep.0 == other.0 {
                    return true;
                }
                if seen.insert(dep) {
                    to_look.push(dep);
                }
            }
        }
        false
    }

    /// Whether the document holds the change.
    pub fn has(&self, hash: &Hash) -> bool {
        self.doc
            .get_change_meta_by_hash(&ChangeHash(hash.0))
            .is_some()
    }

    /// The first change, which follows from the household's row.
    pub fn genesis_hash(&self) -> Option<Hash> {
        let first = self.doc.get_changes_meta(&[]);
        first.first().map(|meta| Hash(meta.hash.0))
    }

    /// The fewest bytes, at least two, that tell a change from all others of this document; and the number of its last
    /// operation. `None`: it is not here.
    pub fn naming(&self, hash: &Hash) -> Option<(Naming, u64)> {
        let changes = self.doc.get_changes_meta(&[]);
        let at = changes.iter().position(|meta| meta.hash.0 == hash.0)?;
        let last_op = changes[at].max_op;
        if at == 0 {
            return Some((Naming::Genesis, last_op));
        }
        let mut len = 2u8;
        for meta in &changes {
            let same = meta.hash.0.iter().zip(&hash.0).take_while(|(a, b)| a == b);
            if meta.hash.0 != hash.0 {
                len = len.max(u8::try_from(same.count() + 1).unwrap_or(32));
            }
        }
        Some((Naming::Bytes(len.min(32)), last_op))
    }

    /// The changes that made an instance: none when nobody did, several when it was made more than once without the one
    /// having seen the other.
    pub fn makers(&self, id: InstanceId) -> Result<Vec<Hash>, RecordError> {
        let (_, instances) = self.containers()?;
        let made = self.doc.get_all(&instances, id.to_string())?;
        let hashes = made.iter().filter_map(|(_, op)| self.doc.hash_for_opid(op));
        Ok(hashes.map(|hash| Hash(hash.0)).collect())
    }

    /// Applies a change from elsewhere. A change that is already there is no error.
    /// The document is untouched when it is refused.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<Hash, ApplyError> {
        let change = parse(bytes)?;
        let hash = Hash(change.hash().0);
        if self.has(&hash) {
            return Ok(hash);
        }
        let missing: Vec<Hash> = change
            .deps()
            .iter()
            .map(|h| Hash(h.0))
            .filter(|h| !self.has(h))
            .collect();
        if !missing.is_empty() {
            return Err(ApplyError::MissingDependencies(missing));
        }
        // A hostile change may make automerge panic half-way; the scratch copy is then thrown away.
        let mut scratch = self.doc.clone();
        let applied = catch_unwind(AssertUnwindSafe(|| {
            scratch.apply_changes([change]).map(|()| scratch)
        }));
        match applied {
            Ok(Ok(doc)) if doc.get_change_meta_by_hash(&ChangeHash(hash.0)).is_some() => {
                self.doc = doc;
                Ok(hash)
            }
            Ok(Ok(_)) => Err(ApplyError::Refused("it was not taken in".into())),
            Ok(Err(AutomergeError::DuplicateSeqNumber(..))) => Err(ApplyError::ReusedActor),
            Ok(Err(error)) => Err(ApplyError::Refused(error.to_string())),
            Err(_) => Err(ApplyError::Refused("it broke the document".into())),
        }
    }

    /// Writes at the heads that the person saw. What others wrote meanwhile stays beside it.
    /// `None` when everything already has that value. `time`: seconds since 1970.
    pub fn write(
        &mut self,
        at: &[Hash],
        actor: &[u8],
        time: i64,
        writes: &[Write],
    ) -> Result<Option<NewChange>, RecordError> {
        if !at.iter().all(|hash| self.has(hash)) {
            return Err(RecordError::NoHeads);
        }
        let at = hashes(at);
        let mut now = self.doc.get_heads();
        now.sort_unstable();
        let mut wanted = at.clone();
        wanted.sort_unstable();
        if now != wanted {
            return self.write_behind(&at, actor, time, writes);
        }
        let (_, instances) = self.containers()?;
        let seen = self.state_at_hashes(Some(&at))?;
        // The last write to a field counts; the order of fields is kept, so that replays are equal.
        let mut last: BTreeMap<&FieldPath, &str> = BTreeMap::new();
        for write in writes {
            if let Write::Put(path, value) | Write::Say(path, value) = write {
                last.insert(path, value);
            }
        }
        let mut done: BTreeSet<&FieldPath> = BTreeSet::new();
        self.doc.set_actor(ActorId::from(actor));
        let mut tx = self
            .doc
            .transaction_at(PatchLog::null(), &at)
            .map_err(|e| RecordError::Damaged(e.to_string()))?;
        let mut made: BTreeMap<InstanceId, ObjId> = BTreeMap::new();
        for write in writes {
            match write {
                Write::AddInstance { repeat, id, order } => {
                    if seen.of(repeat).contains(id) || made.contains_key(id) {
                        continue;
                    }
                    let map = tx.put_object(&instances, id.to_string(), ObjType::Map)?;
                    tx.put(&map, KEY_OF, repeat.as_str())?;
                    tx.put(&map, crate::KEY_ORDER, order.as_str())?;
                    made.insert(*id, map);
                }
                Write::Put(path, _) | Write::Say(path, _) => {
                    let value = last[path];
                    let again = unchanged(&seen, path, value);
                    if !done.insert(path) || (again && matches!(write, Write::Put(..))) {
                        continue;
                    }
                    let object = match path.instance_id() {
                        None => tx
                            .get(ROOT, "answers")?
                            .map(|(_, id)| id)
                            .ok_or_else(|| RecordError::Damaged("no answers".into()))?,
                        Some(id) => match made.get(&id) {
                            Some(map) => map.clone(),
                            None => tx
                                .get(&instances, id.to_string())?
                                .map(|(_, map)| map)
                                .ok_or(RecordError::NoInstance(id))?,
                        },
                    };
                    // Putting the winner of a conflict again, automerge would delete the others instead (and nothing
                    // where it stands alone): no deletions here, and the value is to be said by who settled it.
                    let settles_with_winner = seen
                        .fields
                        .get(path)
                        .is_some_and(|all| all.len() > 1 && all[0].text == value);
                    if settles_with_winner || again {
                        tx.put(&object, path.key.as_str(), format!("{value} "))?;
                    }
                    tx.put(&object, path.key.as_str(), value)?;
                }
            }
        }
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(time));
        let Some(hash) = hash else { return Ok(None) };
        let change = self
            .doc
            .get_change_by_hash(&hash)
            .ok_or_else(|| RecordError::Damaged("the change just made is not there".into()))?;
        Ok(Some(NewChange {
            hash: Hash(hash.0),
            bytes: change.raw_bytes().to_vec(),
        }))
    }

    /// These changes without the ones that another of them builds on, ascending: heads to write at.
    pub fn newest_of(&self, hashes: &[Hash]) -> Heads {
        let mut named: Heads = hashes.to_vec();
        named.sort_unstable();
        named.dedup();
        if named.len() < 2 {
            return named;
        }
        let mut covered: BTreeSet<Hash> = BTreeSet::new();
        let parents = |hash: &Hash| -> Vec<Hash> {
            self.doc
                .get_change_by_hash(&ChangeHash(hash.0))
                .map(|change| change.deps().iter().map(|h| Hash(h.0)).collect())
                .unwrap_or_default()
        };
        let mut waiting: Vec<Hash> = named.iter().flat_map(parents).collect();
        while let Some(hash) = waiting.pop() {
            if covered.insert(hash) {
                waiting.extend(parents(&hash));
            }
        }
        named.retain(|hash| !covered.contains(hash));
        named
    }

    /// The largest operation counter in the document.
    pub fn max_op(&self) -> u64 {
        self.doc
            .get_changes(&[])
            .iter()
            .map(|c| c.start_op().get() + c.len() as u64 - 1)
            .max()
            .unwrap_or(0)
    }

    /// All values as they are now.
    pub fn state(&self) -> Result<State, RecordError> {
        self.state_at_hashes(None)
    }

    /// All values as they were at some heads.
    pub fn state_at(&self, heads: &[Hash]) -> Result<State, RecordError> {
        if !heads.iter().all(|hash| self.has(hash)) {
            return Err(RecordError::NoHeads);
        }
        self.state_at_hashes(Some(&hashes(heads)))
    }

    pub(crate) fn containers(&self) -> Result<(ObjId, ObjId), RecordError> {
        let get = |key: &str| match self.doc.get(ROOT, key)? {
            Some((value, id)) if value.is_object() => Ok(id),
            _ => Err(RecordError::Damaged(format!("the document has no `{key}`"))),
        };
        Ok((get("answers")?, get("instances")?))
    }

    fn state_at_hashes(&self, at: Option<&[ChangeHash]>) -> Result<State, RecordError> {
        let (answers, instances) = self.containers()?;
        let mut state = State::default();
        self.read_map(&answers, at, &mut |key, values| {
            if key != KEY_SAID {
                state.fields.insert(FieldPath::household(key), values);
            }
        })?;
        let keys: Vec<String> = match at {
            None => self.doc.keys(&instances).collect(),
            Some(heads) => self.doc.keys_at(&instances, heads).collect(),
        };
        let mut order: BTreeMap<String, Vec<(String, InstanceId)>> = BTreeMap::new();
        for key in keys {
            let Ok(id) = key.parse::<InstanceId>() else {
                continue;
            };
            let found = match at {
                None => self.doc.get(&instances, key.as_str())?,
                Some(heads) => self.doc.get_at(&instances, key.as_str(), heads)?,
            };
            let Some((_, map)) = found else { continue };
            let mut fields: Vec<(String, Vec<Value>)> = Vec::new();
            self.read_map(&map, at, &mut |key, values| fields.push((key, values)))?;
            let first = |name: &str| {
                fields
                    .iter()
                    .find(|(key, _)| key == name)
                    .and_then(|(_, values)| values.first())
                    .map_or(String::new(), |v| v.text.clone())
            };
            let of = first(KEY_OF);
            order
                .entry(of.clone())
                .or_default()
                .push((first(crate::KEY_ORDER), id));
            for (key, values) in fields {
                if key != KEY_OF && key != KEY_SAID {
                    state
                        .fields
                        .insert(FieldPath::of(of.as_str(), id, key), values);
                }
            }
        }
        for (of, mut ids) in order {
            ids.sort();
            state
                .instances
                .insert(of, ids.into_iter().map(|(_, id)| id).collect());
        }
        Ok(state)
    }

    fn read_map(
        &self,
        map: &ObjId,
        at: Option<&[ChangeHash]>,
        take: &mut dyn FnMut(String, Vec<Value>),
    ) -> Result<(), RecordError> {
        let items = match at {
            None => self.doc.map_range(map, ..),
            Some(heads) => self.doc.map_range_at(map, .., heads),
        };
        for item in items {
            if !item.conflict {
                // Nearly all: one value, which the walk over the map has found already.
                let op = item.id();
                if let (Some(text), Some(hash)) =
                    (text_of(&item.value), self.doc.hash_for_opid(&op))
                {
                    let change = Hash(hash.0);
                    take(item.key.into_owned(), vec![Value { text, change }]);
                }
                continue;
            }
            let key = item.key.into_owned();
            let all = match at {
                None => self.doc.get_all(map, key.as_str())?,
                Some(heads) => self.doc.get_all_at(map, key.as_str(), heads)?,
            };
            // automerge gives the winner last.
            let mut values: Vec<Value> = Vec::with_capacity(all.len());
            for (value, op) in all.into_iter().rev() {
                let Some(text) = value.as_str() else { continue };
                if values.iter().any(|v| v.text == text) {
                    continue;
                }
                if let Some(hash) = self.doc.hash_for_opid(&op) {
                    values.push(Value {
                        text: text.to_owned(),
                        change: Hash(hash.0),
                    });
                }
            }
            if !values.is_empty() {
                take(key, values);
            }
        }
        Ok(())
    }

    /// Every change in an order in which it can be applied, the first change left out.
    pub fn changes_after_genesis(&self) -> Vec<NewChange> {
        self.doc
            .get_changes(&[])
            .into_iter()
            .skip(1)
            .map(|c| NewChange {
                hash: Hash(c.hash().0),
                bytes: c.raw_bytes().to_vec(),
            })
            .collect()
    }

    /// All values as they were for whoever made a change, just before it.
    ///
    /// # Errors
    /// [`RecordError::NoHeads`] when the change is not in the document.
    pub fn state_before(&self, hash: &Hash) -> Result<State, RecordError> {
        let change = self
            .doc
            .get_change_by_hash(&ChangeHash(hash.0))
            .ok_or(RecordError::NoHeads)?;
        self.state_at_hashes(Some(change.deps()))
    }

    /// The fields that one change wrote, with the value before it (at the heads it was made on) and
    /// the value it wrote.
    pub fn difference(&self, hash: &Hash) -> Result<Vec<(FieldPath, String, String)>, RecordError> {
        let change = self
            .doc
            .get_change_by_hash(&ChangeHash(hash.0))
            .ok_or(RecordError::NoHeads)?;
        let before = self.state_at_hashes(Some(change.deps()))?;
        let after = self.state_at_hashes(Some(&[ChangeHash(hash.0)]))?;
        Ok(after
            .fields
            .iter()
            .filter(|(_, values)| values.iter().any(|v| v.change == *hash))
            .map(|(path, values)| {
                let new = values
                    .iter()
                    .find(|v| v.change == *hash)
                    .map_or(String::new(), |v| v.text.clone());
                (path.clone(), before.text(path).to_owned(), new)
            })
            .collect())
    }
}

/// An answer; everything else is none.
fn text_of(value: &ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// A value need not be written when the person saw exactly that value and nothing beside it.
fn unchanged(seen: &State, path: &FieldPath, value: &str) -> bool {
    match seen.fields.get(path) {
        None => value.is_empty(),
        Some(values) => values.len() == 1 && values[0].text == value,
    }
}
