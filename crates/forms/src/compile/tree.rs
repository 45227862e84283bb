//! The tree of nodes while it is built.

use super::{Keys, Report};
use crate::draft::{Draft, DraftNode, Place, Source};
use crate::form::{Node, NodeId, NodeKind};
use crate::problem::Problem;
use crate::text::Text;
use std::collections::HashMap;

/// Nodes with their names found; expressions still as text in the rows.
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub keys: Keys,
    pub by_name: HashMap<String, Vec<NodeId>>,
    pub repeats: HashMap<String, NodeId>,
    /// The first name in a scope of those that differ only in case, by its lower case.
    folded: HashMap<(NodeId, String), String>,
}

/// The nodes of a draft, under the same numbers.
pub(super) fn build(draft: &Draft, report: &mut Report) -> Tree {
    let mut tree = Tree::new(&draft.settings.root);
    for node in draft.nodes.iter().skip(1) {
        tree.add(
            blank(node, Some(node.parent as NodeId)),
            &node.place,
            report,
        );
    }
    tree
}

fn blank(draft: &DraftNode, parent: Option<NodeId>) -> Node {
    Node {
        name: draft.name.clone(),
        key: draft.name.clone(),
        row: draft.place.row,
        kind: draft.kind,
        parent,
        children: Vec::new(),
        repeats: Vec::new(),
        slot: 0,
        repeat_slot: 0,
        slots: 0,
        repeat_slots: 0,
        label: Text::default(),
        hint: Text::default(),
        guidance: Text::default(),
        constraint_message: Text::default(),
        required_message: Text::default(),
        appearance: draft.text("appearance").to_owned(),
        parameters: draft.parameters.clone(),
        media: Vec::new(),
        relevant: None,
        required: None,
        readonly: None,
        constraint: None,
        calculation: None,
        choice_filter: None,
        repeat_count: None,
        default: crate::form::Initial::None,
        list: match &draft.source {
            Some(Source::List { list, .. }) => Some(*list),
            _ => None,
        },
        answers: None,
        randomize: None,
        triggers: Vec::new(),
        triggered: None,
    }
}

impl Tree {
    fn new(root: &str) -> Self {
        let root = DraftNode::new(root, NodeKind::Root, 0, Place::default());
        let mut tree = Self {
            nodes: vec![blank(&root, None)],
            keys: HashMap::from([(0, HashMap::new())]),
            by_name: HashMap::new(),
            repeats: HashMap::new(),
            folded: HashMap::new(),
        };
        tree.nodes[0].slots = 1;
        tree
    }

    /// Adds a node below `parent`, and refuses a name that its scope already has.
    fn add(&mut self, mut node: Node, place: &Place, report: &mut Report) {
        let id = self.nodes.len() as NodeId;
        let parent = node.parent.unwrap_or(0);
        let around = self.nodes[parent as usize].repeats.clone();
        let outer = around.last().copied().unwrap_or(0);
        node.repeats = around;
        if node.kind == NodeKind::Repeat {
            node.repeats.push(id);
            node.slots = 1;
            node.repeat_slot = self.nodes[outer as usize].repeat_slots;
            self.nodes[outer as usize].repeat_slots += 1;
            self.keys.insert(id, HashMap::new());
            if self.repeats.insert(node.name.clone(), id).is_some() {
                report.error(duplicate(
                    &node,
                    place,
                    "There are two repeats named",
                    "A repeat's name is part of its fields' paths.",
                ));
            }
        } else {
            node.slot = self.nodes[outer as usize].slots;
            self.nodes[outer as usize].slots += 1;
        }
        let names = self.keys.entry(outer).or_default();
        let first = self
            .folded
            .entry((outer, node.name.to_ascii_lowercase()))
            .or_insert_with(|| node.name.clone());
        if *first != node.name {
            report.warn(place.at("name").problem(
                "name_case",
                format!("'{}' differs from another name only in case.", node.name),
            ));
        }
        let siblings = &self.nodes[parent as usize].children;
        if siblings
            .iter()
            .any(|s| self.nodes[*s as usize].name == node.name)
        {
            report.error(duplicate(
                &node,
                place,
                "There is more than one survey element named",
                "Names must be unique within a group, a repeat or the form.",
            ));
        }
        // Another group has the name: the key says which group it stands in. No name of an author can be like it, because
        // the first of the two keeps the plain one and a later one of that name is told apart the same way.
        let mut above = node.parent;
        while names.contains_key(&node.key) {
            let Some(group) = above.map(|a| &self.nodes[a as usize]) else {
                node.key = format!("{}.{id}", node.key);
                continue;
            };
            node.key = format!("{}.{}", group.name, node.key);
            above = group.parent;
        }
        names.insert(node.key.clone(), id);
        self.by_name.entry(node.name.clone()).or_default().push(id);
        self.nodes[parent as usize].children.push(id);
        self.nodes.push(node);
    }
}

fn duplicate(node: &Node, place: &Place, what: &str, why: &str) -> Problem {
    place
        .at("name")
        .problem("name_duplicate", format!("{what} '{}'. {why}", node.name))
}
