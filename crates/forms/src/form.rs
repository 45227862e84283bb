//! The compiled questionnaire: what it asks, without any answer.

use crate::expr::{Expr, Lookups};
use crate::text::{Languages, Media, Text};
use crate::types::QuestionType;
use lawang_domain::FieldPath;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use crate::list::List;
pub use crate::text::Language;

pub(crate) type NodeId = u32;
pub(crate) type CellId = u32;

/// A compiled questionnaire. Immutable; share it between instances with an `Arc`.
#[derive(Debug)]
pub struct Form {
    pub(crate) definition: Arc<Definition>,
    pub(crate) lists: Vec<Arc<List>>,
    pub(crate) lookups: Lookups,
}

impl std::ops::Deref for Form {
    type Target = Definition;

    fn deref(&self) -> &Definition {
        &self.definition
    }
}

/// All of a questionnaire but the choices: the same whatever rows its lists of entities have.
#[derive(Debug)]
pub struct Definition {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) title: Text,
    pub(crate) languages: Languages,
    pub(crate) nodes: Vec<Node>,
    pub(crate) cells: Vec<Cell>,
    /// For each node, its cells.
    pub(crate) cells_of: Vec<Vec<CellId>>,
    /// For each scope (root or repeat), the cells that exist once in each of its instances.
    pub(crate) cells_in: HashMap<NodeId, Vec<CellId>>,
    /// For each scope, its nodes by name.
    pub(crate) keys: HashMap<NodeId, HashMap<String, NodeId>>,
    pub(crate) repeats: HashMap<String, NodeId>,
    pub(crate) instance_name: Option<Expr>,
    pub(crate) attachments: Vec<String>,
    pub(crate) entities: Vec<EntityRule>,
    pub(crate) audit: Option<Vec<(String, String)>>,
    pub(crate) reads_last_saved: bool,
    pub(crate) root: Group,
    pub(crate) questions: HashMap<NodeId, Question>,
}

/// A node of the tree: the root, a group, a repeat or a question.
#[derive(Debug)]
pub(crate) struct Node {
    pub name: String,
    /// Its name in field paths: the name, unless another group of its scope has it too.
    pub key: String,
    pub row: u32,
    pub kind: NodeKind,
    pub parent: Option<NodeId>,
    pub children: Vec<NodeId>,
    /// Repeats around it, the outermost first; a repeat counts itself.
    pub repeats: Vec<NodeId>,
    /// Place in the instance of its scope.
    pub slot: usize,
    /// For a repeat: place among the repeats of the scope around it.
    pub repeat_slot: usize,
    /// For a scope: number of slots and of repeats directly in it.
    pub slots: usize,
    pub repeat_slots: usize,
    pub label: Text,
    pub hint: Text,
    pub guidance: Text,
    pub constraint_message: Text,
    pub required_message: Text,
    pub appearance: String,
    pub parameters: Vec<(String, String)>,
    /// Language code, column and file name.
    pub media: Vec<(Arc<str>, &'static str, String)>,
    pub relevant: Option<Expr>,
    pub required: Option<Expr>,
    pub readonly: Option<Expr>,
    pub constraint: Option<Expr>,
    pub calculation: Option<Expr>,
    pub choice_filter: Option<Expr>,
    pub repeat_count: Option<Expr>,
    pub default: Initial,
    pub list: Option<usize>,
    /// Choices that are the answers to a question of a repeat, and their filter.
    pub answers: Option<(NodeId, Option<Expr>)>,
    /// Choices come in another order: by a seed, or by chance.
    pub randomize: Option<Option<Expr>>,
    /// Questions that get a value when the answer to this one changes.
    pub triggers: Vec<NodeId>,
    /// The value that a trigger gives.
    pub triggered: Option<Expr>,
}

/// What a finished form makes or changes in a list of entities.
#[derive(Debug)]
pub(crate) struct EntityRule {
    pub dataset: String,
    /// The repeat in whose instances it applies; the root for the form as a whole.
    pub scope: NodeId,
    pub label: Option<Expr>,
    pub id: Option<Expr>,
    pub create_if: Option<Expr>,
    pub update_if: Option<Expr>,
    /// Property and question.
    pub properties: Vec<(String, NodeId)>,
}

/// How a question starts.
#[derive(Debug, Default)]
pub(crate) enum Initial {
    #[default]
    None,
    Fixed(String),
    Computed(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Root,
    Group,
    Repeat,
    Question(QuestionType),
}

/// Something that is computed for a node, and remembered.
#[derive(Debug)]
pub(crate) struct Cell {
    pub node: NodeId,
    pub kind: CellKind,
    /// Cells to look at again when this one has changed, each with the scope that both share.
    pub dependents: Vec<(CellId, NodeId)>,
    pub rank: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum CellKind {
    /// The answer, given or computed.
    Value,
    Relevant,
    /// Number of instances from `repeat_count`.
    Count,
    /// Which instances of a repeat there are.
    Structure,
    Required,
    Readonly,
    Valid,
    /// Texts with `${..}` in them: nothing to compute, only to announce.
    Output,
}

/// A node of the tree that screens are built from.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// A page or section.
    Group(Group),
    /// A roster.
    Repeat(Repeat),
    /// A question.
    Question(Question),
}

/// A group: pages are the groups directly below the root.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Name; `data` for the root.
    pub name: String,
    /// Label in all languages, `${..}` not replaced.
    pub label: Text,
    /// Column `appearance`.
    pub appearance: String,
    /// What it holds, in order.
    pub children: Vec<Item>,
}

/// A repeat.
#[derive(Debug, Clone, Serialize)]
pub struct Repeat {
    /// Name: first part of the paths of its fields.
    pub name: String,
    /// Label in all languages, `${..}` not replaced.
    pub label: Text,
    /// Column `appearance`.
    pub appearance: String,
    /// Whether the number of instances is computed (`repeat_count`), so that people cannot add any.
    pub counted: bool,
    /// Name of the repeat around it.
    pub parent: Option<String>,
    /// What one instance holds, in order.
    pub children: Vec<Item>,
}

/// A question.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    /// Its key, the last part of its path: its name, unless another group of the same scope has that name too.
    pub name: String,
    /// Kind of answer.
    pub kind: QuestionType,
    /// Label in all languages, `${..}` not replaced.
    pub label: Text,
    /// Pictures, sounds and films that go with the label, by language code.
    pub media: Vec<(String, Media)>,
    /// Column `appearance`.
    pub appearance: String,
    /// Column `parameters`, as pairs.
    pub parameters: Vec<(String, String)>,
    /// Name of the choice list of a select.
    pub list: Option<String>,
    /// Name of the repeat that it stands in.
    pub repeat: Option<String>,
    /// Name of the top-level group that it stands in, or empty.
    pub page: String,
    /// Whether the value is computed (column `calculation`).
    pub calculated: bool,
}

impl Form {
    /// Identifier from the settings, or the name of the file.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Version from the settings; may be empty.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Title in a language (code or name), or the identifier.
    pub fn title(&self, lang: &str) -> String {
        let title = self.title.raw(&self.languages, lang);
        if title.is_empty() {
            self.id.clone()
        } else {
            title
        }
    }

    /// Languages in the order of their columns. Empty if no column names one.
    pub fn languages(&self) -> &[Language] {
        self.languages.all()
    }

    /// Code of the language that is shown when none is asked for; empty if the form names none.
    pub fn default_language(&self) -> &str {
        self.languages.default_code()
    }

    /// Names of the files beside the questionnaire that it refers to, each once, in order.
    pub fn attachments(&self) -> &[String] {
        &self.attachments
    }

    /// Parameters of the log that a row of type `audit` asks for, such as `location-priority`; `None`
    /// without such a row.
    pub fn audit(&self) -> Option<&[(String, String)]> {
        self.audit.as_deref()
    }

    /// Whether some expression reads the answers of the form that was saved last.
    pub fn reads_last_saved(&self) -> bool {
        self.reads_last_saved
    }

    /// The tree of groups, repeats and questions.
    pub fn root(&self) -> &Group {
        &self.root
    }

    /// The question that a path means; the instance need not exist.
    pub fn question(&self, path: &FieldPath) -> Option<&Question> {
        let repeat = path.instance.as_ref().map(|(name, _)| name.as_str());
        self.find(repeat, &path.key)
    }

    /// The question of that name in the household (`None`) or directly in a repeat.
    pub fn find(&self, repeat: Option<&str>, key: &str) -> Option<&Question> {
        let scope = match repeat {
            None => 0,
            Some(name) => *self.repeats.get(name)?,
        };
        self.questions.get(self.keys.get(&scope)?.get(key)?)
    }

    /// Names of the repeats, outer ones before inner ones.
    pub fn repeats(&self) -> Vec<&str> {
        self.nodes
            .iter()
            .filter(|n| n.kind == NodeKind::Repeat)
            .map(|n| n.name.as_str())
            .collect()
    }

    /// Names from the root down to a question, group or repeat of a scope (`None`: the household), or with an empty
    /// key down to the scope itself, each with whether it is a repeat: what its XPath is made of.
    pub fn steps(&self, repeat: Option<&str>, key: &str) -> Option<Vec<(&str, bool)>> {
        let scope = match repeat {
            None => 0,
            Some(name) => *self.repeats.get(name)?,
        };
        let id = if key.is_empty() {
            scope
        } else {
            self.in_scope(scope, key)?
        };
        let mut steps = vec![(self.root.name.as_str(), false)];
        steps.extend(self.steps_to(id).into_iter().map(|id| {
            let node = self.node(id);
            (node.name.as_str(), node.kind == NodeKind::Repeat)
        }));
        Some(steps)
    }

    /// Whether a question gets its value from a trigger: nothing brings it back but keeping it.
    pub fn is_triggered(&self, path: &FieldPath) -> bool {
        let scope = match &path.instance {
            None => Some(0),
            Some((name, _)) => self.repeats.get(name).copied(),
        };
        scope
            .and_then(|scope| self.in_scope(scope, &path.key))
            .map(|id| self.node(id))
            .is_some_and(|node| {
                node.triggered.is_some()
                    || node.kind == NodeKind::Question(QuestionType::BackgroundGeopoint)
            })
    }

    /// Nodes from below the root down to the node itself.
    fn steps_to(&self, id: NodeId) -> Vec<NodeId> {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some(parent) = self.node(at).parent {
            steps.push(at);
            at = parent;
        }
        steps.reverse();
        steps
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// The scope (root or repeat) in whose instances a node has its place. A repeat is in its own.
    pub(crate) fn scope_of(&self, id: NodeId) -> NodeId {
        self.node(id).repeats.last().copied().unwrap_or(0)
    }

    /// Calls `visit` with every expression of the form.
    pub(crate) fn each_expr<'f>(&'f self, visit: &mut dyn FnMut(&'f Expr)) {
        for node in &self.nodes {
            let default = match &node.default {
                Initial::Computed(expr) => Some(expr),
                _ => None,
            };
            let own = [
                node.relevant.as_ref(),
                node.required.as_ref(),
                node.readonly.as_ref(),
                node.constraint.as_ref(),
                node.calculation.as_ref(),
                node.choice_filter.as_ref(),
                node.repeat_count.as_ref(),
                node.triggered.as_ref(),
                node.randomize.as_ref().and_then(|seed| seed.as_ref()),
                node.answers
                    .as_ref()
                    .and_then(|(_, filter)| filter.as_ref()),
                default,
            ];
            own.into_iter().flatten().for_each(&mut *visit);
            for text in [
                &node.label,
                &node.hint,
                &node.guidance,
                &node.constraint_message,
                &node.required_message,
            ] {
                text.each_output(visit);
            }
        }
        for text in self.lists.iter().flat_map(|l| l.all_with_outputs()) {
            text.each_output(visit);
        }
        for rule in &self.entities {
            let own = [&rule.label, &rule.id, &rule.create_if, &rule.update_if];
            own.into_iter().flatten().for_each(&mut *visit);
        }
        if let Some(name) = &self.instance_name {
            visit(name);
        }
    }

    /// Name of the top-level group of a node, or empty.
    pub(crate) fn page_of(&self, id: NodeId) -> &str {
        match self.steps_to(id).first() {
            Some(first) if *first != id => &self.node(*first).name,
            _ => "",
        }
    }

    /// The group, repeat or question of that name in a scope.
    pub(crate) fn in_scope(&self, scope: NodeId, name: &str) -> Option<NodeId> {
        self.keys.get(&scope)?.get(name).copied()
    }
}
