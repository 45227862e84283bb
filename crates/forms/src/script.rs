//! `lawang form run`: a form filled in by a script, with its whole state after every step.
//!
//! As in ODK Collect, a repeat without `repeat_count` has one instance from the start, with one of each
//! repeat nested in it. An instance that is added later is a copy of the template that pyxform writes: it
//! has an instance of a nested repeat only where a group stands between the two.

use crate::form::{Form, NodeId, NodeKind};
use crate::instance::{Context, Instance};
use lawang_domain::{InstanceId, NAMESPACE_LAWANG};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One step of a script, as JSON: `{"set": PATH, "value": TEXT}`, `{"add_repeat": PATH}` or
/// `{"remove_repeat": PATH}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Step {
    /// Answers a question; an empty text clears it.
    Set {
        /// Full XPath, with `[n]` at repeats: `/data/member[2]/age`.
        set: String,
        /// The answer.
        value: String,
    },
    /// Adds an instance behind the others.
    AddRepeat {
        /// Full XPath of the repeat, without a number at its end.
        add_repeat: String,
    },
    /// Removes an instance.
    RemoveRepeat {
        /// Full XPath of the instance, with its number.
        remove_repeat: String,
    },
}

/// State of one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// What expressions see: empty while the question is not relevant.
    pub value: String,
    /// Whether the question and all around it are relevant.
    pub relevant: bool,
    /// Whether an answer is needed.
    pub required: bool,
    /// Whether the answer fits.
    pub valid: bool,
    /// Whether people cannot change it.
    pub readonly: bool,
    /// Names of the choices after the filter; empty for other questions.
    pub choices: Vec<String>,
}

/// All questions by their full XPath.
pub type States = BTreeMap<String, State>;

/// Why a script cannot run on: the step (from 0) and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("step {step}: {message}")]
pub struct ScriptError {
    /// Number of the step, from 0.
    pub step: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Reads a script: a JSON list of steps.
///
/// # Errors
/// If the text is not JSON, or not a list of steps.
pub fn parse(json: &str) -> Result<Vec<Step>, ScriptError> {
    let items: Vec<serde_json::Value> = serde_json::from_str(json).map_err(|e| ScriptError {
        step: 0,
        message: format!("the script is not a JSON list: {e}"),
    })?;
    items
        .into_iter()
        .enumerate()
        .map(|(step, item)| {
            let text = item.to_string();
            serde_json::from_value(item).map_err(|_| ScriptError {
                step,
                message: format!(
                    "{} is not a step; write {{\"set\": PATH, \"value\": TEXT}}, {{\"add_repeat\": PATH}} or {{\"remove_repeat\": PATH}}",
                    text.chars().take(120).collect::<String>()
                ),
            })
        })
        .collect()
}

/// Runs a script. The answer has one state before the first step and one after each. An answer that
/// its question does not take (wrong type, read-only, computed) leaves everything as it was, as a
/// screen would.
///
/// # Errors
/// If a path does not name what its step needs.
pub fn run(form: Arc<Form>, context: Context, steps: &[Step]) -> Result<Vec<States>, ScriptError> {
    let mut session = Session::new(form, context);
    let mut out = vec![session.states()];
    for (number, step) in steps.iter().enumerate() {
        session.step(step).map_err(|message| ScriptError {
            step: number,
            message,
        })?;
        out.push(session.states());
    }
    Ok(out)
}

/// A form being filled in by a script.
pub struct Session {
    form: Arc<Form>,
    instance: Instance,
    ids: u64,
}

/// A repeat in one instance of what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatPlace {
    /// Full XPath of the repeat, without a number at its end.
    pub path: String,
    /// Number of its instances there.
    pub instances: usize,
    /// Whether the number is computed (`repeat_count`).
    pub counted: bool,
}

/// A place in the answers: the instance of a scope, and the node.
struct Place {
    instance: Option<InstanceId>,
    node: NodeId,
    /// The number at the end of the path.
    number: Option<usize>,
}

impl Session {
    /// A new form, with the instances that it has from the start.
    pub fn new(form: Arc<Form>, context: Context) -> Self {
        let mut ids = 0;
        let instance = Instance::begin(form.clone(), context, |instance| {
            first_instances(instance, 0, None, &mut ids);
        });
        Self {
            form,
            instance,
            ids,
        }
    }

    /// The filled-in form.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    fn add(&mut self, repeat: NodeId, parent: Option<InstanceId>) {
        let id = new_id(&mut self.ids);
        let name = self.form.node(repeat).name.clone();
        self.instance.add_repeat(&name, parent, id);
        let form = self.form.clone();
        for (inner, node) in form.nodes.iter().enumerate() {
            let around = node.repeats.iter().rev().nth(1);
            let grouped = node.parent != Some(repeat);
            if node.kind == NodeKind::Repeat
                && around == Some(&repeat)
                && node.repeat_count.is_none()
                && grouped
            {
                self.add_whole(inner as NodeId, id);
            }
        }
    }

    /// An instance with one of each repeat in it.
    fn add_whole(&mut self, repeat: NodeId, parent: InstanceId) {
        let id = new_id(&mut self.ids);
        let form = self.form.clone();
        self.instance
            .add_repeat(&form.node(repeat).name, Some(parent), id);
        for (inner, node) in form.nodes.iter().enumerate() {
            let around = node.repeats.iter().rev().nth(1);
            if node.kind == NodeKind::Repeat
                && around == Some(&repeat)
                && node.repeat_count.is_none()
            {
                self.add_whole(inner as NodeId, id);
            }
        }
    }

    /// Every repeat in every instance of what stands around it, outer ones before inner ones.
    pub fn repeats(&self) -> Vec<RepeatPlace> {
        let root = format!("/{}", self.form.node(0).name);
        let mut out = Vec::new();
        let mut open: Vec<(NodeId, Option<InstanceId>, String)> = vec![(0, None, root)];
        while let Some((node, instance, path)) = open.pop() {
            for child in self.form.node(node).children.iter().rev() {
                let def = self.form.node(*child);
                let path = format!("{path}/{}", def.name);
                if def.kind != NodeKind::Repeat {
                    open.push((*child, instance, path));
                    continue;
                }
                let all = match instance {
                    None => self.instance.instances(&def.name),
                    Some(parent) => self.instance.instances_in(&def.name, parent),
                };
                for (index, id) in all.iter().enumerate() {
                    open.push((*child, Some(*id), format!("{path}[{}]", index + 1)));
                }
                out.push(RepeatPlace {
                    path,
                    instances: all.len(),
                    counted: def.repeat_count.is_some(),
                });
            }
        }
        out
    }

    /// The state of every question.
    pub fn states(&self) -> States {
        let mut states = States::new();
        self.instance.each_xpath(|path, scope, node| {
            let state = self.instance.state(scope, node);
            states.insert(
                path,
                State {
                    value: if state.relevant {
                        state.value
                    } else {
                        String::new()
                    },
                    relevant: state.relevant,
                    required: state.required,
                    valid: state.valid,
                    readonly: state.readonly,
                    choices: self.instance.choice_names(scope, node),
                },
            );
        });
        states
    }

    /// Does one step. An answer that its question does not take leaves everything as it was.
    ///
    /// # Errors
    /// If a path does not name what the step needs.
    pub fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Set { set, value } => {
                let place = self.find(set)?;
                let node = self.form.node(place.node);
                if !matches!(node.kind, NodeKind::Question(_))
                    || place.number.is_some_and(|n| n != 1)
                {
                    return Err(format!("'{set}' is not a question"));
                }
                let path = match place.instance {
                    None => lawang_domain::FieldPath::household(node.key.clone()),
                    Some(id) => {
                        let repeat = self.form.node(self.form.scope_of(place.node)).name.clone();
                        lawang_domain::FieldPath::of(repeat, id, node.key.clone())
                    }
                };
                // A refused answer is no error of the script: nonsense is part of a trial.
                let _ = self.instance.set(&path, value);
                Ok(())
            }
            Step::AddRepeat { add_repeat } => {
                let place = self.find(add_repeat)?;
                if self.form.node(place.node).kind != NodeKind::Repeat {
                    return Err(format!("'{add_repeat}' is not a repeat"));
                }
                if place.number.is_some() {
                    return Err(format!("'{add_repeat}': a new instance has no number yet"));
                }
                self.add(place.node, place.instance);
                Ok(())
            }
            Step::RemoveRepeat { remove_repeat } => {
                let place = self.find(remove_repeat)?;
                if self.form.node(place.node).kind != NodeKind::Repeat {
                    return Err(format!("'{remove_repeat}' is not a repeat"));
                }
                let Some(number) = place.number else {
                    return Err(format!(
                        "'{remove_repeat}' needs the number of the instance, such as [1]"
                    ));
                };
                let id = self.instance_at(place.node, place.instance, number, remove_repeat)?;
                self.instance.remove_repeat(id);
                Ok(())
            }
        }
    }

    /// Follows a full XPath. The number behind the last name is given back, not followed.
    fn find(&self, path: &str) -> Result<Place, String> {
        let parts: Vec<&str> = path
            .strip_prefix('/')
            .unwrap_or_default()
            .split('/')
            .collect();
        let root = &self.form.node(0).name;
        if parts.first() != Some(&root.as_str()) {
            return Err(format!("'{path}' does not begin with /{root}/"));
        }
        let mut place = Place {
            instance: None,
            node: 0,
            number: None,
        };
        for part in &parts[1..] {
            if self.form.node(place.node).kind == NodeKind::Repeat {
                let number = place.number.unwrap_or(1);
                place.instance =
                    Some(self.instance_at(place.node, place.instance, number, path)?);
            } else if place.number.is_some_and(|n| n != 1) {
                return Err(format!("'{path}': only repeats are numbered"));
            }
            let (name, number) =
                numbered(part).ok_or_else(|| format!("'{path}': '{part}' is not a step"))?;
            let parent = self.form.node(place.node);
            let child = parent
                .children
                .iter()
                .find(|c| self.form.node(**c).name == name);
            let Some(child) = child else {
                let names = parent
                    .children
                    .iter()
                    .map(|c| self.form.node(*c).name.as_str());
                return Err(format!(
                    "'{path}': there is no '{name}' in '{}'.{}",
                    parent.name,
                    crate::problem::did_you_mean(name, names)
                ));
            };
            place.node = *child;
            place.number = number;
        }
        Ok(place)
    }

    fn instance_at(
        &self,
        repeat: NodeId,
        parent: Option<InstanceId>,
        number: usize,
        path: &str,
    ) -> Result<InstanceId, String> {
        let name = &self.form.node(repeat).name;
        let all = match parent {
            None => self.instance.instances(name),
            Some(parent) => self.instance.instances_in(name, parent),
        };
        number
            .checked_sub(1)
            .and_then(|index| all.get(index))
            .copied()
            .ok_or_else(|| {
                format!(
                    "'{path}': '{name}' has {} instances, not {number}",
                    all.len()
                )
            })
    }
}

fn new_id(ids: &mut u64) -> InstanceId {
    *ids += 1;
    let name = format!("script:{ids}");
    InstanceId(uuid::Uuid::new_v5(&NAMESPACE_LAWANG, name.as_bytes()))
}

/// One instance of every repeat in a scope that is not counted, and of those in it.
fn first_instances(
    instance: &mut Instance,
    scope: NodeId,
    parent: Option<InstanceId>,
    ids: &mut u64,
) {
    let form = instance.form().clone();
    for (repeat, node) in form.nodes.iter().enumerate() {
        let around = node.repeats.iter().rev().nth(1).copied().unwrap_or(0);
        if node.kind == NodeKind::Repeat && around == scope && node.repeat_count.is_none() {
            let (repeat, first) = (repeat as NodeId, new_id(ids));
            instance.add_bare(repeat, parent, first);
            first_instances(instance, repeat, Some(first), ids);
        }
    }
}

/// `member[2]` to name and number.
fn numbered(part: &str) -> Option<(&str, Option<usize>)> {
    match part.split_once('[') {
        None => (!part.is_empty()).then_some((part, None)),
        Some((name, rest)) => Some((name, Some(rest.strip_suffix(']')?.trim().parse().ok()?))),
    }
}
