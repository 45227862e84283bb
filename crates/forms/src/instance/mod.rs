//! One form being filled in.

mod answers;
mod choices;
mod data;
mod entities;
mod propagate;
mod view;

use crate::expr::{Env, Expr, Kind, NodeRef, moment_text, stored};
use crate::form::{CellKind, Form, Initial, NodeId, NodeKind};
use crate::functions::Function;
use crate::types::QuestionType;
use chrono::{DateTime, FixedOffset, NaiveDate};
use lawang_domain::{FieldPath, InstanceId};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use answers::SetError;
pub(crate) use answers::check_type;
pub(crate) use data::Data;
pub use entities::{EntityAction, EntityChange};
pub use view::{Choice, Finding, FindingKind, NodeState};

/// What an evaluation knows of the world. Nothing in this crate reads a clock or draws a number.
#[derive(Debug, Clone)]
pub struct Context {
    /// The day, for `today()`.
    pub today: NaiveDate,
    /// The moment, for `now()` and the question type `start`.
    pub now: DateTime<FixedOffset>,
    /// The person, for the question type `username`.
    pub username: String,
    /// The device, for the question type `deviceid`.
    pub device_id: String,
    /// Seed of `random()` and `uuid()`.
    pub random: u64,
    /// What else the device knows of itself, for metadata questions and `property()`: `email`,
    /// `phonenumber`, `simserial`, `subscriberid`, `start-geopoint`.
    pub properties: BTreeMap<String, String>,
    /// Answers of the form that was saved last, by the name of the question; of a question in a repeat
    /// the first.
    pub last_saved: Arc<BTreeMap<String, String>>,
}

impl Context {
    /// The moment alone: nobody fills in, on no device.
    pub fn at(now: DateTime<FixedOffset>) -> Self {
        Self {
            today: now.date_naive(),
            now,
            username: String::new(),
            device_id: String::new(),
            random: 0,
            properties: BTreeMap::new(),
            last_saved: Arc::default(),
        }
    }

    pub(crate) fn property(&self, name: &str) -> String {
        self.properties.get(name).cloned().unwrap_or_default()
    }
}

/// Most triggers that set off one another.
const MAX_TRIGGERS: usize = 50;

/// What an answer has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Questions whose value is another one now, the answered one among them.
    pub values: Vec<FieldPath>,
    /// Questions that became or ceased to be relevant, required, read-only or valid, or whose texts or
    /// choices must be asked for again.
    pub states: Vec<FieldPath>,
    /// Repeats that gained or lost instances, or whose instances became or ceased to be relevant.
    pub repeats: Vec<String>,
}

/// Rows that the choice filter of a question in an instance accepted, until what it depends on changes.
type Accepted = HashMap<(usize, NodeId), Arc<[u32]>>;

/// A filled-in form: answers, and what follows from them.
#[derive(Debug, Clone)]
pub struct Instance {
    form: Arc<Form>,
    context: Context,
    data: Data,
    unknown: BTreeMap<FieldPath, String>,
    random: Cell<u64>,
    accepted: RefCell<Accepted>,
    /// Questions of the type `background-geopoint` that were triggered while the position was not known.
    unlocated: BTreeSet<(usize, NodeId)>,
}

/// Property of [`Context`]: where the device is now.
const POSITION: &str = "position";

impl Instance {
    /// A new form with defaults and calculations evaluated, and no instance of any repeat except those
    /// that a `repeat_count` asks for.
    pub fn new(form: Arc<Form>, context: Context) -> Self {
        Self::begin(form, context, |_| {})
    }

    /// `first` adds the instances that are there before anything is computed. Defaults see answers and
    /// other defaults, and no calculation yet: JavaRosa sets them when the form is first loaded, then
    /// computes.
    pub(crate) fn begin(form: Arc<Form>, context: Context, first: impl FnOnce(&mut Self)) -> Self {
        let mut instance = Self {
            random: Cell::new(context.random),
            accepted: RefCell::default(),
            data: Data::default(),
            unknown: BTreeMap::new(),
            unlocated: BTreeSet::new(),
            form,
            context,
        };
        let form = instance.form.clone();
        instance.data.add(&form, 0, None, None);
        instance.start(0);
        first(&mut instance);
        for scope in instance.data.all() {
            instance.computed_defaults(scope, &[]);
        }
        instance.recompute();
        instance
    }

    /// A new instance with fixed defaults, nothing computed yet.
    pub(crate) fn add_bare(&mut self, repeat: NodeId, parent: Option<InstanceId>, id: InstanceId) {
        let form = self.form.clone();
        let scope = parent.map_or(Some(0), |p| self.data.by_id.get(&p).copied());
        if let Some(scope) = scope {
            let new = self.data.add(&form, repeat, Some(id), Some(scope));
            self.start(new);
        }
    }

    /// The questionnaire.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// Takes over stored answers, then computes everything once. An instance of a repeat directly in
    /// the form appears when a path names it; one of a nested repeat must have been added before.
    /// What the form does not know is kept for [`Instance::unknown`]. Nothing is refused: an answer
    /// that does not fit its type is kept and reported as invalid.
    pub fn load(&mut self, answers: impl IntoIterator<Item = (FieldPath, String)>) {
        let mut given: Vec<(usize, NodeId)> = Vec::new();
        let first_new = self.data.scopes.len();
        for (path, value) in answers {
            match self.place_or_add(&path) {
                Some((scope, node)) => {
                    let slot = self.form.node(node).slot;
                    self.data.scopes[scope].values[slot] = value;
                    self.data.scopes[scope].kinds[slot] = Kind::Text;
                    given.push((scope, node));
                }
                None => {
                    self.unknown.insert(path, value);
                }
            }
        }
        self.recompute();
        for scope in first_new..self.data.scopes.len() {
            self.computed_defaults(scope, &given);
        }
    }

    /// Answers that the form has no place for, to be stored again untouched.
    pub fn unknown(&self) -> &BTreeMap<FieldPath, String> {
        &self.unknown
    }

    /// Gives an answer; an empty one clears. A value that breaks its constraint is stored, and reported
    /// by [`Instance::node`] and [`Instance::findings`].
    ///
    /// # Errors
    /// If there is no such question, if it is read-only or computed, or if the value is not of its type.
    pub fn set(&mut self, path: &FieldPath, value: &str) -> Result<Changed, SetError> {
        let (scope, node) = self.place(path).ok_or_else(|| SetError::unknown(path))?;
        let def = self.form.node(node);
        let NodeKind::Question(kind) = def.kind else {
            return Err(SetError::unknown(path));
        };
        if !kind.is_answered() || self.data.scopes[scope].readonly[def.slot] {
            return Err(SetError::read_only());
        }
        let list = def.list.map(|l| &*self.form.lists[l]);
        let value = answers::check_type(kind, list, value)?;
        let mut changed = self.store(scope, node, value);
        if changed.values.contains(path) {
            self.fire(scope, node, &mut changed, 0);
        }
        Ok(changed)
    }

    /// Keeps the name of a recording that was made while the form was filled in (`background-audio`).
    ///
    /// # Errors
    /// If there is no such question, or if it takes no recording of that kind.
    pub fn set_recording(&mut self, path: &FieldPath, value: &str) -> Result<Changed, SetError> {
        let (scope, node) = self.place(path).ok_or_else(|| SetError::unknown(path))?;
        if self.form.node(node).kind != NodeKind::Question(QuestionType::BackgroundAudio) {
            return Err(SetError::read_only());
        }
        Ok(self.store(scope, node, value.to_owned()))
    }

    /// Gives their values to the questions that this one triggers.
    fn fire(&mut self, scope: usize, node: NodeId, changed: &mut Changed, depth: usize) {
        let form = self.form.clone();
        for target in &form.node(node).triggers {
            let def = form.node(*target);
            let NodeKind::Question(kind) = def.kind else {
                continue;
            };
            let here = &form.node(self.data.scopes[scope].def).repeats;
            let shared = here.iter().zip(&def.repeats).take_while(|(a, b)| a == b);
            let around = self.data.climb(&form, scope, shared.count());
            let mut places = Vec::new();
            self.data
                .down(&form, around, *target, &mut |place| places.push(place));
            for place in places {
                if kind == QuestionType::BackgroundGeopoint {
                    changed.merge(self.locate_one(place, *target));
                    continue;
                }
                let (text, sort) = def.triggered.as_ref().map_or_else(
                    || (String::new(), Kind::Text),
                    |e| {
                        let value = self.env(place, *target, "").value(e);
                        stored(&value, kind, *self.context.now.offset())
                    },
                );
                let list = def.list.map(|l| &*form.lists[l]);
                let text = answers::check_type(kind, list, &text).unwrap_or(text);
                let data = &mut self.data.scopes[place];
                data.kinds[def.slot] = sort;
                if data.values[def.slot] == text {
                    continue;
                }
                data.values[def.slot] = text;
                changed.merge(self.value_changed(place, *target));
                if depth < MAX_TRIGGERS {
                    self.fire(place, *target, changed, depth + 1);
                }
            }
        }
    }

    /// Says where the device is, `lat lon altitude accuracy`; `None`: it is not known any more. Questions that wait for
    /// a position get it: `start-geopoint` while it is empty, `background-geopoint` once for each time it was triggered.
    pub fn locate(&mut self, position: Option<&str>) -> Changed {
        let mut changed = Changed::default();
        let known = position.and_then(|text| {
            answers::check_type(QuestionType::Geopoint, None, text)
                .ok()
                .filter(|text| !text.is_empty())
        });
        let Some(known) = known else {
            self.context.properties.remove(POSITION);
            return changed;
        };
        self.context
            .properties
            .insert(POSITION.to_owned(), known.clone());
        // An instance may have been removed meanwhile.
        let there = self.data.all();
        for (place, node) in std::mem::take(&mut self.unlocated) {
            if !there.contains(&place) {
                continue;
            }
            changed.merge(self.locate_one(place, node));
        }
        let form = self.form.clone();
        for scope in self.data.all() {
            for (id, node) in form.nodes.iter().enumerate() {
                let here = node.repeats.last().copied().unwrap_or(0) == self.data.scopes[scope].def;
                if here
                    && node.kind == NodeKind::Question(QuestionType::StartGeopoint)
                    && self.data.scopes[scope].values[node.slot].is_empty()
                {
                    changed.merge(self.store(scope, id as NodeId, known.clone()));
                }
            }
        }
        changed
    }

    /// Gives a triggered question the position, or has it wait for one.
    fn locate_one(&mut self, scope: usize, node: NodeId) -> Changed {
        let position = self.context.property(POSITION);
        if position.is_empty() {
            self.unlocated.insert((scope, node));
            return Changed::default();
        }
        self.store(scope, node, position)
    }

    /// Whether the form wants to know where the device is.
    pub fn wants_position(&self) -> bool {
        self.form.nodes.iter().any(|node| {
            matches!(
                node.kind,
                NodeKind::Question(QuestionType::StartGeopoint | QuestionType::BackgroundGeopoint)
            )
        })
    }

    /// Adds an instance of a repeat; `parent` is the instance around it, for a nested repeat. An id that
    /// is there already, a repeat that is not, or a parent that does not fit: nothing happens.
    pub fn add_repeat(
        &mut self,
        repeat: &str,
        parent: Option<InstanceId>,
        id: InstanceId,
    ) -> Changed {
        let form = self.form.clone();
        let Some(def) = form.repeats.get(repeat).copied() else {
            return Changed::default();
        };
        let outer = form
            .node(def)
            .repeats
            .iter()
            .rev()
            .nth(1)
            .copied()
            .unwrap_or(0);
        let scope = match parent {
            None => Some(0),
            Some(id) => self.data.by_id.get(&id).copied(),
        };
        let Some(scope) = scope.filter(|s| self.data.scopes[*s].def == outer) else {
            return Changed::default();
        };
        if self.data.by_id.contains_key(&id) {
            return Changed::default();
        }
        let new = self.data.add(&form, def, Some(id), Some(scope));
        self.start(new);
        let given = self.adopt(repeat, id);
        let mut changed = self.computed_defaults(new, &given);
        changed.merge(self.structure_changed(scope, def, &[new]));
        changed
    }

    /// Removes an instance with all it holds. An id that is not there: nothing happens.
    pub fn remove_repeat(&mut self, id: InstanceId) -> Changed {
        let Some(index) = self.data.by_id.get(&id).copied() else {
            return Changed::default();
        };
        let (def, parent) = (self.data.scopes[index].def, self.data.scopes[index].parent);
        let form = self.form.clone();
        self.data.remove(&form, index);
        self.structure_changed(parent.unwrap_or(0), def, &[])
    }

    /// Ids of all instances of a repeat, in order of adding (of a nested one: parent by parent).
    pub fn instances(&self, repeat: &str) -> Vec<InstanceId> {
        let Some(def) = self.form.repeats.get(repeat) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        self.data.down(&self.form, 0, *def, &mut |scope| {
            out.extend(self.data.scopes[scope].id)
        });
        out
    }

    /// Ids of the instances of a nested repeat in one instance of the repeat around it.
    pub fn instances_in(&self, repeat: &str, parent: InstanceId) -> Vec<InstanceId> {
        let ids = self.instances(repeat);
        ids.into_iter()
            .filter(|id| self.parent_of(*id) == Some(parent))
            .collect()
    }

    /// The instance around an instance of a nested repeat.
    pub fn parent_of(&self, id: InstanceId) -> Option<InstanceId> {
        let scope = self.data.by_id.get(&id)?;
        self.data.scopes[self.data.scopes[*scope].parent?].id
    }

    /// Moves the clock and computes everything again.
    pub fn set_clock(&mut self, today: NaiveDate, now: DateTime<FixedOffset>) {
        self.context.today = today;
        self.context.now = now;
        self.recompute();
    }

    /// Fills in the questions of type `end`.
    pub fn finish(&mut self, now: DateTime<FixedOffset>) -> Changed {
        let ends: Vec<NodeId> = (0..self.form.nodes.len() as NodeId)
            .filter(|n| self.form.node(*n).kind == NodeKind::Question(QuestionType::End))
            .collect();
        let mut changed = Changed::default();
        for node in ends {
            let mut scopes = Vec::new();
            self.data
                .down(&self.form, 0, node, &mut |scope| scopes.push(scope));
            for scope in scopes {
                changed.merge(self.store(scope, node, moment_text(&now)));
            }
        }
        changed
    }

    /// Fixed defaults and metadata of a new instance.
    fn start(&mut self, scope: usize) {
        let form = self.form.clone();
        for node in &form.nodes {
            if node.repeats.last().copied().unwrap_or(0) != self.data.scopes[scope].def {
                continue;
            }
            // As in JavaRosa, which reads this one word when it loads the form: defaults see nothing there.
            if matches!(&node.relevant, Some(Expr::Call(Function::False, _))) {
                self.data.scopes[scope].relevant[node.slot] = false;
            }
            let NodeKind::Question(kind) = node.kind else {
                continue;
            };
            let value = match (&node.default, kind) {
                (_, QuestionType::Start) => moment_text(&self.context.now),
                (_, QuestionType::Today) => self.context.today.format("%Y-%m-%d").to_string(),
                (_, QuestionType::DeviceId) => self.context.device_id.clone(),
                (_, QuestionType::Username) => self.context.username.clone(),
                (_, QuestionType::Email) => self.context.property("email"),
                (_, QuestionType::PhoneNumber) => self.context.property("phonenumber"),
                (_, QuestionType::SimSerial) => self.context.property("simserial"),
                (_, QuestionType::SubscriberId) => self.context.property("subscriberid"),
                (_, QuestionType::StartGeopoint) => self.context.property("start-geopoint"),
                (Initial::Fixed(value), _) => value.clone(),
                _ => continue,
            };
            self.data.scopes[scope].values[node.slot] = value;
        }
    }

    /// Defaults that are expressions, where no answer was given, in the order of the form.
    fn computed_defaults(&mut self, scope: usize, given: &[(usize, NodeId)]) -> Changed {
        let form = self.form.clone();
        let mut changed = Changed::default();
        for id in 0..form.nodes.len() as NodeId {
            if !given.contains(&(scope, id))
                && let Some(value) = self.default_of(&form, scope, id)
            {
                let slot = form.node(id).slot;
                self.data.scopes[scope].values[slot] = value;
                self.data.scopes[scope].kinds[slot] = Kind::Text;
                changed.merge(self.default_set(scope, id));
            }
        }
        changed
    }

    /// The value that an expression in the column `default` gives to an empty question.
    fn default_of(&self, form: &Form, scope: usize, id: NodeId) -> Option<String> {
        let node = form.node(id);
        let (Initial::Computed(expr), NodeKind::Question(kind)) = (&node.default, node.kind) else {
            return None;
        };
        let data = self.data.scopes.get(scope)?;
        if !data.alive || data.def != form.scope_of(id) || !data.values[node.slot].is_empty() {
            return None;
        }
        let value = self.env(scope, id, "").value(expr);
        let list = node.list.map(|l| &*form.lists[l]);
        let (text, _) = stored(&value, kind, *self.context.now.offset());
        Some(answers::check_type(kind, list, &text).unwrap_or(text))
    }

    /// Answers kept aside that belong to an instance added now.
    fn adopt(&mut self, repeat: &str, id: InstanceId) -> Vec<(usize, NodeId)> {
        let own = Some((repeat.to_owned(), id));
        let paths: Vec<FieldPath> = self
            .unknown
            .keys()
            .filter(|p| p.instance == own)
            .cloned()
            .collect();
        let mut given = Vec::new();
        for path in paths {
            if let Some((scope, node)) = self.place(&path)
                && let Some(value) = self.unknown.remove(&path)
            {
                let slot = self.form.node(node).slot;
                self.data.scopes[scope].values[slot] = value;
                given.push((scope, node));
            }
        }
        given
    }

    fn store(&mut self, scope: usize, node: NodeId, value: String) -> Changed {
        let slot = self.form.node(node).slot;
        if self.data.scopes[scope].values[slot] == value {
            return Changed::default();
        }
        self.data.scopes[scope].values[slot] = value;
        self.data.scopes[scope].kinds[slot] = Kind::Text;
        self.value_changed(scope, node)
    }

    /// Place of a question that a path names.
    fn place(&self, path: &FieldPath) -> Option<(usize, NodeId)> {
        let scope = match &path.instance {
            None => 0,
            Some((repeat, id)) => {
                let scope = *self.data.by_id.get(id)?;
                (self.data.scopes[scope].def == *self.form.repeats.get(repeat)?).then_some(scope)?
            }
        };
        let node = self.form.in_scope(self.data.scopes[scope].def, &path.key)?;
        matches!(self.form.node(node).kind, NodeKind::Question(_)).then_some((scope, node))
    }

    fn place_or_add(&mut self, path: &FieldPath) -> Option<(usize, NodeId)> {
        if let Some((repeat, id)) = &path.instance
            && !self.data.by_id.contains_key(id)
        {
            let def = *self.form.repeats.get(repeat)?;
            if self.form.node(def).repeats.len() != 1
                || self.form.in_scope(def, &path.key).is_none()
            {
                return None;
            }
            let form = self.form.clone();
            let new = self.data.add(&form, def, Some(*id), Some(0));
            self.start(new);
        }
        self.place(path)
    }

    fn env<'e>(&'e self, scope: usize, node: NodeId, lang: &'e str) -> Env<'e> {
        Env {
            form: &self.form,
            data: &self.data,
            context: &self.context,
            current: NodeRef::Main { scope, node },
            lang,
            random: &self.random,
        }
    }

    /// The path of a question in an instance.
    pub(crate) fn path_of(&self, scope: usize, node: NodeId) -> Option<FieldPath> {
        let data = &self.data.scopes[scope];
        let key = self.form.node(node).key.clone();
        Some(match data.id {
            None if scope == 0 => FieldPath::household(key),
            None => return None,
            Some(id) => FieldPath::of(self.form.node(data.def).name.clone(), id, key),
        })
    }

    fn has_cell(&self, node: NodeId, kind: CellKind) -> bool {
        self.form.cells_of[node as usize]
            .iter()
            .any(|c| self.form.cells[*c as usize].kind == kind)
    }
}

impl Changed {
    fn merge(&mut self, other: Changed) {
        for (mine, theirs) in [
            (&mut self.values, other.values),
            (&mut self.states, other.states),
        ] {
            for path in theirs {
                if !mine.contains(&path) {
                    mine.push(path);
                }
            }
        }
        for repeat in other.repeats {
            if !self.repeats.contains(&repeat) {
                self.repeats.push(repeat);
            }
        }
    }
}
