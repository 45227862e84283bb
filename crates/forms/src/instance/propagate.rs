//! One answer recomputes what depends on it, in the order fixed when the form was compiled.

use super::{Changed, Instance};
use crate::expr::stored;
use crate::form::{CellId, CellKind, Form, NodeId, NodeKind};
use lawang_domain::InstanceId;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Most instances that a `repeat_count` makes.
const MAX_COUNTED: usize = 500;

/// Most instances of all repeats together that counting may reach: counted repeats can be nested.
const MAX_INSTANCES: usize = 20_000;

/// Rank of a cell, instance of its scope, the cell.
type Task = (u32, usize, CellId);

/// Length below which a queue is not searched for what is there twice.
const LEAST_LIMIT: usize = 4096;

/// What is still to compute, each once, in the order of the ranks.
#[derive(Default)]
struct Queue {
    // A heap takes a task in a fraction of the time of a set; one that is there twice is noticed when it is taken.
    heap: BinaryHeap<Reverse<Task>>,
    /// At this length, those that are there more than once are taken out, so that memory stays in proportion to
    /// what there is to compute.
    limit: usize,
}

impl Queue {
    fn insert(&mut self, task: Task) {
        self.heap.push(Reverse(task));
        if self.heap.len() > self.limit.max(LEAST_LIMIT) {
            let mut all = std::mem::take(&mut self.heap).into_vec();
            all.sort_unstable();
            all.dedup();
            self.limit = 2 * all.len();
            self.heap = all.into();
        }
    }

    fn pop_first(&mut self) -> Option<Task> {
        let first = self.heap.pop()?;
        while self.heap.peek() == Some(&first) {
            self.heap.pop();
        }
        Some(first.0)
    }
}

/// What has changed: instances and nodes, some of them more than once.
#[derive(Default)]
struct Log {
    values: Vec<(usize, NodeId)>,
    states: Vec<(usize, NodeId)>,
    repeats: BTreeSet<NodeId>,
}

/// Each once, in order.
fn unique(mut places: Vec<(usize, NodeId)>) -> Vec<(usize, NodeId)> {
    places.sort_unstable();
    places.dedup();
    places
}

impl Instance {
    /// Computes every cell of every instance.
    pub fn recompute(&mut self) {
        let form = self.form.clone();
        let mut queue = Queue::default();
        for scope in self.data.all() {
            self.push_scope(&form, scope, &mut queue);
        }
        self.run(queue, Log::default());
    }

    pub(super) fn value_changed(&mut self, scope: usize, node: NodeId) -> Changed {
        let form = self.form.clone();
        let (mut queue, mut log) = (Queue::default(), Log::default());
        log.values.push((scope, node));
        if let Some(cell) = find(&form, node, CellKind::Value) {
            // A computed field that people may overwrite keeps their value until its inputs change.
            self.push_dependents(&form, cell, scope, &mut queue);
        }
        self.run(queue, log)
    }

    /// After a default was set while the form or an instance begins: computes all that depends on it,
    /// also beyond what stays as it is, since nothing has been computed before. JavaRosa does so too, and
    /// later defaults see it.
    pub(super) fn default_set(&mut self, scope: usize, node: NodeId) -> Changed {
        let form = self.form.clone();
        let (mut queue, mut log) = (Queue::default(), Log::default());
        log.values.push((scope, node));
        if let Some(cell) = find(&form, node, CellKind::Value) {
            self.push_dependents(&form, cell, scope, &mut queue);
        }
        while let Some((_, scope, cell)) = queue.pop_first() {
            if self.data.scopes[scope].alive {
                self.compute(&form, scope, cell, &mut queue, &mut log);
                self.push_dependents(&form, cell, scope, &mut queue);
            }
        }
        self.report(&form, log)
    }

    /// After instances of `repeat` were added to or removed from `scope`.
    pub(super) fn structure_changed(
        &mut self,
        scope: usize,
        repeat: NodeId,
        new: &[usize],
    ) -> Changed {
        let form = self.form.clone();
        let (mut queue, mut log) = (Queue::default(), Log::default());
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
                    log.values.push(place);
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
                    log.states.push(place);
                }
                changed
            }
            CellKind::Required | CellKind::Readonly | CellKind::Valid => {
                let new = match cell.kind {
                    CellKind::Required => self.flag(scope, cell.node, node.required.as_ref()),
                    CellKind::Readonly => self.flag(scope, cell.node, node.readonly.as_ref()),
                    _ => {
                        let seeded = matches!(node.randomize, Some(Some(_)));
                        if node.choice_filter.is_some() {
                            self.accepted.get_mut().remove(&place);
                        }
                        if node.choice_filter.is_some() || node.answers.is_some() || seeded {
                            log.states.push(place);
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
                    log.states.push(place);
                }
                false
            }
            CellKind::Count => self.count(form, scope, cell.node, queue, log),
            CellKind::Structure => true,
            CellKind::Output => {
                log.states.push(place);
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
            .kept(expr)
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
                log.states.push((child, repeat));
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
        let mut states = Vec::new();
        let mut repeats = log.repeats;
        for (scope, node) in unique(log.values) {
            changed.values.extend(
                self.path_of(scope, node)
                    .filter(|_| self.data.scopes[scope].alive),
            );
        }
        for (scope, node) in unique(log.states) {
            if self.data.scopes[scope].alive {
                self.spread(form, scope, node, &mut states, &mut repeats);
            }
        }
        changed.states = unique(states)
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
        states: &mut Vec<(usize, NodeId)>,
        repeats: &mut BTreeSet<NodeId>,
    ) {
        let def = form.node(node);
        match def.kind {
            NodeKind::Question(_) => {
                states.push((scope, node));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_gives_each_task_once_in_order_and_does_not_grow_with_repetitions() {
        let mut queue = Queue::default();
        for n in 0..100_000 {
            queue.insert((n * 7 % 10, 0, 3));
        }
        assert!(queue.heap.len() <= LEAST_LIMIT, "{}", queue.heap.len());
        let ranks: Vec<u32> = std::iter::from_fn(|| queue.pop_first())
            .map(|t| t.0)
            .collect();
        assert_eq!(ranks, (0..10).collect::<Vec<_>>());
        // Taken and put in again: to be computed again.
        queue.insert((1, 0, 3));
        assert_eq!(queue.pop_first(), Some((1, 0, 3)));
        queue.insert((1, 0, 3));
        assert_eq!(queue.pop_first(), Some((1, 0, 3)));
        assert_eq!(queue.pop_first(), None);
    }
}
