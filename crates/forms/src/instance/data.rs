//! Answers and states of one form being filled in.

use crate::expr::Kind;
use crate::form::{Form, NodeId, NodeKind};
use lawang_domain::InstanceId;
use std::collections::HashMap;

/// All instances of scopes; the root is the first. Removed ones stay as dead places, so that an index
/// never changes its meaning.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    pub scopes: Vec<ScopeData>,
    pub by_id: HashMap<InstanceId, usize>,
}

/// One instance of a scope.
#[derive(Debug, Clone)]
pub(crate) struct ScopeData {
    pub alive: bool,
    pub def: NodeId,
    pub id: Option<InstanceId>,
    pub parent: Option<usize>,
    /// By slot: the answer; empty for groups.
    pub values: Vec<String>,
    /// By slot: what kind of value an expression gave; `Text` for answers of people.
    pub kinds: Vec<Kind>,
    /// By slot: the node's own `relevant`; what stands around it is asked separately.
    pub relevant: Vec<bool>,
    pub required: Vec<bool>,
    pub readonly: Vec<bool>,
    pub valid: Vec<bool>,
    /// By place of the repeat: its instances in order of adding.
    pub children: Vec<Vec<usize>>,
    /// More instances than `repeat_count` wants: kept, not relevant.
    pub surplus: bool,
}

impl Data {
    /// A new instance, with every state at its start. Gives its index.
    pub(crate) fn add(
        &mut self,
        form: &Form,
        def: NodeId,
        id: Option<InstanceId>,
        parent: Option<usize>,
    ) -> usize {
        let node = form.node(def);
        let index = self.scopes.len();
        self.scopes.push(ScopeData {
            alive: true,
            def,
            id,
            parent,
            values: vec![String::new(); node.slots],
            kinds: vec![Kind::Text; node.slots],
            relevant: vec![true; node.slots],
            required: vec![false; node.slots],
            readonly: vec![false; node.slots],
            valid: vec![true; node.slots],
            children: vec![Vec::new(); node.repeat_slots],
            surplus: false,
        });
        if let Some(parent) = parent {
            self.scopes[parent].children[node.repeat_slot].push(index);
        }
        if let Some(id) = id {
            self.by_id.insert(id, index);
        }
        index
    }

    /// Removes an instance and all in it.
    pub(crate) fn remove(&mut self, form: &Form, index: usize) {
        let def = self.scopes[index].def;
        if let Some(parent) = self.scopes[index].parent {
            self.scopes[parent].children[form.node(def).repeat_slot].retain(|c| *c != index);
        }
        let mut doomed = vec![index];
        while let Some(next) = doomed.pop() {
            let scope = &mut self.scopes[next];
            scope.alive = false;
            doomed.extend(scope.children.iter_mut().flat_map(std::mem::take));
            if let Some(id) = scope.id.take() {
                self.by_id.remove(&id);
            }
            scope.values.clear();
        }
    }

    /// The instance around `scope` that has `depth` repeats around it.
    pub(crate) fn climb(&self, form: &Form, mut scope: usize, depth: usize) -> usize {
        while form.node(self.scopes[scope].def).repeats.len() > depth {
            match self.scopes[scope].parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        scope
    }

    /// Calls `found` with every instance below `scope` in which `target` has its place.
    pub(crate) fn down(
        &self,
        form: &Form,
        scope: usize,
        target: NodeId,
        found: &mut dyn FnMut(usize),
    ) {
        let depth = form.node(self.scopes[scope].def).repeats.len();
        let repeats = &form.node(target).repeats;
        self.descend(form, scope, repeats.get(depth..).unwrap_or_default(), found);
    }

    fn descend(&self, form: &Form, scope: usize, repeats: &[NodeId], found: &mut dyn FnMut(usize)) {
        match repeats {
            [] => found(scope),
            [next, rest @ ..] => {
                for child in &self.scopes[scope].children[form.node(*next).repeat_slot] {
                    self.descend(form, *child, rest, found);
                }
            }
        }
    }

    /// Whether a node and all that stands around it are relevant.
    pub(crate) fn is_relevant(&self, form: &Form, mut scope: usize, mut node: NodeId) -> bool {
        loop {
            let def = form.node(node);
            let data = &self.scopes[scope];
            if !data.relevant[def.slot] {
                return false;
            }
            if def.kind == NodeKind::Repeat {
                match data.parent {
                    Some(parent) if !data.surplus => scope = parent,
                    _ => return false,
                }
            }
            match def.parent {
                Some(parent) => node = parent,
                None => return true,
            }
        }
    }

    /// Instances in document order.
    pub(crate) fn all(&self) -> Vec<usize> {
        let mut out = Vec::new();
        let mut open = vec![0];
        while let Some(next) = open.pop() {
            out.push(next);
            for children in self.scopes[next].children.iter().rev() {
                open.extend(children.iter().rev());
            }
        }
        out
    }
}
