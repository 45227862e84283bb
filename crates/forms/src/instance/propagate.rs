//! One answer recomputes what depends on it, in the order fixed when the form was compiled.

use super::{Changed, Instance};
use crate::expr::stored;
use crate::form::{CellId, CellKind, Form, NodeId, NodeKind};
use lawang_domain::InstanceId;
use std::collections::BTreeSet;

/// Most instances that a `repeat_count` makes.
const MAX_COUNTED: usize = 500;

/// Most instances of all repeats together that counting may reach: counted repeats can be nested.
const MAX_INSTANCES: usize = 20_000;

/// What is still to compute: rank of the cell, instance of its scope, the cell.
type Queue = BTreeSet<(u32, usize, CellId)>;

/// What has changed: instances and nodes.
#[derive(Default)]
struct Log {
    values: BTreeSet<(usize, NodeId)>,
    states: BTreeSet<(usize, NodeId)>,
    repeats: BTreeSet<NodeId>,
}

impl Instance {
    /// Computes every cell of every instance.
    pub fn recompute(&mut self) {
        let form = self.form.clone();
        let mut queue = Queue::new();
        for scope in self.data.all() {
            self.push_scope(&form, scope, &mut queue);
        }
        self.run(queue, Log::default());
    }

    pub(super) fn value_changed(&mut self, scope: usize, node: NodeId) -> Changed {
        let form = self.form.clone();
        let (mut queue, mut log) = (Queue::new(), Log::default());
        log.values.insert((scope, node));
        if let Some(cell) = find(&form, node, CellKind::Value) {
            // A computed field that people may overwrite keeps their value until its inputs change.
            self.push_dependents(&form, cell, scope, &mut queue);
        }
        self.run(queue, log)
    }

    /// After instances of `repeat` were added to or removed from `scope`.
    pub(super) fn structure_changed(
        &mut self,
        scope: usize,
        repeat: NodeId,
        new: &[usize],
    ) -> Changed {
        let form = self.form.clone();
        let (mut queue, mut log) = (Queue::new(), Log::default());
        log.repeats.insert(repeat);
        for scope in new {
            self.push_scope(&form, *scope, &mut queue);
        }
        if let Some(cell) = find(&form, repeat, CellKind::Structure) {
            self.push_dependents(&form, cell, scope, &mut queue);
        }
        // Removing an instance of a counted repeat lets a surplus one take its place.
        if let Some(cell) = find(&form, repeat, CellKind::Count) {
            queue.insert((form.cells[cell as usize].rank, scope, cell));
        }
        self.run(queue, log)
    }

    fn push_scope(&self, form: &Form, scope: usize, queue: &mut Queue) {
        let def = self.data.scopes[scope].def;
        for cell in form.cells_in.get(&def).into_iter().flatten() {
            queue.insert((form.cells[*cell as usize].rank, scope, *cell));
        }
    }

    fn push_dependents(&self, form: &Form, cell: CellId, scope: usize, queue: &mut Queue) {
        for (dependent, anchor) in &form.cells[cell as usize].dependents {
            let target = &form.cells[*dependent as usize];
            let depth = form.node(*anchor).repeats.len();
            let shared = self.data.climb(form, scope, depth);
            let home = match target.kind {
                CellKind::Count | CellKind::Structure => form
                    .node(target.node)
                    .repeats
                    .iter()
                    .rev()
                    .nth(1)
                    .copied()
                    .unwrap_or(0),
                _ => form.scope_of(target.node),
            };
            self.data.down(form, shared, home, &mut |scope| {
                queue.insert((target.rank, scope, *dependent));
            });
        }
    }

    fn run(&mut self, mut queue: Queue, mut log: Log) -> Changed {
        let form = self.form.clone();
        while let Some((_, scope, cell)) = queue.pop_first() {
            if !self.data.scopes[scope].alive {
                continue;
            }
            if self.compute(&form, scope, cell, &mut queue, &mut log) {
                self.push_dependents(&form, cell, scope, &mut queue);
            }
        }
        self.report(&form, log)
    }

    /// Computes a cell; tells whether what depends on it must be looked at.
    fn compute(
        &mut self,
        form: &Form,
        scope: usize,
        cell: CellId,
        queue: &mut Queue,
        log: &mut Log,
    ) -> bool {
        let cell = &form.cells[cell as usize];
        let node = form.node(cell.node);
        let place = (scope, cell.node);
        match cell.kind {
            CellKind::Value => {
                let (Some(expr), NodeKind::Question(kind)) = (&node.calculation, node.kind) else {
                    return false;
                };
                let value = self.env(scope, cell.node, "").value(expr);
                let (value, sort) = stored(&value, kind, *self.context.now.offset());
                let data = &mut self.data.scopes[scope];
                let old_sort = std::mem::replace(&mut data.kinds[node.slot], sort);
                let old = std::mem::replace(&mut data.values[node.slot], value);
                let changed = old != data.values[node.slot];
                if changed {
                    log.values.insert(place);
                }
                changed || old_sort != sort
            }
            CellKind::Relevant => {
                let Some(expr) = &node.relevant else {
                    return false;
                };
                let relevant = self.env(scope, cell.node, "").value(expr).bool();
                let old = &mut self.data.scopes[scope].relevant[node.slot];
                let changed = std::mem::replace(old, relevant) != relevant;
                if changed {
                    log.states.insert(place);
                }
                changed
            }
            CellKind::Required | CellKind::Readonly | CellKind::Valid => {
                let new = match cell.kind {
                    CellKind::Required => self.flag(scope, cell.node, node.required.as_ref()),
                    CellKind::Readonly => self.flag(scope, cell.node, node.readonly.as_ref()),
                    _ => {
                        if node.choice_filter.is_some() || node.answers.is_some() {
                            log.states.insert(place);
                        }
                        self.is_valid(scope, cell.node)
                    }
                };
                let data = &mut self.data.scopes[scope];
                let old = match cell.kind {
                    CellKind::Required => &mut data.required[node.slot],
                    CellKind::Readonly => &mut data.readonly[node.slot],
                    _ => &mut data.valid[node.slot],
                };
                if std::mem::replace(old, new) != new {
                    log.states.insert(place);
                }
                false
            }
            CellKind::Count => self.count(form, scope, cell.node, queue, log),
            CellKind::Structure => true,
            CellKind::Output => {
                log.states.insert(place);
                false
            }
        }
    }

    fn flag(&self, scope: usize, node: NodeId, expr: Option<&crate::expr::Expr>) -> bool {
        expr.is_some_and(|e| self.env(scope, node, "").value(e).bool())
    }

    /// Makes as many instances as `repeat_count` says; surplus ones stay, and are not relevant.
    fn count(
        &mut self,
        form: &Form,
        scope: usize,
        repeat: NodeId,
        queue: &mut Queue,
        log: &mut Log,
    ) -> bool {
        let node = form.node(repeat);
        let Some(expr) = &node.repeat_count else {
            return false;
        };
        let number = self
            .env(scope, node.parent.unwrap_or(0), "")
            .value(expr)
            .number();
        let wanted = if number.is_nan() || number < 0.0 {
            0
        } else {
            (number as usize).min(MAX_COUNTED)
        };
        let mut changed = false;
        while self.data.scopes[scope].children[node.repeat_slot].len() < wanted
            && self.data.by_id.len() < MAX_INSTANCES
        {
            let id = self.counted_id(scope, &node.name);
            let new = self.data.add(form, repeat, Some(id), Some(scope));
            self.start(new);
            self.raw_defaults(form, new);
            self.push_scope(form, new, queue);
            changed = true;
        }
        let children = self.data.scopes[scope].children[node.repeat_slot].clone();
        for (index, child) in children.into_iter().enumerate() {
            let surplus = index >= wanted;
            if std::mem::replace(&mut self.data.scopes[child].surplus, surplus) != surplus {
                changed = true;
                log.states.insert((child, repeat));
                // Inside, every reference reads something else now.
                let mut open = vec![child];
                while let Some(next) = open.pop() {
                    self.push_scope(form, next, queue);
                    open.extend(self.data.scopes[next].children.iter().flatten());
                }
            }
        }
        if changed {
            log.repeats.insert(repeat);
        }
        changed
    }

    /// Computed defaults of a new instance, before anything in it is computed.
    fn raw_defaults(&mut self, form: &Form, scope: usize) {
        let nodes = form.cells_in.get(&self.data.scopes[scope].def);
        for cell in nodes.into_iter().flatten() {
            let (cell, id) = (&form.cells[*cell as usize], form.cells[*cell as usize].node);
            if cell.kind == CellKind::Value
                && let Some(value) = self.default_of(form, scope, id)
            {
                self.data.scopes[scope].values[form.node(id).slot] = value;
            }
        }
    }

    /// An id that two devices make alike for the same place of a counted repeat.
    fn counted_id(&self, scope: usize, repeat: &str) -> InstanceId {
        let around = self.data.scopes[scope]
            .id
            .map_or_else(String::new, |id| id.to_string());
        let mut number = 1;
        loop {
            let name = format!("counted:{around}/{repeat}/{number}");
            let id = InstanceId(uuid::Uuid::new_v5(
                &lawang_domain::NAMESPACE_LAWANG,
                name.as_bytes(),
            ));
            if !self.data.by_id.contains_key(&id) {
                return id;
            }
            number += 1;
        }
    }

    /// Turns what was logged into paths; a group or an instance stands for all questions in it.
    fn report(&self, form: &Form, log: Log) -> Changed {
        let mut changed = Changed::default();
        let mut states = BTreeSet::new();
        let mut repeats = log.repeats;
        for (scope, node) in log.values {
            changed.values.extend(
                self.path_of(scope, node)
                    .filter(|_| self.data.scopes[scope].alive),
            );
        }
        for (scope, node) in log.states {
            if self.data.scopes[scope].alive {
                self.spread(form, scope, node, &mut states, &mut repeats);
            }
        }
        changed.states = states
            .into_iter()
            .filter_map(|(scope, node)| self.path_of(scope, node))
            .collect();
        changed.repeats = repeats
            .into_iter()
            .map(|r| form.node(r).name.clone())
            .collect();
        changed
    }

    fn spread(
        &self,
        form: &Form,
        scope: usize,
        node: NodeId,
        states: &mut BTreeSet<(usize, NodeId)>,
        repeats: &mut BTreeSet<NodeId>,
    ) {
        let def = form.node(node);
        match def.kind {
            NodeKind::Question(_) => {
                states.insert((scope, node));
            }
            kind => {
                if kind == NodeKind::Repeat {
                    repeats.insert(node);
                }
                for child in &def.children {
                    if form.node(*child).kind == NodeKind::Repeat {
                        for inner in
                            &self.data.scopes[scope].children[form.node(*child).repeat_slot]
                        {
                            self.spread(form, *inner, *child, states, repeats);
                        }
                    } else {
                        self.spread(form, scope, *child, states, repeats);
                    }
                }
            }
        }
    }
}

fn find(form: &Form, node: NodeId, kind: CellKind) -> Option<CellId> {
    form.cells_of[node as usize]
        .iter()
        .copied()
        .find(|c| form.cells[*c as usize].kind == kind)
}
