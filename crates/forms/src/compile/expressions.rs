//! Expressions and texts of all nodes, resolved against the tree.

use super::choices::RawLabel;
use super::settings::{Settings, is_no, is_yes};
use super::table::Table;
use super::tree::Tree;
use super::{LanguageCodes, Report, graph};
use crate::expr::{Dependency, Deps, Expr, Resolver, Scope};
use crate::form::{CellKind, Form, Initial, List, NodeId, NodeKind};
use crate::problem::Problem;
use crate::text::{Languages, Segment, Text};
use crate::types::QuestionType;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) type AllDeps = HashMap<(NodeId, CellKind), Vec<Dependency>>;

#[allow(clippy::too_many_arguments)] // One step of one pipeline; a struct would only rename them.
pub(super) fn resolve(
    mut tree: Tree,
    survey: &Table,
    lists: &mut [List],
    list_index: &HashMap<String, usize>,
    raw_labels: Vec<RawLabel>,
    settings: &Settings,
    codes: &LanguageCodes,
    languages: Languages,
    report: &mut Report,
) -> Option<Form> {
    let mut deps: AllDeps = HashMap::new();
    let mut found: Vec<Parts> = Vec::new();
    let mut labels: Vec<(RawLabel, Vec<Segment>)> = Vec::new();
    let mut instance_name = None;
    {
        let resolver = Resolver {
            nodes: &tree.nodes,
            keys: &tree.keys,
            by_name: &tree.by_name,
            lists,
            list_index,
        };
        let mut work = Work {
            resolver: &resolver,
            table: survey,
            codes,
            deps: &mut deps,
            report,
        };
        for (id, row) in tree.rows.iter().enumerate() {
            found.push(match row {
                Some(row) => work.node(id as NodeId, *row),
                None => Parts::default(),
            });
        }
        for raw in raw_labels {
            let place = |p: Problem| p.sheet("choices").row(raw.sheet_row).column(&raw.heading);
            let (segments, _) = segments(&raw.text, 0, &resolver, report, &place);
            labels.push((raw, segments));
        }
        if let Some((row, text)) = &settings.instance_name {
            let mut own = Deps::default();
            let text = straighten(text);
            instance_name = Some(resolver.text(&text, Scope::of(0), &mut own));
            for (code, message) in own.errors {
                report.error(
                    Problem::new(code, message)
                        .sheet("settings")
                        .row(*row)
                        .column("instance_name"),
                );
            }
        }
    }
    for (raw, segments) in labels {
        lists[raw.list].rows[raw.row]
            .label
            .push(raw.language, raw.text, segments);
    }
    for (node, parts) in tree.nodes.iter_mut().zip(found) {
        parts.put(node);
    }
    let mut title = Text::default();
    for (language, text) in &settings.titles {
        title.push(codes.of(language.as_deref()), text.clone(), Vec::new());
    }
    graph::finish(tree, deps, lists, report).map(|built| Form {
        id: settings.id.clone(),
        version: settings.version.clone(),
        title,
        languages,
        instance_name,
        ..built
    })
}

/// What the cells of one row have become.
#[derive(Default)]
struct Parts {
    relevant: Option<Expr>,
    required: Option<Expr>,
    readonly: Option<Expr>,
    constraint: Option<Expr>,
    calculation: Option<Expr>,
    choice_filter: Option<Expr>,
    repeat_count: Option<Expr>,
    default: Initial,
    texts: [Text; 5],
}

impl Parts {
    fn put(self, node: &mut crate::form::Node) {
        let [label, hint, guidance, constraint_message, required_message] = self.texts;
        node.relevant = self.relevant;
        node.required = self.required;
        node.readonly = self.readonly;
        node.constraint = self.constraint;
        node.calculation = self.calculation;
        node.choice_filter = self.choice_filter;
        node.repeat_count = self.repeat_count;
        node.default = self.default;
        node.label = label;
        node.hint = hint;
        node.guidance = guidance;
        node.constraint_message = constraint_message;
        node.required_message = required_message;
    }
}

struct Work<'w, 'r> {
    resolver: &'w Resolver<'r>,
    table: &'w Table,
    codes: &'w LanguageCodes,
    deps: &'w mut AllDeps,
    report: &'w mut Report,
}

impl Work<'_, '_> {
    fn get(&self, row: usize, column: &str) -> Option<String> {
        let cell = self
            .table
            .rows
            .get(row)?
            .1
            .get(self.table.column(column)?)?;
        (!cell.is_empty()).then(|| cell.clone())
    }

    fn node(&mut self, id: NodeId, row: usize) -> Parts {
        let node = &self.resolver.nodes[id as usize];
        let (kind, number, name) = (node.kind, node.row, node.name.clone());
        let mut parts = Parts {
            relevant: self.expr(id, row, "relevant", CellKind::Relevant, Scope::of(id)),
            ..Parts::default()
        };
        for (text, column) in parts.texts.iter_mut().zip([
            "label",
            "hint",
            "guidance_hint",
            "constraint_message",
            "required_message",
        ]) {
            *text = self.text(id, row, column);
        }
        let question = match kind {
            NodeKind::Question(question) => question,
            _ => {
                if kind == NodeKind::Repeat {
                    let scope = self.resolver.nodes[id as usize].parent.unwrap_or(0);
                    parts.repeat_count =
                        self.expr(id, row, "repeat_count", CellKind::Count, Scope::of(scope));
                } else {
                    self.ignored(row, number, &["repeat_count"]);
                }
                self.ignored(
                    row,
                    number,
                    &[
                        "constraint",
                        "required",
                        "calculation",
                        "choice_filter",
                        "default",
                    ],
                );
                return parts;
            }
        };
        parts.constraint = self.expr(id, row, "constraint", CellKind::Valid, Scope::of(id));
        parts.calculation = self.expr(id, row, "calculation", CellKind::Value, Scope::of(id));
        parts.required = self.flag(id, row, "required", CellKind::Required);
        parts.readonly = self.flag(id, row, "read_only", CellKind::Readonly);
        parts.default = self.default(id, row, question);
        match (
            self.get(row, "choice_filter"),
            self.resolver.nodes[id as usize].list,
        ) {
            (Some(_), Some(list)) => {
                parts.choice_filter = self.expr(
                    id,
                    row,
                    "choice_filter",
                    CellKind::Valid,
                    Scope::filter(id, list),
                );
            }
            (Some(_), None) if !question.is_select() => {
                self.ignored(row, number, &["choice_filter"])
            }
            _ => {}
        }
        if question == QuestionType::Calculate
            && parts.calculation.is_none()
            && matches!(parts.default, Initial::None)
        {
            self.error(
                row,
                "calculation",
                "calculation_missing",
                format!("Missing calculation for '{name}'."),
            );
        }
        if question.is_shown() && parts.texts[0].is_empty() && parts.texts[1].is_empty() {
            self.report.warn(self.table.at(
                Problem::new("label_missing", format!("'{name}' has no label.")),
                number,
                "label",
            ));
        }
        for column in ["trigger", "save_to", "query"] {
            if self.get(row, column).is_some() {
                self.error(
                    row,
                    column,
                    "column_unsupported",
                    format!("The column '{column}' is not supported yet."),
                );
            }
        }
        parts
    }

    fn ignored(&mut self, row: usize, number: u32, columns: &[&str]) {
        for column in columns {
            if self.get(row, column).is_some() {
                self.report.warn(self.table.at(
                    Problem::new(
                        "cell_ignored",
                        format!("'{column}' has no effect in this row."),
                    ),
                    number,
                    column,
                ));
            }
        }
    }

    fn error(&mut self, row: usize, column: &str, code: &'static str, message: String) {
        let number = self.table.rows[row].0;
        self.report
            .error(self.table.at(Problem::new(code, message), number, column));
    }

    /// Text of a cell that holds an expression, its quotes straightened with a warning.
    fn source(&mut self, row: usize, column: &str) -> Option<String> {
        let text = self.get(row, column)?;
        let straight = straighten(&text);
        if straight != text {
            self.report.warn(self.table.at(
                Problem::new("smart_quotes", "Curly quotes are read as straight ones."),
                self.table.rows[row].0,
                column,
            ));
        }
        Some(straight)
    }

    fn expr(
        &mut self,
        id: NodeId,
        row: usize,
        column: &str,
        kind: CellKind,
        scope: Scope,
    ) -> Option<Expr> {
        let text = self.source(row, column)?;
        Some(self.resolve(id, row, column, &text, Some(kind), scope))
    }

    fn resolve(
        &mut self,
        id: NodeId,
        row: usize,
        column: &str,
        text: &str,
        kind: Option<CellKind>,
        scope: Scope,
    ) -> Expr {
        let mut own = Deps::default();
        let expr = self.resolver.text(text, scope, &mut own);
        for (code, message) in own.errors {
            self.error(row, column, code, message);
        }
        for (code, message) in own.warnings {
            let number = self.table.rows[row].0;
            self.report
                .warn(self.table.at(Problem::new(code, message), number, column));
        }
        if let Some(kind) = kind {
            self.deps.entry((id, kind)).or_default().extend(own.on);
        }
        expr
    }

    /// `required` and `read_only`: yes, no, or an expression.
    fn flag(&mut self, id: NodeId, row: usize, column: &str, kind: CellKind) -> Option<Expr> {
        let text = self.source(row, column)?;
        if is_yes(&text) {
            Some(Expr::Call(crate::functions::Function::True, Vec::new()))
        } else if is_no(&text) {
            None
        } else {
            Some(self.resolve(id, row, column, &text, Some(kind), Scope::of(id)))
        }
    }

    fn default(&mut self, id: NodeId, row: usize, kind: QuestionType) -> Initial {
        let Some(text) = self.get(row, "default") else {
            return Initial::None;
        };
        let straight = straighten(&text);
        if is_dynamic(&straight, kind) {
            return Initial::Computed(self.resolve(
                id,
                row,
                "default",
                &straight,
                None,
                Scope::of(id),
            ));
        }
        let list = self.resolver.nodes[id as usize]
            .list
            .map(|l| &self.resolver.lists[l]);
        match crate::instance::check_type(kind, list, &text) {
            Ok(value) => Initial::Fixed(value),
            Err(e) => {
                self.error(
                    row,
                    "default",
                    "default_invalid",
                    format!("The default '{text}' does not fit: {}", e.message("en")),
                );
                Initial::None
            }
        }
    }

    fn text(&mut self, id: NodeId, row: usize, column: &str) -> Text {
        let mut out = Text::default();
        let columns: Vec<(usize, Arc<str>)> = self
            .table
            .translations(column)
            .map(|(index, language)| (index, self.codes.of(language)))
            .collect();
        for (index, language) in columns {
            let (number, cells) = &self.table.rows[row];
            let Some(text) = cells.get(index).filter(|t| !t.is_empty()) else {
                continue;
            };
            let heading = &self.table.headings[index].raw;
            let place = |p: Problem| p.sheet("survey").row(*number).column(heading);
            let (segments, on) = segments(text, id, self.resolver, self.report, &place);
            if out.has(&language) {
                continue;
            }
            out.push(language, text.clone(), segments);
            self.deps
                .entry((id, CellKind::Output))
                .or_default()
                .extend(on);
        }
        out
    }
}

/// Cuts a text at its `${..}`; empty if it has none.
fn segments(
    text: &str,
    id: NodeId,
    resolver: &Resolver<'_>,
    report: &mut Report,
    place: &dyn Fn(Problem) -> Problem,
) -> (Vec<Segment>, Vec<Dependency>) {
    let (mut out, mut deps) = (Vec::new(), Deps::default());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let after = &rest[start..];
        let end = after.find('}').map_or(after.len(), |end| end + 1);
        out.push(Segment::Plain(rest[..start].to_owned()));
        out.push(Segment::Output(Arc::new(resolver.text(
            &after[..end],
            Scope::of(id),
            &mut deps,
        ))));
        rest = &after[end..];
    }
    if !out.is_empty() {
        out.push(Segment::Plain(rest.to_owned()));
    }
    for (code, message) in deps.errors {
        report.error(place(Problem::new(code, message)));
    }
    (out, deps.on)
}

fn straighten(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            other => other,
        })
        .collect()
}

/// Whether a default is an expression, as pyxform decides: a reference, a call of a function, or an
/// operator; a hyphen alone is a date or a name.
fn is_dynamic(text: &str, kind: QuestionType) -> bool {
    if text.contains("${") {
        return true;
    }
    if matches!(kind, QuestionType::Geopoint | QuestionType::Image) {
        return false;
    }
    let called = text.match_indices('(').any(|(at, _)| {
        text[..at].ends_with(|c: char| c.is_alphanumeric()) && text[at..].contains(')')
    });
    if called {
        return true;
    }
    let numeric = matches!(
        kind,
        QuestionType::Integer | QuestionType::Decimal | QuestionType::Range
    );
    [" + ", " * ", " div ", " mod ", " - "]
        .iter()
        .any(|op| text.contains(op))
        && (numeric || crate::xpath::parse(text).is_ok() && !text.contains(char::is_alphabetic))
}
