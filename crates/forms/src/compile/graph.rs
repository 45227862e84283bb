//! What depends on what: cells, their order, and cycles.

use super::expressions::AllDeps;
use super::tree::Tree;
use super::{Languages, Report};
use crate::draft::Draft;
use crate::expr::shared_scope;
use crate::form::{
    Cell, CellId, CellKind, Definition, Group, Item, List, Node, NodeId, NodeKind, Question, Repeat,
};
use crate::problem::Problem;
use crate::text::{Media, Text};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub(super) fn finish(
    tree: Tree,
    deps: AllDeps,
    draft: &Draft,
    languages: &Languages,
    report: &mut Report,
) -> Option<Definition> {
    let nodes = tree.nodes;
    let (mut cells, cells_of) = make_cells(&nodes);
    let find = |node: NodeId, kind: CellKind| -> Option<CellId> {
        cells_of[node as usize]
            .iter()
            .copied()
            .find(|c| cells[*c as usize].kind == kind)
    };
    // For each cell, what must be computed before it.
    let mut before: Vec<BTreeSet<CellId>> = vec![BTreeSet::new(); cells.len()];
    let mut dependents: Vec<BTreeMap<CellId, NodeId>> = vec![BTreeMap::new(); cells.len()];
    let mut link =
        |from: CellId, to: CellId, anchor: NodeId, before: &mut Vec<BTreeSet<CellId>>| {
            let (a, b) = (
                home(&nodes, &cells[from as usize]),
                home(&nodes, &cells[to as usize]),
            );
            let anchor = shared_scope(&nodes, anchor, shared_scope(&nodes, a, b));
            dependents[from as usize]
                .entry(to)
                .and_modify(|old| *old = shared_scope(&nodes, *old, anchor))
                .or_insert(anchor);
            before[to as usize].insert(from);
        };
    for ((node, kind), on) in &deps {
        let Some(cell) = find(*node, *kind) else {
            continue;
        };
        for ((source, source_kind), anchor) in on {
            if let Some(source) = find(*source, *source_kind) {
                link(source, cell, *anchor, &mut before);
            }
        }
    }
    for (id, node) in nodes.iter().enumerate() {
        let id = id as NodeId;
        match node.kind {
            NodeKind::Question(_) => {
                if let (Some(value), Some(valid)) =
                    (find(id, CellKind::Value), find(id, CellKind::Valid))
                {
                    link(
                        value,
                        valid,
                        home(&nodes, &cells[value as usize]),
                        &mut before,
                    );
                }
            }
            NodeKind::Repeat => {
                if let (Some(count), Some(structure)) =
                    (find(id, CellKind::Count), find(id, CellKind::Structure))
                {
                    link(
                        count,
                        structure,
                        home(&nodes, &cells[count as usize]),
                        &mut before,
                    );
                    // Instances appear while counting: all that stands in them comes later.
                    for (other, cell) in cells.iter().enumerate() {
                        let inside = nodes[cell.node as usize].repeats.contains(&id);
                        if inside && other as CellId != count && other as CellId != structure {
                            before[other].insert(count);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let order = sort(&nodes, &cells, before, draft, report);
    for (rank, cell) in order.iter().enumerate() {
        cells[*cell as usize].rank = rank as u32;
    }
    for (cell, all) in cells.iter_mut().zip(dependents) {
        cell.dependents = all.into_iter().collect();
    }
    let mut cells_in: HashMap<NodeId, Vec<CellId>> = HashMap::new();
    for cell in &order {
        cells_in
            .entry(home(&nodes, &cells[*cell as usize]))
            .or_default()
            .push(*cell);
    }
    let mut questions = HashMap::new();
    let root = Group {
        name: nodes.first()?.name.clone(),
        label: Text::default(),
        appearance: String::new(),
        children: items(&nodes, 0, "", (&draft.lists, languages), &mut questions),
    };
    Some(Definition {
        id: String::new(),
        version: String::new(),
        title: Text::default(),
        languages: Languages::default(),
        nodes,
        cells,
        cells_of,
        cells_in,
        keys: tree.keys,
        repeats: tree.repeats,
        instance_name: None,
        attachments: Vec::new(),
        entities: Vec::new(),
        audit: None,
        reads_last_saved: false,
        root,
        questions,
    })
}

/// The scope in each of whose instances a cell exists once.
pub(super) fn home(nodes: &[Node], cell: &Cell) -> NodeId {
    let repeats = &nodes[cell.node as usize].repeats;
    let own = usize::from(matches!(cell.kind, CellKind::Count | CellKind::Structure));
    repeats
        .len()
        .checked_sub(1 + own)
        .map_or(0, |last| repeats[last])
}

fn make_cells(nodes: &[Node]) -> (Vec<Cell>, Vec<Vec<CellId>>) {
    let mut cells = Vec::new();
    let mut cells_of = Vec::new();
    for (id, node) in nodes.iter().enumerate() {
        let is_question = matches!(node.kind, NodeKind::Question(_));
        let is_repeat = node.kind == NodeKind::Repeat;
        let outputs = [
            &node.label,
            &node.hint,
            &node.guidance,
            &node.constraint_message,
            &node.required_message,
        ]
        .iter()
        .any(|t| t.has_outputs());
        let kinds = [
            (CellKind::Value, is_question),
            (CellKind::Relevant, node.relevant.is_some()),
            (CellKind::Count, node.repeat_count.is_some()),
            (CellKind::Structure, is_repeat),
            (CellKind::Required, node.required.is_some()),
            (CellKind::Readonly, node.readonly.is_some()),
            (CellKind::Valid, is_question),
            // An order of choices that follows an answer is asked for again like a text.
            (
                CellKind::Output,
                outputs || matches!(node.randomize, Some(Some(_))),
            ),
        ];
        let mut own = Vec::new();
        for (kind, _) in kinds.into_iter().filter(|(_, wanted)| *wanted) {
            own.push(cells.len() as CellId);
            cells.push(Cell {
                node: id as NodeId,
                kind,
                dependents: Vec::new(),
                rank: 0,
            });
        }
        cells_of.push(own);
    }
    (cells, cells_of)
}

/// Cells in an order of computation; reports each cycle once.
fn sort(
    nodes: &[Node],
    cells: &[Cell],
    mut before: Vec<BTreeSet<CellId>>,
    draft: &Draft,
    report: &mut Report,
) -> Vec<CellId> {
    let mut after: Vec<Vec<CellId>> = vec![Vec::new(); cells.len()];
    let mut waiting: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    for (cell, on) in before.iter().enumerate() {
        for source in on {
            after[*source as usize].push(cell as CellId);
        }
    }
    let mut ready: BTreeSet<CellId> = (0..cells.len())
        .filter(|c| waiting[*c] == 0)
        .map(|c| c as CellId)
        .collect();
    let mut done = vec![false; cells.len()];
    let mut order = Vec::new();
    loop {
        while let Some(cell) = ready.pop_first() {
            done[cell as usize] = true;
            order.push(cell);
            for next in &after[cell as usize] {
                waiting[*next as usize] -= 1;
                if waiting[*next as usize] == 0 && !done[*next as usize] {
                    ready.insert(*next);
                }
            }
        }
        let Some(stuck) = (0..cells.len()).find(|c| !done[*c]) else {
            return order;
        };
        // Every stuck cell waits for a stuck one: walking backwards must come round.
        let mut path: Vec<CellId> = vec![stuck as CellId];
        let cycle = loop {
            let last = path[path.len() - 1];
            let next = before[last as usize]
                .iter()
                .copied()
                .find(|c| !done[*c as usize]);
            let Some(next) = next else {
                break path;
            };
            if let Some(at) = path.iter().position(|c| *c == next) {
                path.push(next);
                break path[at..].to_vec();
            }
            path.push(next);
        };
        report.error(cycle_problem(nodes, cells, &cycle, draft));
        // Cut the cycle here, to find the others too.
        let cut = cycle[0] as usize;
        for source in std::mem::take(&mut before[cut]) {
            if !done[source as usize] {
                after[source as usize].retain(|c| *c as usize != cut);
                waiting[cut] -= 1;
            }
        }
        ready.insert(cut as CellId);
    }
}

/// Most names that a message about a cycle holds.
const LONGEST_CYCLE: usize = 40;

fn cycle_problem(nodes: &[Node], cells: &[Cell], cycle: &[CellId], draft: &Draft) -> Problem {
    let column = |kind: CellKind| match kind {
        CellKind::Value => "calculation",
        CellKind::Relevant => "relevant",
        CellKind::Count | CellKind::Structure => "repeat_count",
        CellKind::Required => "required",
        CellKind::Readonly => "read_only",
        CellKind::Valid => "constraint",
        CellKind::Output => "label",
    };
    let mut names: Vec<String> = cycle
        .iter()
        .map(|c| {
            let cell = &cells[*c as usize];
            format!("{} ({})", nodes[cell.node as usize].name, column(cell.kind))
        })
        .collect();
    names.dedup();
    // The first stands last again; a lone self-reference was merged by dedup.
    if names.len() == 1 {
        names.push(names[0].clone());
    }
    if names.len() > LONGEST_CYCLE {
        let left_out = names.len() - LONGEST_CYCLE;
        let middle = LONGEST_CYCLE / 2;
        names.splice(middle..middle + left_out, [format!("({left_out} more)")]);
    }
    // Report at the first row of the cycle.
    let first = cycle
        .iter()
        .map(|c| &cells[*c as usize])
        .min_by_key(|c| nodes[c.node as usize].row);
    let message = format!(
        "Cycle: each of these needs the next one first: {}.",
        names.join(" -> ")
    );
    match first {
        Some(cell) => draft.nodes[cell.node as usize].problem(column(cell.kind), "cycle", message),
        None => Problem::new("cycle", message),
    }
}

/// Media by language.
fn media(files: &[(Arc<str>, &'static str, String)]) -> Vec<(String, Media)> {
    let mut out: Vec<(String, Media)> = Vec::new();
    for (language, column, name) in files {
        let at = out
            .iter()
            .position(|(code, _)| **code == **language)
            .unwrap_or_else(|| {
                out.push((language.to_string(), Media::default()));
                out.len() - 1
            });
        out[at].1.put(column, name);
    }
    out
}

fn items(
    nodes: &[Node],
    parent: NodeId,
    page: &str,
    context: (&[List], &Languages),
    questions: &mut HashMap<NodeId, Question>,
) -> Vec<Item> {
    let mut out = Vec::new();
    for id in &nodes[parent as usize].children {
        let node = &nodes[*id as usize];
        let own_page = if parent == 0 {
            node.name.as_str()
        } else {
            page
        };
        let repeat = |skip: usize| {
            let at = node.repeats.len().checked_sub(1 + skip)?;
            Some(nodes[node.repeats[at] as usize].name.clone())
        };
        let name = if node.kind == NodeKind::Repeat {
            &node.name
        } else {
            &node.key
        };
        let (name, label, appearance) = (name.clone(), node.label.clone(), node.appearance.clone());
        out.push(match node.kind {
            NodeKind::Group | NodeKind::Root => Item::Group(Group {
                name,
                label,
                appearance,
                children: items(nodes, *id, own_page, context, questions),
            }),
            NodeKind::Repeat => Item::Repeat(Repeat {
                name,
                label,
                appearance,
                counted: node.repeat_count.is_some(),
                parent: repeat(1),
                children: items(nodes, *id, own_page, context, questions),
            }),
            NodeKind::Question(kind) => {
                let question = Question {
                    name,
                    kind,
                    label,
                    media: media(&node.media),
                    appearance,
                    parameters: node.parameters.clone(),
                    list: node.list.map(|l| context.0[l].name.clone()),
                    repeat: repeat(0),
                    page: page.to_owned(),
                    calculated: node.calculation.is_some(),
                };
                questions.insert(*id, question.clone());
                Item::Question(question)
            }
        });
    }
    out
}
