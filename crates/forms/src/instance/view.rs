//! What screens and validation ask of a filled-in form.

use super::{Instance, answers};
use crate::expr::{Expr, to_number};
use crate::form::{CellKind, NodeId, NodeKind, Question};
use crate::functions::Function;
use crate::text::{Media, Text};
use crate::types::QuestionType;
use lawang_domain::{FieldPath, InstanceId};
use serde::Serialize;

/// State of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeState {
    /// The answer as stored, also while the question is not relevant; empty if unanswered.
    pub value: String,
    /// Whether the question and everything around it is to be asked.
    pub relevant: bool,
    /// Whether an answer is needed, if it is relevant.
    pub required: bool,
    /// Whether people cannot change it (`read_only`, computed, or filled in by the device).
    pub readonly: bool,
    /// Whether the answer fits its type, constraint and choices; an empty or irrelevant one does.
    pub valid: bool,
}

/// A choice of a select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The stored code.
    pub value: String,
    /// Its label in the language asked for.
    pub label: String,
    /// Pictures, sounds and films that go with it, in the language asked for.
    pub media: Media,
    /// What the list's column `geometry` says: points `lat lon altitude accuracy` joined by `;`, an area
    /// where the last is the first. Empty if it says nothing.
    pub geometry: String,
}

/// Kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Required, relevant, and empty.
    Missing,
    /// Does not fit its type, constraint, or choices.
    Invalid,
}

/// Something that stands in the way of submitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The question.
    pub path: FieldPath,
    /// Missing or invalid.
    pub kind: FindingKind,
    /// The author's message, or a general one.
    pub message: String,
    /// Name of the top-level group or repeat of the question; empty if it stands in none.
    pub page: String,
}

impl Instance {
    /// State of a question; `None` if the form or the instance is not there.
    pub fn node(&self, path: &FieldPath) -> Option<NodeState> {
        let (scope, node) = self.place(path)?;
        Some(self.state(scope, node))
    }

    pub(crate) fn state(&self, scope: usize, node: NodeId) -> NodeState {
        let def = self.form.node(node);
        let data = &self.data.scopes[scope];
        let relevant = self.data.is_relevant(&self.form, scope, node);
        let fixed = matches!(def.kind, NodeKind::Question(kind) if !kind.is_answered());
        NodeState {
            value: data.values[def.slot].clone(),
            relevant,
            required: data.required[def.slot],
            readonly: fixed || data.readonly[def.slot],
            valid: data.valid[def.slot] || !relevant,
        }
    }

    /// Whether a group or repeat is to be shown. With an instance: that instance of the repeat, or a
    /// group in it. A repeat without an instance is asked for as a whole, from where it stands in the
    /// form. `false` for what does not exist.
    pub fn group_relevant(&self, name: &str, id: Option<InstanceId>) -> bool {
        let scope = match id {
            None => Some(0),
            Some(id) => self.data.by_id.get(&id).copied(),
        };
        let Some(scope) = scope else {
            return false;
        };
        let def = self.data.scopes[scope].def;
        if id.is_some() && self.form.node(def).name == name {
            return self.data.is_relevant(&self.form, scope, def);
        }
        let Some(node) = self.form.in_scope(def, name) else {
            return false;
        };
        let group = self.form.node(node);
        if group.kind != NodeKind::Repeat {
            return self.data.is_relevant(&self.form, scope, node);
        }
        let around = group
            .parent
            .is_none_or(|p| self.data.is_relevant(&self.form, scope, p));
        around
            && group.relevant.as_ref().is_none_or(|e| {
                self.env(scope, group.parent.unwrap_or(0), "")
                    .value(e)
                    .bool()
            })
    }

    /// Choices of a select after its filter, in the order of the list; empty for other questions.
    pub fn choices(&self, path: &FieldPath, lang: &str) -> Vec<Choice> {
        let Some((scope, node)) = self.place(path) else {
            return Vec::new();
        };
        let env = self.env(scope, node, lang);
        let Some(list) = self.form.node(node).list else {
            let answers = self.open_answers(scope, node).into_iter();
            return answers
                .map(|value| Choice {
                    label: value.clone(),
                    value,
                    media: Media::default(),
                    geometry: String::new(),
                })
                .collect();
        };
        self.open_rows(scope, node)
            .into_iter()
            .map(|row| {
                let list = &self.form.lists[list];
                let label = env.choice_label(list, row);
                let value = list.value_of(row).to_owned();
                let media = Media::of(list.media(row), &self.form.languages, lang);
                Choice {
                    label: if label.is_empty() {
                        value.clone()
                    } else {
                        label
                    },
                    value,
                    media,
                    geometry: list.geometry(row).to_owned(),
                }
            })
            .collect()
    }

    /// Names of the choices after the filter.
    pub(crate) fn choice_names(&self, scope: usize, node: NodeId) -> Vec<String> {
        let Some(list) = self.form.node(node).list else {
            return self.open_answers(scope, node);
        };
        let list = &self.form.lists[list];
        self.open_rows(scope, node)
            .into_iter()
            .map(|row| list.value_of(row).to_owned())
            .collect()
    }

    /// Choices that are the answers to a question of a repeat: what is answered, relevant and passes the
    /// filter.
    fn open_answers(&self, scope: usize, node: NodeId) -> Vec<String> {
        let Some((question, filter)) = &self.form.node(node).answers else {
            return Vec::new();
        };
        let source = self.form.node(*question);
        let Some(repeat) = source.repeats.last() else {
            return Vec::new();
        };
        let around = &source.repeats[..source.repeats.len() - 1];
        let here = &self.form.node(self.data.scopes[scope].def).repeats;
        let depth = around.iter().zip(here).take_while(|(a, b)| a == b).count();
        let shared = self.data.climb(&self.form, scope, depth);
        let mut places = Vec::new();
        self.data.down(&self.form, shared, *question, &mut |place| {
            places.push(place)
        });
        let env = self.env(scope, node, "");
        places
            .into_iter()
            .filter(|place| self.data.is_relevant(&self.form, *place, *question))
            .filter(|place| {
                filter
                    .as_ref()
                    .is_none_or(|f| env.accepts_instance(f, *place, *repeat))
            })
            .map(|place| self.data.scopes[place].values[source.slot].clone())
            .filter(|value| !value.is_empty())
            .collect()
    }

    pub(super) fn open_rows(&self, scope: usize, node: NodeId) -> Vec<u32> {
        let def = self.form.node(node);
        let Some(list) = def.list else {
            return Vec::new();
        };
        let rows = match &def.choice_filter {
            Some(filter) if filter.is_repeatable() => {
                let mut accepted = self.accepted.borrow_mut();
                let known = accepted
                    .entry((scope, node))
                    .or_insert_with(|| self.env(scope, node, "").filtered(filter, list).into());
                known.to_vec()
            }
            Some(filter) => self.env(scope, node, "").filtered(filter, list),
            None => (0..self.form.lists[list].len()).collect(),
        };
        match &def.randomize {
            None => rows,
            Some(seed) => self.env(scope, node, "").shuffled(&rows, seed.as_ref()),
        }
    }

    /// Label with its outputs replaced.
    pub fn label(&self, path: &FieldPath, lang: &str) -> String {
        self.text(path, lang, |n| &n.label)
    }

    /// Hint with its outputs replaced.
    pub fn hint(&self, path: &FieldPath, lang: &str) -> String {
        self.text(path, lang, |n| &n.hint)
    }

    /// Longer hint for training (`guidance_hint`).
    pub fn guidance(&self, path: &FieldPath, lang: &str) -> String {
        self.text(path, lang, |n| &n.guidance)
    }

    /// The author's message for a broken constraint; empty if there is none.
    pub fn constraint_message(&self, path: &FieldPath, lang: &str) -> String {
        self.text(path, lang, |n| &n.constraint_message)
    }

    /// The author's message for a missing answer; empty if there is none.
    pub fn required_message(&self, path: &FieldPath, lang: &str) -> String {
        self.text(path, lang, |n| &n.required_message)
    }

    /// Files that go with the label, in a language.
    pub fn media(&self, path: &FieldPath, lang: &str) -> Media {
        self.place(path).map_or_else(Media::default, |(_, node)| {
            Media::of(&self.form.node(node).media, &self.form.languages, lang)
        })
    }

    /// Label of a group or repeat, in an instance of a repeat if it stands in one (or is one).
    pub fn group_label(&self, name: &str, id: Option<InstanceId>, lang: &str) -> String {
        let scope = id.map_or(Some(0), |id| self.data.by_id.get(&id).copied());
        let Some(scope) = scope else {
            return String::new();
        };
        let def = self.data.scopes[scope].def;
        let node = if id.is_some() && self.form.node(def).name == name {
            Some(def)
        } else {
            self.form.in_scope(def, name)
        };
        node.map_or_else(String::new, |node| {
            self.render(scope, node, &self.form.node(node).label, lang)
        })
    }

    fn text(
        &self,
        path: &FieldPath,
        lang: &str,
        of: impl Fn(&crate::form::Node) -> &Text,
    ) -> String {
        let Some((scope, node)) = self.place(path) else {
            return String::new();
        };
        self.render(scope, node, of(self.form.node(node)), lang)
    }

    fn render(&self, scope: usize, node: NodeId, text: &Text, lang: &str) -> String {
        text.render(&self.form.languages, lang, |e| {
            self.env(scope, node, lang).value(e).text()
        })
    }

    /// Name of this filled-in form by the setting `instance_name`; empty without one.
    pub fn instance_name(&self) -> String {
        let expr = self.form.instance_name.as_ref();
        expr.map_or_else(String::new, |e| self.env(0, 0, "").value(e).text())
    }

    /// The name as far as it is known: where it is joined by `concat`, words that lead to an answer which is
    /// not there yet are left out with it. Empty before the first answer.
    pub fn instance_name_so_far(&self) -> String {
        let Some(Expr::Call(Function::Concat, parts)) = &self.form.instance_name else {
            return self.instance_name();
        };
        let env = self.env(0, 0, "");
        let (mut name, mut words, mut gap) = (String::new(), String::new(), false);
        for part in parts {
            if let Expr::Text(text) = part {
                words.push_str(text);
                continue;
            }
            let value = env.value(part).text();
            if !value.is_empty() {
                let lead = if gap && name.is_empty() {
                    words.trim_start_matches(|c: char| !c.is_alphanumeric())
                } else {
                    &words
                };
                name.push_str(lead);
                name.push_str(&value);
            }
            gap = value.is_empty();
            words.clear();
        }
        if !gap && !name.is_empty() {
            name.push_str(&words);
        }
        name
    }

    /// Values of all computed questions and metadata, for storing: relevant ones as they are, others
    /// empty.
    pub fn calculated(&self) -> Vec<(FieldPath, String)> {
        let mut out = Vec::new();
        self.each_question(|scope, node, question| {
            let def = self.form.node(node);
            if def.calculation.is_some() || question.kind.is_metadata() {
                let relevant = self.data.is_relevant(&self.form, scope, node);
                let value = if relevant {
                    self.data.scopes[scope].values[def.slot].clone()
                } else {
                    String::new()
                };
                out.extend(self.path_of(scope, node).map(|path| (path, value)));
            }
        });
        out
    }

    /// Answers of all questions that have one, computed ones too, also those not relevant now.
    pub fn answers(&self) -> Vec<(FieldPath, String)> {
        let mut out = Vec::new();
        self.each_question(|scope, node, _| {
            let value = &self.data.scopes[scope].values[self.form.node(node).slot];
            if !value.is_empty() {
                out.extend(self.path_of(scope, node).map(|path| (path, value.clone())));
            }
        });
        out
    }

    /// What is missing or wrong, in the order of the form; instances of a repeat one after another.
    pub fn findings(&self, lang: &str) -> Vec<Finding> {
        let mut out = Vec::new();
        self.each_question(|scope, node, question| {
            let state = self.state(scope, node);
            if !state.relevant || question.kind.is_metadata() || question.kind == QuestionType::Note
            {
                return;
            }
            let def = self.form.node(node);
            let missing = state.required && state.value.is_empty();
            if !missing && state.valid {
                return;
            }
            let Some(path) = self.path_of(scope, node) else {
                return;
            };
            let own = if missing {
                &def.required_message
            } else {
                &def.constraint_message
            };
            let mut message = self.render(scope, node, own, lang);
            if message.is_empty() {
                message = self.general_message(missing, scope, node, lang);
            }
            out.push(Finding {
                path,
                kind: if missing {
                    FindingKind::Missing
                } else {
                    FindingKind::Invalid
                },
                message,
                page: self.form.page_of(node).to_owned(),
            });
        });
        out
    }

    fn general_message(&self, missing: bool, scope: usize, node: NodeId, lang: &str) -> String {
        let def = self.form.node(node);
        let indonesian = lang.eq_ignore_ascii_case("id");
        if !missing
            && let NodeKind::Question(kind) = def.kind
            && let Err(e) = answers::check_type(
                kind,
                def.list.map(|l| &*self.form.lists[l]),
                &self.data.scopes[scope].values[def.slot],
            )
        {
            return e.message(lang).to_owned();
        }
        match (missing, indonesian) {
            (true, true) => "Wajib diisi.",
            (true, false) => "An answer is required.",
            (false, true) => "Jawaban tidak sesuai.",
            (false, false) => "The answer does not fit.",
        }
        .to_owned()
    }

    /// A stored value as people read it: labels of choices, joined by commas.
    pub fn value_to_text(&self, path: &FieldPath, lang: &str) -> String {
        let Some((scope, node)) = self.place(path) else {
            return String::new();
        };
        let slot = self.form.node(node).slot;
        let value = self.data.scopes[scope].values[slot].clone();
        self.text_of(path, &value, lang)
    }

    /// Any value of a question as people read it, e.g. the one that the register has.
    pub fn text_of(&self, path: &FieldPath, value: &str, lang: &str) -> String {
        let Some((scope, node)) = self.place(path) else {
            return value.to_owned();
        };
        let def = self.form.node(node);
        let env = self.env(scope, node, lang);
        let name = |code: &str| {
            let label = env.choice_name(node, code);
            if label.is_empty() {
                code.to_owned()
            } else {
                label
            }
        };
        match def.kind {
            NodeKind::Question(QuestionType::SelectOne) => name(value),
            NodeKind::Question(QuestionType::SelectMultiple | QuestionType::Rank) => value
                .split_whitespace()
                .map(name)
                .collect::<Vec<_>>()
                .join(", "),
            _ => value.to_owned(),
        }
    }

    /// Whether the stored answer fits type, range, choices and constraint. Empty ones do.
    pub(super) fn is_valid(&self, scope: usize, node: NodeId) -> bool {
        let def = self.form.node(node);
        let value = self.data.scopes[scope].values[def.slot].as_str();
        let NodeKind::Question(kind) = def.kind else {
            return true;
        };
        if value.is_empty() || kind.is_metadata() {
            return true;
        }
        let list = def.list.map(|l| &*self.form.lists[l]);
        // A computed text of a select or a note has no type of its own to break.
        if answers::check_type(kind, list, value).is_err() {
            return false;
        }
        if kind == QuestionType::Range && !answers::in_range(&def.parameters, to_number(value)) {
            return false;
        }
        let env = self.env(scope, node, "");
        if def.answers.is_some() {
            let open = self.open_answers(scope, node);
            let all = match kind {
                QuestionType::SelectOne => open.iter().any(|o| o == value),
                _ => value
                    .split_whitespace()
                    .all(|code| open.iter().any(|o| o == code)),
            };
            if !all {
                return false;
            }
        }
        if let (Some(filter), Some(list)) = (&def.choice_filter, def.list) {
            let open = |code: &str| {
                let rows = self.form.lists[list].rows_of(code);
                rows.iter().any(|row| env.accepts(filter, list, *row))
            };
            let all = match kind {
                QuestionType::SelectOne => open(value),
                _ => value.split_whitespace().all(open),
            };
            if !all {
                return false;
            }
        }
        def.constraint.as_ref().is_none_or(|e| env.value(e).bool())
    }

    /// Visits every question of every instance, in document order.
    fn each_question(&self, mut visit: impl FnMut(usize, NodeId, &Question)) {
        let mut open: Vec<(usize, NodeId)> = vec![(0, 0)];
        while let Some((scope, node)) = open.pop() {
            if let Some(question) = self.form.questions.get(&node) {
                visit(scope, node, question);
            }
            for child in self.form.node(node).children.iter().rev() {
                if self.form.node(*child).kind == NodeKind::Repeat {
                    let slot = self.form.node(*child).repeat_slot;
                    open.extend(
                        self.data.scopes[scope].children[slot]
                            .iter()
                            .rev()
                            .map(|s| (*s, *child)),
                    );
                } else {
                    open.push((scope, *child));
                }
            }
        }
    }

    /// Every question with its full XPath and positions: `/data/members[1]/identity/age`.
    pub(crate) fn each_xpath(&self, mut visit: impl FnMut(String, usize, NodeId)) {
        let root = format!("/{}", self.form.node(0).name);
        let mut open: Vec<(usize, NodeId, String)> = vec![(0, 0, root)];
        while let Some((scope, node, path)) = open.pop() {
            for child in self.form.node(node).children.iter().rev() {
                let def = self.form.node(*child);
                if def.kind == NodeKind::Repeat {
                    let all = &self.data.scopes[scope].children[def.repeat_slot];
                    for (index, inner) in all.iter().enumerate().rev() {
                        open.push((
                            *inner,
                            *child,
                            format!("{path}/{}[{}]", def.name, index + 1),
                        ));
                    }
                } else {
                    open.push((scope, *child, format!("{path}/{}", def.name)));
                }
            }
            if matches!(self.form.node(node).kind, NodeKind::Question(_)) {
                visit(path, scope, node);
            }
        }
    }

    /// Whether the texts of a question depend on answers.
    pub fn has_outputs(&self, path: &FieldPath) -> bool {
        self.place(path)
            .is_some_and(|(_, node)| self.has_cell(node, CellKind::Output))
    }
}
