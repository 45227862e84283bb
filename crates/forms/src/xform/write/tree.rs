//! The nodes of the form as they stand in the XML: those of the author, and those that XLSForm's short
//! cuts stand for (a counted repeat, a table of selects, the block `meta`).

use super::entities;
use crate::draft::{Cell, Draft, DraftNode, DraftText, Place, Source};
use crate::form::NodeKind;
use crate::types::QuestionType;
use std::collections::HashMap;

/// A node with its children and path.
pub(super) struct Item {
    pub node: DraftNode,
    pub parent: usize,
    pub children: Vec<usize>,
    /// Absolute path.
    pub path: String,
    /// The block `meta` and what stands in it have no place on the screen.
    pub bodyless: bool,
    /// Attributes of the node in the primary instance, each with its bind and actions.
    pub entity: Option<entities::Entity>,
}

impl Item {
    pub(super) fn is_repeat(&self) -> bool {
        self.node.kind == NodeKind::Repeat
    }
}

/// All nodes; the root is the first, and a node stands behind the one around it.
pub(super) struct Tree {
    pub items: Vec<Item>,
    by_name: HashMap<String, Vec<usize>>,
}

/// What makes a table of selects of a group.
#[derive(Clone, Copy)]
enum Table {
    None,
    Begun,
    List(usize),
}

impl Tree {
    pub(super) fn new(draft: &Draft) -> Self {
        let root = DraftNode::new(&draft.settings.root, NodeKind::Root, 0, Place::default());
        let mut tree = Self {
            items: Vec::with_capacity(draft.nodes.len() + 4),
            by_name: HashMap::new(),
        };
        tree.add(0, root, false);
        let mut new_index = vec![0; draft.nodes.len().max(1)];
        let mut open = vec![0];
        let mut table = Table::None;
        for (old, node) in draft.nodes.iter().enumerate().skip(1) {
            let parent = new_index[node.parent];
            // A table ends where any group ends.
            while open.last().is_some_and(|o| *o != parent) && open.len() > 1 {
                open.pop();
                table = Table::None;
            }
            let mut node = node.clone();
            if node.kind == NodeKind::Repeat {
                tree.count(parent, &mut node);
            }
            let mut note = None;
            if matches!(node.kind, NodeKind::Group | NodeKind::Repeat) && is_table(&mut node) {
                table = Table::Begun;
                note = table_note(&mut node);
            }
            if node.question().is_some_and(QuestionType::is_select) {
                tree.in_table(parent, &mut node, &mut table);
            }
            let section = node.question().is_none();
            new_index[old] = tree.add(parent, node, false);
            if section {
                open.push(new_index[old]);
            }
            if let Some(note) = note {
                tree.add(new_index[old], note, false);
            }
        }
        entities::place(draft, &mut tree, &new_index);
        tree.meta(draft);
        tree
    }

    pub(super) fn add(&mut self, parent: usize, node: DraftNode, bodyless: bool) -> usize {
        let at = self.items.len();
        let path = match self.items.get(parent) {
            Some(around) => format!("{}/{}", around.path, node.name),
            None => format!("/{}", node.name),
        };
        if at > 0 {
            self.items[parent].children.push(at);
            if !matches!(node.name.as_str(), "meta") || !bodyless {
                self.by_name.entry(node.name.clone()).or_default().push(at);
            }
        }
        self.items.push(Item {
            node,
            parent,
            children: Vec::new(),
            path,
            bodyless,
            entity: None,
        });
        at
    }

    /// The block `meta` of a group, made where it is not there.
    pub(super) fn meta_of(&mut self, parent: usize) -> usize {
        let there = self.items[parent]
            .children
            .iter()
            .copied()
            .find(|c| self.items[*c].bodyless && self.items[*c].node.name == "meta");
        there.unwrap_or_else(|| {
            let node = DraftNode::new("meta", NodeKind::Group, parent, Place::default());
            self.add(parent, node, true)
        })
    }

    /// A number of instances that is no plain reference gets a node of its own: `jr:count` takes a path.
    fn count(&mut self, parent: usize, node: &mut DraftNode) {
        let Some(cell) = node.cells.get_mut("repeat_count") else {
            return;
        };
        if is_reference(&cell.text) {
            return;
        }
        let name = format!("{}_count", node.name);
        let mut count = calculation(&name, &cell.text);
        set(&mut count, "read_only", "true()");
        cell.text = format!("${{{name}}}");
        self.add(parent, count, false);
    }

    /// The first select of a table is preceded by one that shows the labels of the choices.
    fn in_table(&mut self, parent: usize, node: &mut DraftNode, table: &mut Table) {
        let Some(Source::List { list, .. }) = &node.source else {
            return;
        };
        match table {
            Table::None => return,
            Table::Begun => {
                let name = format!("reserved_name_for_field_list_labels_{}", node.place.row);
                let mut head = DraftNode::new(&name, node.kind, parent, node.place.clone());
                head.source.clone_from(&node.source);
                set(&mut head, "appearance", "label");
                self.add(parent, head, false);
                *table = Table::List(*list);
            }
            // Another list is an error elsewhere; its select stands as it is.
            Table::List(first) if first != list => return,
            Table::List(_) => {}
        }
        set(node, "appearance", "list-nolabel");
    }

    fn meta(&mut self, draft: &Draft) {
        if draft.audit.is_none() && super::omits_id(draft) && draft.settings.instance_name.is_none()
        {
            return;
        }
        let meta = self.meta_of(0);
        if let Some(settings) = &draft.audit {
            let kind = NodeKind::Question(QuestionType::Audit);
            let mut audit = DraftNode::new("audit", kind, meta, Place::default());
            audit.attributes = settings
                .iter()
                .map(|(key, value)| (format!("bind::odk:{key}"), value.clone()))
                .collect();
            self.add(meta, audit, true);
        }
        if !super::omits_id(draft) {
            let mut id = calculation("instanceID", "");
            id.cells.remove("calculation");
            set(&mut id, "read_only", "true()");
            let preload = super::setting(draft, "instance_id").unwrap_or("uid");
            let preload = ("bind::jr:preload".to_owned(), preload.to_owned());
            id.attributes.push(preload);
            self.add(meta, id, true);
        }
        if let Some(name) = &draft.settings.instance_name {
            self.add(meta, calculation("instanceName", &name.text), true);
        }
    }

    /// Ancestors, the nearest first, each with its distance.
    pub(super) fn ancestors(&self, at: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut at = at;
        let mut steps = 0;
        std::iter::from_fn(move || {
            if at == 0 {
                return None;
            }
            at = self.items[at].parent;
            steps += 1;
            Some((at, steps))
        })
    }

    /// The nearest repeat around a node.
    pub(super) fn repeat_around(&self, at: usize) -> Option<usize> {
        let found = self.ancestors(at).find(|(a, _)| self.items[*a].is_repeat());
        found.map(|(a, _)| a)
    }

    /// The node of `${name}`: the one in the scope of the context, then outwards, then anywhere.
    pub(super) fn find(&self, name: &str, context: Option<usize>) -> Option<usize> {
        let all = self.by_name.get(name)?;
        if let [only] = all.as_slice() {
            return Some(*only);
        }
        let context = context.unwrap_or(0);
        let own = self.items[context].is_repeat().then_some(context);
        let around = self.ancestors(context).map(|(a, _)| a);
        let scopes = own
            .into_iter()
            .chain(around.filter(|a| self.items[*a].is_repeat()))
            .map(Some)
            .chain([None]);
        for scope in scopes {
            let here = all.iter().find(|c| self.repeat_around(**c) == scope);
            if let Some(found) = here {
                return Some(*found);
            }
        }
        None
    }
}

/// Whether a text is `${name}` and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
    inner.is_some_and(|t| !t.contains(['{', '}']))
}

pub(super) fn set(node: &mut DraftNode, column: &'static str, text: &str) {
    let place = node.place.at(column);
    let text = text.to_owned();
    node.cells.insert(column, Cell { text, place });
}

fn calculation(name: &str, text: &str) -> DraftNode {
    let kind = NodeKind::Question(QuestionType::Calculate);
    let mut node = DraftNode::new(name, kind, 0, Place::default());
    set(&mut node, "calculation", text);
    node
}

/// `table-list` stands for `field-list` with the rest of the appearance.
fn is_table(node: &mut DraftNode) -> bool {
    let Some(cell) = node.cells.get_mut("appearance") else {
        return false;
    };
    if !cell.text.split_whitespace().any(|w| w == "table-list") {
        return false;
    }
    let rest = cell.text.split_whitespace().filter(|w| *w != "table-list");
    cell.text = std::iter::once("field-list")
        .chain(rest)
        .collect::<Vec<_>>()
        .join(" ");
    true
}

/// Label and hint of a table go into a note, where they are shown.
fn table_note(node: &mut DraftNode) -> Option<DraftNode> {
    let own = |t: &DraftText| matches!(t.column, "label" | "hint");
    if !node.texts.iter().any(own) {
        return None;
    }
    let name = format!("generated_table_list_label_{}", node.place.row);
    let kind = NodeKind::Question(QuestionType::Note);
    let mut note = DraftNode::new(&name, kind, 0, node.place.clone());
    let (moved, kept) = std::mem::take(&mut node.texts).into_iter().partition(own);
    note.texts = moved;
    node.texts = kept;
    Some(note)
}
