//! What a change does, operation by operation, resolved at the heads on which it was made.
//!
//! A comparison of the document before and after would not do: it misses a write that loses against another.

use crate::{ChangeError, Hash, KEY_OF, KEY_STATUS, Record, Touch, Write, change::parse};
use automerge::{ActorId, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, legacy};
use lawang_domain::{FieldPath, InstanceId};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
};

type Id = (u64, ActorId);

/// Where an object stands in the document.
#[derive(Clone)]
enum Place {
    Answers,
    Instances,
    Instance(InstanceId),
}

fn id_of(object: &ObjId) -> Option<Id> {
    match object {
        ObjId::Id(counter, actor, _) => Some((*counter, actor.clone())),
        ObjId::Root => None,
    }
}

/// The document as the author of a change saw it.
struct Seen<'a> {
    record: &'a Record,
    /// `None`: the author saw what is here now.
    at: Option<Vec<ChangeHash>>,
    objects: HashMap<Id, (Place, ObjId)>,
}

impl<'a> Seen<'a> {
    fn new(record: &'a Record, deps: &[ChangeHash]) -> Result<Self, ChangeError> {
        if deps.is_empty() || !deps.iter().all(|hash| record.has(&Hash(hash.0))) {
            return Err(ChangeError::Dependencies);
        }
        let mut named = deps.to_vec();
        named.sort_unstable();
        let mut heads = record.doc.get_heads();
        heads.sort_unstable();
        let at = (named != heads).then(|| deps.to_vec());
        let (answers, instances) = record
            .containers()
            .map_err(|_| ChangeError::UnknownObject)?;
        let mut seen = Self {
            record,
            at,
            objects: HashMap::new(),
        };
        let keys: Vec<String> = match &seen.at {
            None => record.doc.keys(&instances).collect(),
            Some(heads) => record.doc.keys_at(&instances, heads).collect(),
        };
        for key in keys {
            let Ok(id) = key.parse::<InstanceId>() else {
                continue;
            };
            let maps: Vec<ObjId> = seen
                .all(&instances, &key)?
                .into_iter()
                .map(|(_, map)| map)
                .collect();
            for map in maps {
                if let Some(object) = id_of(&map) {
                    seen.objects.insert(object, (Place::Instance(id), map));
                }
            }
        }
        for (place, object) in [(Place::Answers, answers), (Place::Instances, instances)] {
            if let Some(id) = id_of(&object) {
                seen.objects.insert(id, (place, object));
            }
        }
        Ok(seen)
    }

    fn all(
        &self,
        object: &ObjId,
        key: &str,
    ) -> Result<Vec<(automerge::Value<'_>, ObjId)>, ChangeError> {
        match &self.at {
            None => self.record.doc.get_all(object, key),
            Some(heads) => self.record.doc.get_all_at(object, key, heads),
        }
        .map_err(|_| ChangeError::UnknownObject)
    }

    /// The value that a plain reader saw.
    fn text(&self, object: &ObjId, key: &str) -> Result<String, ChangeError> {
        Ok(self
            .all(object, key)?
            .last()
            .and_then(|(value, _)| value.as_str())
            .unwrap_or_default()
            .to_owned())
    }
}

impl Record {
    /// Everything that a change does, resolved against the document as it was at the change's own heads.
    ///
    /// # Errors
    /// Operations that no Lawang program makes: deletions, lists, texts, numbers, writes to the root, objects that
    /// are not there at those heads, an instance made twice, predecessors other than exactly the values that
    /// the author saw.
    pub fn touches(&self, bytes: &[u8]) -> Result<Vec<Touch>, ChangeError> {
        let change = parse(bytes)?;
        // Whatever a hostile change makes automerge do, it ends here.
        catch_unwind(AssertUnwindSafe(|| {
            let expanded = change.decode();
            self.resolve(&expanded, change.deps())
        }))
        .map_err(|_| ChangeError::Malformed)?
    }

    fn resolve(
        &self,
        change: &legacy::Change,
        deps: &[ChangeHash],
    ) -> Result<Vec<Touch>, ChangeError> {
        let seen = Seen::new(self, deps)?;
        let mut made: HashMap<Id, InstanceId> = HashMap::new();
        let mut current: HashMap<(Id, String), BTreeSet<Id>> = HashMap::new();
        let mut puts: Vec<(Option<InstanceId>, String, String)> = Vec::new();
        let mut order: Vec<Result<usize, InstanceId>> = Vec::new();
        for (index, op) in change.operations.iter().enumerate() {
            let own = (
                change.start_op.get() + index as u64,
                change.actor_id.clone(),
            );
            let legacy::ObjectId::Id(object) = &op.obj else {
                return Err(ChangeError::NotAnAnswer);
            };
            let legacy::Key::Map(key) = &op.key else {
                return Err(ChangeError::NotAnAnswer);
            };
            let object = (object.0, object.1.clone());
            let known = seen.objects.get(&object);
            let place = match (made.get(&object), known) {
                (Some(id), _) => Place::Instance(*id),
                (None, Some((place, _))) => place.clone(),
                (None, None) => return Err(ChangeError::UnknownObject),
            };
            // What stands there in the eyes of the author is what must be replaced: no more, no less.
            let slot = (object, key.to_string());
            let before = match (current.get(&slot), known) {
                (Some(ids), _) => ids.clone(),
                (None, Some((_, map))) => seen
                    .all(map, key)?
                    .iter()
                    .filter_map(|(_, id)| id_of(id))
                    .collect(),
                (None, None) => BTreeSet::new(),
            };
            let named: BTreeSet<Id> = op.pred.iter().map(|id| (id.0, id.1.clone())).collect();
            if before != named {
                return Err(ChangeError::Predecessor);
            }
            match (&op.action, place) {
                (legacy::OpType::Put(ScalarValue::Str(value)), Place::Answers) => {
                    order.push(Ok(puts.len()));
                    puts.push((None, key.to_string(), value.to_string()));
                }
                (legacy::OpType::Put(ScalarValue::Str(value)), Place::Instance(id)) => {
                    order.push(Ok(puts.len()));
                    puts.push((Some(id), key.to_string(), value.to_string()));
                }
                (legacy::OpType::Make(ObjType::Map), Place::Instances) if before.is_empty() => {
                    let id = key.parse().map_err(|_| ChangeError::NotAnAnswer)?;
                    made.insert(own.clone(), id);
                    order.push(Err(id));
                }
                _ => return Err(ChangeError::NotAnAnswer),
            }
            current.insert(slot, BTreeSet::from([own]));
        }
        describe(&seen, &made, &puts, &order)
    }
}

/// Repeat, whether new, whether struck out: of each instance that is written to.
fn describe(
    seen: &Seen<'_>,
    made: &HashMap<Id, InstanceId>,
    puts: &[(Option<InstanceId>, String, String)],
    order: &[Result<usize, InstanceId>],
) -> Result<Vec<Touch>, ChangeError> {
    let mut known: BTreeMap<InstanceId, (String, bool, bool)> = BTreeMap::new();
    for (place, map) in seen.objects.values() {
        let Place::Instance(id) = place else { continue };
        if puts.iter().any(|(of, ..)| of == &Some(*id)) {
            let removed = seen.text(map, KEY_STATUS)? == "removed";
            known.insert(*id, (seen.text(map, KEY_OF)?, false, removed));
        }
    }
    for id in made.values() {
        let mut of = puts
            .iter()
            .filter(|(instance, key, _)| instance == &Some(*id) && key == KEY_OF);
        // Without saying what it is, or saying two things, it is nothing.
        let (Some((.., repeat)), None) = (of.next(), of.next()) else {
            return Err(ChangeError::NotAnAnswer);
        };
        known.insert(*id, (repeat.clone(), true, false));
    }
    for (instance, key, value) in puts {
        if let Some(id) = instance
            && key == KEY_STATUS
            && let Some(entry) = known.get_mut(id)
        {
            entry.2 &= value == "removed";
        }
    }
    let of = |id: &InstanceId| known.get(id).cloned().ok_or(ChangeError::UnknownObject);
    order
        .iter()
        .map(|step| match step {
            Err(id) => Ok(Touch::AddInstance {
                id: *id,
                repeat: of(id)?.0,
            }),
            Ok(index) => {
                let (instance, key, value) = &puts[*index];
                let (repeat, new, removed) = match instance {
                    Some(id) => of(id)?,
                    None => (String::new(), false, false),
                };
                Ok(Touch::Put {
                    instance: *instance,
                    repeat,
                    key: key.clone(),
                    value: value.clone(),
                    new,
                    removed,
                })
            }
        })
        .collect()
}

impl Touch {
    /// The field, when a value is written.
    pub fn field(&self) -> Option<FieldPath> {
        match self {
            Touch::Put {
                instance,
                repeat,
                key,
                ..
            } => Some(match instance {
                Some(id) => FieldPath::of(repeat.as_str(), *id, key.clone()),
                None => FieldPath::household(key.clone()),
            }),
            Touch::AddInstance { .. } => None,
        }
    }
}

/// What one writes to do again what a change did, in its order. `_of` and `_order` of an instance made by the
/// change are part of making it.
fn writes(touches: &[Touch]) -> Vec<Write> {
    let mut order: BTreeMap<InstanceId, String> = BTreeMap::new();
    for touch in touches {
        if let Touch::Put {
            instance: Some(id),
            key,
            value,
            new: true,
            ..
        } = touch
            && key == crate::KEY_ORDER
        {
            order.insert(*id, value.clone());
        }
    }
    touches
        .iter()
        .filter_map(|touch| match touch {
            Touch::AddInstance { id, repeat } => Some(Write::AddInstance {
                repeat: repeat.clone(),
                id: *id,
                order: order.get(id).cloned().unwrap_or_default(),
            }),
            Touch::Put { new: true, key, .. } if key == KEY_OF || key == crate::KEY_ORDER => None,
            Touch::Put { value, .. } => touch.field().map(|path| Write::Put(path, value.clone())),
        })
        .collect()
}

impl Record {
    /// What one writes to do these things again, in their order.
    pub fn writes_for(touches: &[Touch]) -> Vec<Write> {
        writes(touches)
    }
}

impl Record {
    /// What the document is, by its first change.
    pub fn kind(&self) -> Option<lawang_domain::DocumentKind> {
        use lawang_domain::DocumentKind as K;
        match self.doc.get(ROOT, "kind").ok()? {
            None => Some(K::FieldAnswers),
            Some((value, _)) => {
                let text = value.as_str().unwrap_or_default().to_owned();
                K::ALL.iter().copied().find(|k| k.as_str() == text)
            }
        }
    }
}
