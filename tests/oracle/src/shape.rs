//! What stands where in a form.

use lawang_forms::{Form, Item, QuestionType};
use std::collections::BTreeMap;

/// Kinds of questions by their path, without numbers.
pub struct Shape {
    kinds: BTreeMap<String, QuestionType>,
    counted: Vec<String>,
    containers: Vec<String>,
    searched: Vec<String>,
    repeats: Vec<String>,
}

impl Shape {
    /// Reads the tree of a form.
    pub fn of(form: &Form) -> Self {
        let mut shape = Self {
            kinds: BTreeMap::new(),
            counted: Vec::new(),
            containers: Vec::new(),
            searched: Vec::new(),
            repeats: Vec::new(),
        };
        shape.fill(form, None, &form.root().children);
        shape
    }

    fn fill(&mut self, form: &Form, inside: Option<&str>, items: &[Item]) {
        // By elements, not by keys: two groups may have questions of one name.
        let path_of = |repeat: Option<&str>, key: &str| -> String {
            let steps = form.steps(repeat, key).unwrap_or_default();
            steps.iter().map(|(name, _)| format!("/{name}")).collect()
        };
        for item in items {
            match item {
                Item::Group(group) => {
                    self.containers.push(path_of(inside, &group.name));
                    self.fill(form, inside, &group.children);
                }
                Item::Repeat(repeat) => {
                    let path = path_of(Some(&repeat.name), "");
                    self.containers.push(path.clone());
                    self.repeats.push(path.clone());
                    if repeat.counted {
                        self.counted.push(path.clone());
                    }
                    self.fill(form, Some(&repeat.name), &repeat.children);
                }
                Item::Question(question) => {
                    let path = path_of(inside, &question.name);
                    if question.appearance.contains("search(") {
                        self.searched.push(path.clone());
                    }
                    self.kinds.insert(path, question.kind);
                }
            }
        }
    }

    /// The kind of a question; `None` if there is no such question.
    pub fn kind(&self, path: &str) -> Option<QuestionType> {
        self.kinds.get(&Self::plain(path)).copied()
    }

    /// Paths of all repeats.
    pub fn repeats(&self) -> &[String] {
        &self.repeats
    }

    /// Paths of the repeats whose number of instances is computed.
    pub fn counted(&self) -> &[String] {
        &self.counted
    }

    /// Whether a path, without numbers, is that of a group or repeat.
    pub fn is_container(&self, plain: &str) -> bool {
        self.containers.iter().any(|c| c == plain)
    }

    /// Takes note of the questions of an XForm whose choices come from a query (`select_one_external`).
    pub fn note_queries(&mut self, xml: &str) {
        for tag in xml.split("<input ").skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            let path = tag
                .split("ref=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            if tag.contains("query=\"") {
                self.searched.extend(path.map(str::to_owned));
            }
        }
    }

    /// Whether the choices of a question come from `search()` or from a query.
    pub fn is_searched(&self, path: &str) -> bool {
        self.searched.contains(&Self::plain(path))
    }

    /// A path without the numbers of instances.
    pub fn plain(path: &str) -> String {
        let mut out = String::new();
        let mut inside = false;
        for c in path.chars() {
            match c {
                '[' => inside = true,
                ']' => inside = false,
                c if !inside => out.push(c),
                _ => {}
            }
        }
        out
    }
}
