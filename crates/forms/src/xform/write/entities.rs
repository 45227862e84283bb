//! Entities: the block `meta/entity` that says what a finished form makes or changes in a list, and
//! where in the form it stands.

use super::refs::has_reference;
use super::tree::{Tree, set};
use crate::draft::{Cell, Draft, DraftEntity, DraftNode, Place};
use crate::form::NodeKind;
use crate::types::QuestionType;
use std::collections::{BTreeMap, HashSet};

/// The attributes of an element `entity`.
pub(super) struct Entity {
    pub attributes: Vec<Attribute>,
}

/// An attribute in the primary instance.
pub(super) struct Attribute {
    pub name: &'static str,
    pub value: String,
    /// Whether it has a bind at all.
    pub bound: bool,
    /// Expression as the author wrote it.
    pub calculate: Option<String>,
    /// Expression that is set when the form or the instance is made.
    pub first: Option<&'static str>,
}

/// Entities since 2025 may be several, and stand in repeats.
pub(super) fn version(draft: &Draft, tree: &Tree) -> Option<&'static str> {
    if draft.entities.is_empty() {
        return None;
    }
    let in_repeat = (0..tree.items.len())
        .any(|i| tree.items[i].entity.is_some() && tree.repeat_around(i).is_some());
    Some(if draft.entities.len() > 1 || in_repeat {
        "2025.1.0"
    } else {
        "2024.1.0"
    })
}

/// Puts the blocks of all entities into the tree.
pub(super) fn place(draft: &Draft, tree: &mut Tree, new_index: &[usize]) {
    for (container, entity) in allocate(draft, tree, new_index) {
        add(tree, container, &draft.entities[entity]);
    }
}

fn add(tree: &mut Tree, container: usize, entity: &DraftEntity) {
    let text = |column: &str| entity.cells.get(column).map(|c: &Cell| c.text.clone());
    let (id, create_if, update_if) = (text("entity_id"), text("create_if"), text("update_if"));
    let fixed = |name, value: &str| Attribute {
        name,
        value: value.to_owned(),
        bound: false,
        calculate: None,
        first: None,
    };
    let mut attributes = vec![fixed("dataset", &entity.dataset)];
    if id.is_none() || create_if.is_some() {
        attributes.push(Attribute {
            bound: create_if.is_some(),
            calculate: create_if,
            ..fixed("create", "1")
        });
    }
    if let Some(id) = &id {
        attributes.push(Attribute {
            bound: update_if.is_some(),
            calculate: update_if,
            ..fixed("update", "1")
        });
        for (name, column) in [
            ("baseVersion", "__version"),
            ("trunkVersion", "__trunkVersion"),
            ("branchId", "__branchId"),
        ] {
            let calculate = format!(
                "instance('{}')/root/item[name={id}]/{column}",
                entity.dataset
            );
            attributes.push(Attribute {
                bound: true,
                calculate: Some(calculate),
                ..fixed(name, "")
            });
        }
    }
    attributes.push(Attribute {
        bound: true,
        first: id.is_none().then_some("uuid()"),
        calculate: id,
        ..fixed("id", "")
    });
    // pyxform gives each entity a block of its own; a second one beside it cannot be.
    let meta = tree.meta_of(container);
    let node = DraftNode::new("entity", NodeKind::Group, meta, Place::default());
    let at = tree.add(meta, node, true);
    tree.items[at].entity = Some(Entity { attributes });
    if let Some(label) = text("label") {
        let kind = NodeKind::Question(QuestionType::Calculate);
        let mut node = DraftNode::new("label", kind, at, Place::default());
        set(&mut node, "calculation", &label);
        set(&mut node, "read_only", "true()");
        tree.add(at, node, true);
    }
}

/// What speaks for a place: a question that is saved to the entity, or one that its cells name.
struct Wish {
    container: usize,
    saves: bool,
}

/// An entity, the container that suits it best, and the containers that save to it.
type Request = (usize, usize, Vec<usize>);

/// The container of each entity: as near as possible to the questions that it is made of, one entity
/// in a container.
fn allocate(draft: &Draft, tree: &Tree, new_index: &[usize]) -> Vec<(usize, usize)> {
    let mut by_scope: Vec<(usize, Vec<Request>)> = Vec::new();
    let mut unasked = Vec::new();
    for (index, entity) in draft.entities.iter().enumerate() {
        let wishes = wishes(draft, tree, new_index, entity);
        if wishes.is_empty() {
            unasked.push(index);
            continue;
        }
        let (scope, container, lineages) = request(tree, &wishes);
        let request = (index, container, lineages);
        match by_scope.iter_mut().find(|(s, _)| *s == scope) {
            Some((_, all)) => all.push(request),
            None => by_scope.push((scope, vec![request])),
        }
    }
    for index in unasked {
        let request = (index, 0, Vec::new());
        match by_scope.iter_mut().find(|(s, _)| *s == 0) {
            Some((_, all)) => all.push(request),
            None => by_scope.push((0, vec![request])),
        }
    }
    if let [(0, only)] = by_scope.as_slice()
        && let [(index, ..)] = only.as_slice()
    {
        return vec![(0, *index)];
    }
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut reserved: HashSet<usize> = HashSet::new();
    for (scope, requests) in by_scope {
        for (index, container, lineages) in requests {
            let mut at = container;
            while reserved.contains(&at) && at != scope && at != 0 {
                at = tree.items[at].parent;
            }
            taken.entry(at).or_insert(index);
            reserved.insert(at);
            for lineage in lineages {
                let mut up = lineage;
                while up != at && up != 0 {
                    reserved.insert(up);
                    up = tree.items[up].parent;
                }
            }
        }
    }
    taken.into_iter().collect()
}

fn wishes(draft: &Draft, tree: &Tree, new_index: &[usize], entity: &DraftEntity) -> Vec<Wish> {
    let named: HashSet<&str> = entity
        .cells
        .values()
        .filter(|c| has_reference(&c.text))
        .flat_map(|c| Tree::references(&c.text))
        .collect();
    let mut out = Vec::new();
    for (old, node) in draft.nodes.iter().enumerate().skip(1) {
        let container = tree.items[new_index[old]].parent;
        if let Some(save) = node.cell("save_to") {
            let mine = match save.text.split_once('#') {
                Some((dataset, _)) => dataset.trim() == entity.dataset,
                None => draft.entities.len() == 1,
            };
            if mine {
                let saves = true;
                out.push(Wish { container, saves });
            }
        }
        if named.contains(node.name.as_str()) {
            let saves = false;
            out.push(Wish { container, saves });
        }
    }
    out
}

/// Scope and container that the wishes of an entity agree on, and the containers that save to it.
fn request(tree: &Tree, wishes: &[Wish]) -> (usize, usize, Vec<usize>) {
    let scope = |c: usize| {
        if tree.items[c].is_repeat() {
            c
        } else {
            tree.repeat_around(c).unwrap_or(0)
        }
    };
    let repeats = |c: usize| {
        usize::from(tree.items[c].is_repeat())
            + tree
                .ancestors(c)
                .filter(|(a, _)| tree.items[*a].is_repeat())
                .count()
    };
    // Containers below the scope.
    let below = |c: usize| {
        let scope = scope(c);
        if c == scope {
            return 0;
        }
        tree.ancestors(c)
            .find(|(a, _)| *a == scope)
            .map_or(0, |(_, steps)| steps)
    };
    let mut deepest = scope(wishes[0].container);
    for wish in wishes {
        if repeats(wish.container) > repeats(deepest) {
            deepest = scope(wish.container);
        }
    }
    let best = |saves: bool| {
        let mut best: Option<usize> = None;
        for wish in wishes.iter().filter(|w| !saves || w.saves) {
            let c = wish.container;
            let better = best.is_none_or(|b| {
                (scope(c) == deepest && scope(b) != deepest)
                    || (scope(c) == deepest && below(c) > below(b))
            });
            if better {
                best = Some(c);
            }
        }
        best
    };
    let mut lineages: Vec<usize> = Vec::new();
    for wish in wishes.iter().filter(|w| w.saves) {
        if !lineages.contains(&wish.container) {
            lineages.push(wish.container);
        }
    }
    let container = match (best(true), lineages.as_slice()) {
        (Some(_), [only]) => *only,
        (Some(saver), all) => {
            let common = all.iter().skip(1).fold(all[0], |a, b| common(tree, a, *b));
            let bound = scope(saver);
            if (repeats(common), below(common)) > (repeats(bound), below(bound)) {
                common
            } else {
                bound
            }
        }
        (None, _) => best(false).unwrap_or(0),
    };
    (deepest, container, lineages)
}

/// The nearest container around both (or one of them).
fn common(tree: &Tree, a: usize, b: usize) -> usize {
    let chain: Vec<usize> = std::iter::once(a)
        .chain(tree.ancestors(a).map(|(x, _)| x))
        .collect();
    std::iter::once(b)
        .chain(tree.ancestors(b).map(|(x, _)| x))
        .find(|x| chain.contains(x))
        .unwrap_or(0)
}
