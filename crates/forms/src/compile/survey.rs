//! The sheet `survey`: types and names, groups and repeats.

use super::Report;
use super::settings::is_yes;
use super::table::Table;
use super::tree::{Tree, blank};
use crate::form::{List, NodeId, NodeKind};
use crate::functions::Support;
use crate::problem::{Problem, did_you_mean};
use crate::types::{QuestionType, TYPES};
use crate::xpath::is_name;
use std::collections::HashMap;

/// Deepest nesting of groups and repeats.
const MAX_DEPTH: usize = 40;

/// What the column `type` of a row says.
enum Kind {
    Begin(NodeKind),
    End(NodeKind),
    Question(QuestionType, Option<String>),
    /// Accepted, without a node.
    Nothing,
}

pub(super) fn read(
    table: &Table,
    root: &str,
    lists: &[List],
    list_index: &HashMap<String, usize>,
    report: &mut Report,
) -> Tree {
    let mut tree = Tree::new(root);
    let mut open: Vec<NodeId> = vec![0];
    let Some(type_column) = table.column("type") else {
        report.error(
            Problem::new(
                "column_missing",
                "The sheet 'survey' needs a column 'type'.",
            )
            .sheet("survey"),
        );
        return tree;
    };
    let mut used = vec![false; lists.len()];
    for (index, (number, cells)) in table.rows.iter().enumerate() {
        let get = |name: &str| {
            table
                .column(name)
                .and_then(|c| cells.get(c))
                .map(String::as_str)
                .unwrap_or_default()
        };
        if is_yes(get("disabled")) {
            continue;
        }
        let text = cells
            .get(type_column)
            .map(String::as_str)
            .unwrap_or_default();
        if text.is_empty() {
            report.error(table.at(
                Problem::new("type_missing", "Question with no type."),
                *number,
                "type",
            ));
            continue;
        }
        let kind = match understand(text) {
            Ok(kind) => kind,
            Err((code, message)) => {
                report.error(table.at(Problem::new(code, message), *number, "type"));
                // A broken begin would make every end behind it an error of its own.
                continue;
            }
        };
        let parent = open.last().copied().unwrap_or(0);
        let name = get("name");
        match kind {
            Kind::Nothing => report.warn(table.at(
                Problem::new("type_without_effect", format!("'{text}' has no effect.")),
                *number,
                "type",
            )),
            Kind::End(kind) => {
                let opened = tree.nodes[parent as usize].kind;
                if opened == kind {
                    open.pop();
                } else {
                    let what = if kind == NodeKind::Group {
                        "group"
                    } else {
                        "repeat"
                    };
                    report.error(table.at(
                        Problem::new(
                            "nesting",
                            match opened {
                                NodeKind::Root => {
                                    format!("Unmatched 'end_{what}': nothing is open here.")
                                }
                                _ => format!(
                                    "Unmatched 'end_{what}': '{}' of row {} is open here.",
                                    tree.nodes[parent as usize].name,
                                    tree.nodes[parent as usize].row
                                ),
                            },
                        ),
                        *number,
                        "type",
                    ));
                }
            }
            Kind::Begin(kind) => {
                let fallback = format!("group_of_row_{number}");
                let name = checked_name(table, name, &fallback, *number, report);
                if open.len() > MAX_DEPTH {
                    report.error(table.at(
                        Problem::new(
                            "nesting",
                            format!("Groups are nested more than {MAX_DEPTH} deep."),
                        ),
                        *number,
                        "type",
                    ));
                }
                let mut node = blank(name, kind, *number, Some(parent));
                node.appearance = get("appearance").to_owned();
                // Beyond the limit the tree stays flat: the form is refused anyway.
                if open.len() > MAX_DEPTH {
                    node.parent = Some(0);
                    node.kind = NodeKind::Group;
                }
                open.push(tree.add(node, index, report));
            }
            Kind::Question(kind, list) => {
                let fallback = format!("generated_note_name_{number}");
                let name = if name.is_empty() && kind == QuestionType::Note {
                    &fallback
                } else {
                    checked_name(table, name, &fallback, *number, report)
                };
                let mut node = blank(name, NodeKind::Question(kind), *number, Some(parent));
                node.appearance = get("appearance").to_owned();
                node.parameters = parameters(get("parameters"));
                if let Some(list) = list {
                    node.list = list_index.get(&list).copied();
                    match node.list {
                        Some(list) => used[list] = true,
                        None => report.error(table.at(
                            Problem::new(
                                "list_unknown",
                                format!(
                                    "List name not in choices sheet: '{list}'.{}",
                                    did_you_mean(&list, list_index.keys().map(String::as_str))
                                ),
                            ),
                            *number,
                            "type",
                        )),
                    }
                }
                check_question(table, &node, lists, *number, report);
                tree.add(node, index, report);
            }
        }
    }
    for id in open.iter().skip(1).rev() {
        let node = &tree.nodes[*id as usize];
        let what = if node.kind == NodeKind::Repeat {
            "repeat"
        } else {
            "group"
        };
        report.error(table.at(
            Problem::new(
                "nesting",
                format!(
                    "Unmatched begin statement: {what} '{}' has no 'end_{what}'.",
                    node.name
                ),
            ),
            node.row,
            "type",
        ));
    }
    if tree.nodes.len() == 1 && report.errors.is_empty() {
        report.error(
            Problem::new("survey_empty", "The sheet 'survey' has no questions.").sheet("survey"),
        );
    }
    for (list, used) in lists.iter().zip(used) {
        let named = |cells: &[String]| {
            cells
                .iter()
                .any(|c| c.contains("instance(") && c.contains(&list.name))
        };
        if !used && !table.rows.iter().any(|(_, cells)| named(cells)) {
            report.warn(
                Problem::new(
                    "list_unused",
                    format!("The choice list '{}' is not used.", list.name),
                )
                .sheet("choices"),
            );
        }
    }
    table.warn_about_translations(report);
    tree
}

fn checked_name<'n>(
    table: &Table,
    name: &'n str,
    fallback: &'n str,
    row: u32,
    report: &mut Report,
) -> &'n str {
    if name.is_empty() {
        report.error(table.at(
            Problem::new("name_missing", "Question or group with no name."),
            row,
            "name",
        ));
        return fallback;
    }
    if !is_name(name) || name.len() > 100 {
        report.error(table.at(
            Problem::new(
                "name_invalid",
                format!(
                    "Invalid question name '{}'. Names must begin with a letter or underscore; after it letters, digits, hyphens, underscores and periods may stand.",
                    name.chars().take(100).collect::<String>()
                ),
            ),
            row,
            "name",
        ));
        return fallback;
    }
    name
}

fn understand(text: &str) -> Result<Kind, (&'static str, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let single = lower.replacen(' ', "_", 1);
    match single.as_str() {
        "begin_group" => return Ok(Kind::Begin(NodeKind::Group)),
        "begin_repeat" => return Ok(Kind::Begin(NodeKind::Repeat)),
        "end_group" => return Ok(Kind::End(NodeKind::Group)),
        "end_repeat" => return Ok(Kind::End(NodeKind::Repeat)),
        "audit" => return Ok(Kind::Nothing),
        _ => {}
    }
    // `select one list` and `select multiple list` are spellings of old.
    let (first, rest) = match words.as_slice() {
        [a, b, rest @ ..] if a.eq_ignore_ascii_case("select") => {
            (format!("select_{}", b.to_lowercase()), rest)
        }
        [a, rest @ ..] => ((*a).to_owned(), rest),
        [] => (String::new(), &[][..]),
    };
    let first = match first.as_str() {
        "select_multi" | "select_all" => "select_multiple".to_owned(),
        _ => first,
    };
    let known = TYPES.iter().find(|t| t.name.eq_ignore_ascii_case(&first));
    let Some(info) = known else {
        return Err((
            "type_unknown",
            format!(
                "Unknown question type '{text}'.{}",
                did_you_mean(&first, TYPES.iter().map(|t| t.name))
            ),
        ));
    };
    if info.support == Support::Refused {
        return Err((
            "type_unsupported",
            format!("The type '{}' cannot be used: {}.", info.name, info.note),
        ));
    }
    let Some(kind) = info.kind else {
        return Err(("type_unknown", format!("Unknown question type '{text}'.")));
    };
    if !kind.is_select() {
        return if rest.is_empty() {
            Ok(Kind::Question(kind, None))
        } else {
            Err((
                "type_unknown",
                format!(
                    "Unknown question type '{text}': '{}' stands alone.",
                    info.name
                ),
            ))
        };
    }
    match rest {
        [] => Err((
            "list_missing",
            format!("'{}' needs the name of a choice list.", info.name),
        )),
        [list] if list.starts_with("${") => Err((
            "type_unsupported",
            format!("'{text}': choices from the answers of a repeat are not supported yet."),
        )),
        [list] => Ok(Kind::Question(kind, Some((*list).to_owned()))),
        [_, other @ ..]
            if matches!(
                other.join("_").to_lowercase().as_str(),
                "or_other" | "or_specify_other"
            ) =>
        {
            Err((
                "type_unsupported",
                "'or_other' is not supported yet: add a choice 'other' and a text question."
                    .to_owned(),
            ))
        }
        _ => Err((
            "type_unknown",
            format!("Unknown question type '{text}': the name of a list has no spaces."),
        )),
    }
}

/// `start=1 end=10; step=2` to pairs.
fn parameters(text: &str) -> Vec<(String, String)> {
    text.split([' ', ';', ','])
        .filter_map(|part| part.split_once('='))
        .map(|(key, value)| (key.trim().to_lowercase(), value.trim().to_owned()))
        .collect()
}

fn check_question(
    table: &Table,
    node: &crate::form::Node,
    lists: &[List],
    row: u32,
    report: &mut Report,
) {
    let NodeKind::Question(kind) = node.kind else {
        return;
    };
    if kind == QuestionType::SelectMultiple
        && let Some(list) = node.list
        && let Some(name) = lists[list]
            .by_name
            .keys()
            .filter(|n| n.contains(char::is_whitespace))
            .min()
    {
        report.error(table.at(
            Problem::new(
                "choice_name_space",
                format!("The choice name '{name}' of the list '{}' has a space; in select_multiple a space separates answers.", lists[list].name),
            ),
            row,
            "type",
        ));
    }
    if kind == QuestionType::Range {
        for (key, value) in &node.parameters {
            let good = match key.as_str() {
                "start" | "end" => value.parse::<f64>().is_ok_and(f64::is_finite),
                "step" => value
                    .parse::<f64>()
                    .is_ok_and(|n| n.is_finite() && n != 0.0),
                _ => true,
            };
            if !good {
                report.error(table.at(
                    Problem::new(
                        "parameters",
                        format!("The parameter '{key}={value}' of a range must be a number."),
                    ),
                    row,
                    "parameters",
                ));
            }
        }
    }
}
