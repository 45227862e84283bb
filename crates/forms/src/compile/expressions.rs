//! Expressions and texts of all nodes, resolved against the tree.

use super::tree::Tree;
use super::{LanguageCodes, Report, graph};
use crate::draft::{Cell, Draft, DraftNode, DraftText, OUTPUT_END, OUTPUT_START, RawLabel, Source};
use crate::expr::{Dependency, Deps, Expr, Resolver, Scope};
use crate::form::{CellKind, Definition, Initial, NodeId, NodeKind};
use crate::list::GEOMETRY;
use crate::text::{Languages, Segment, Text};
use crate::types::QuestionType;
use crate::xlsform::{is_no, is_yes};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) type AllDeps = HashMap<(NodeId, CellKind), Vec<Dependency>>;

pub(super) fn resolve(
    mut tree: Tree,
    draft: &mut Draft,
    codes: &LanguageCodes,
    languages: Languages,
    report: &mut Report,
) -> Option<Definition> {
    let mut deps: AllDeps = HashMap::new();
    let mut found: Vec<Parts> = Vec::new();
    let mut labels: Vec<(RawLabel, Vec<Segment>)> = Vec::new();
    let mut instance_name = None;
    let mut triggers = Vec::new();
    let (entities, added);
    {
        let resolver = Resolver {
            nodes: &tree.nodes,
            keys: &tree.keys,
            by_name: &tree.by_name,
            lists: &draft.lists,
            list_index: &draft.list_index,
            added: RefCell::default(),
        };
        let mut work = Work {
            resolver: &resolver,
            draft: &*draft,
            codes,
            deps: &mut deps,
            triggers: &mut triggers,
            report,
        };
        found.push(Parts::default());
        for id in 1..draft.nodes.len() {
            if work.report.is_full() {
                break;
            }
            found.push(work.node(id as NodeId));
        }
        entities = work.entities();
        if !report.is_full() {
            super::doubts::look(draft, &resolver, report);
        }
        for raw in &draft.raw_labels {
            let (segments, _) = segments(&raw.cell, 0, &resolver, report);
            labels.push((raw.clone(), segments));
        }
        if let Some(cell) = &draft.settings.instance_name {
            let mut own = Deps::default();
            instance_name = Some(resolver.text(&straighten(&cell.text), Scope::of(0), &mut own));
            for (code, message) in own.errors {
                report.error(cell.place.problem(code, message));
            }
        }
        // A map asks a list of entities for their places.
        for node in &tree.nodes {
            if let Some(list) = node
                .list
                .filter(|_| crate::appearances::on_map(&node.appearance))
            {
                resolver.column(list, GEOMETRY);
            }
        }
        added = resolver.added.take();
    }
    for (list, column) in added {
        draft.lists[list].add_column(column);
    }
    for (raw, segments) in labels {
        draft.lists[raw.list].put_outputs(raw.row, raw.language, raw.cell.shown(), segments);
    }
    for (node, parts) in tree.nodes.iter_mut().zip(found) {
        parts.put(node);
    }
    for (source, target) in triggers {
        tree.nodes[source as usize].triggers.push(target);
    }
    let mut title = Text::default();
    for (language, text) in &draft.settings.titles {
        title.push(codes.of(language.as_deref()), text.clone(), Vec::new());
    }
    graph::finish(tree, deps, draft, &languages, report).map(|built| Definition {
        id: draft.settings.id.clone(),
        version: draft.settings.version.clone(),
        title,
        languages,
        instance_name,
        entities,
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
    triggered: Option<Expr>,
    answers: Option<(NodeId, Option<Expr>)>,
    randomize: Option<Option<Expr>>,
    texts: [Text; 5],
    media: Vec<(Arc<str>, &'static str, String)>,
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
        node.triggered = self.triggered;
        node.answers = self.answers;
        node.randomize = self.randomize;
        node.media = self.media;
        node.label = label;
        node.hint = hint;
        node.guidance = guidance;
        node.constraint_message = constraint_message;
        node.required_message = required_message;
    }
}

pub(super) struct Work<'w, 'r> {
    pub(super) resolver: &'w Resolver<'r>,
    pub(super) draft: &'w Draft,
    codes: &'w LanguageCodes,
    deps: &'w mut AllDeps,
    /// Question and the one that it triggers.
    triggers: &'w mut Vec<(NodeId, NodeId)>,
    pub(super) report: &'w mut Report,
}

impl<'w> Work<'w, '_> {
    fn draft(&self, id: NodeId) -> &'w DraftNode {
        &self.draft.nodes[id as usize]
    }

    fn node(&mut self, id: NodeId) -> Parts {
        let draft = self.draft(id);
        let mut parts = Parts {
            relevant: self.expr(id, "relevant", CellKind::Relevant, Scope::of(id)),
            ..Parts::default()
        };
        for (text, column) in parts.texts.iter_mut().zip([
            "label",
            "hint",
            "guidance_hint",
            "constraint_message",
            "required_message",
        ]) {
            *text = self.text(id, column);
        }
        for text in &draft.texts {
            if matches!(text.column, "image" | "big-image" | "audio" | "video") {
                let language = self.codes.of(text.language.as_deref());
                parts
                    .media
                    .push((language, text.column, text.cell.text.clone()));
            }
        }
        let NodeKind::Question(question) = draft.kind else {
            if draft.kind == NodeKind::Repeat {
                let scope = Scope::of(draft.parent as NodeId);
                parts.repeat_count = self.expr(id, "repeat_count", CellKind::Count, scope);
            } else {
                self.ignored(draft, &["repeat_count"]);
            }
            self.ignored(
                draft,
                &[
                    "constraint",
                    "required",
                    "calculation",
                    "choice_filter",
                    "default",
                ],
            );
            return parts;
        };
        self.question(id, question, &mut parts);
        parts
    }

    fn question(&mut self, id: NodeId, question: QuestionType, parts: &mut Parts) {
        let draft = self.draft(id);
        parts.constraint = self.expr(id, "constraint", CellKind::Valid, Scope::of(id));
        parts.calculation = self.expr(id, "calculation", CellKind::Value, Scope::of(id));
        parts.required = self.flag(id, "required", CellKind::Required);
        parts.readonly = self.flag(id, "read_only", CellKind::Readonly);
        parts.default = self.default(id, question);
        match self.resolver.nodes[id as usize].list {
            Some(list) => {
                let scope = Scope::filter(id, list);
                parts.choice_filter = self.expr(id, "choice_filter", CellKind::Valid, scope);
            }
            None if !question.is_select() => self.ignored(draft, &["choice_filter"]),
            None => {}
        }
        if question == QuestionType::Calculate
            && parts.calculation.is_none()
            && matches!(parts.default, Initial::None)
            && draft.cell("trigger").is_none()
        {
            self.report.error(draft.problem(
                "calculation",
                "calculation_missing",
                format!("Missing calculation for '{}'.", draft.name),
            ));
        }
        if question.is_shown()
            && parts.texts[0].is_empty()
            && parts.texts[1].is_empty()
            && parts.media.is_empty()
        {
            self.report.warn(draft.problem(
                "label",
                "label_missing",
                format!("'{}' has no label.", draft.name),
            ));
        }
        if question == QuestionType::BackgroundGeopoint {
            if draft.cell("trigger").is_none() {
                self.report.error(draft.problem(
                    "trigger",
                    "trigger_missing",
                    "For 'background-geopoint' questions, the 'trigger' column must not be empty.",
                ));
            }
            if draft.cell("calculation").is_some() {
                self.report.error(draft.problem(
                    "calculation",
                    "calculation_unexpected",
                    "For 'background-geopoint' questions, the 'calculation' column must be empty.",
                ));
            }
        }
        if let Some(Source::Answers(reference)) = &draft.source {
            parts.answers = self.answers(id, reference);
        }
        self.trigger(id, parts);
        self.randomize(id, parts);
    }

    /// Parameters `randomize=true` and `seed=`: a number or a reference.
    fn randomize(&mut self, id: NodeId, parts: &mut Parts) {
        let draft = self.draft(id);
        let get = |key: &str| {
            let found = draft.parameters.iter().find(|(k, _)| k == key);
            found.map(|(_, v)| v.as_str())
        };
        let place = || {
            draft
                .cell("parameters")
                .map_or_else(|| draft.place.clone(), |c| c.place.clone())
        };
        match (get("randomize"), get("seed")) {
            (None | Some("false"), None) => {}
            (Some("true"), None) => parts.randomize = Some(None),
            (Some("true"), Some(seed)) => {
                let cell = Cell {
                    text: seed.to_owned(),
                    place: place(),
                };
                let good = cell.is_xml() || seed.starts_with("${") || seed.parse::<f64>().is_ok();
                if !good {
                    self.report.error(cell.place.problem(
                        "parameters",
                        "seed value must be a number or a reference to another field.",
                    ));
                    return;
                }
                let scope = Scope::of(id);
                parts.randomize = Some(Some(self.resolve(
                    id,
                    &cell,
                    seed,
                    Some(CellKind::Output),
                    scope,
                )));
            }
            (None | Some("false"), Some(_)) => self.report.error(place().problem(
                "parameters",
                "Parameters must include randomize=true to use a seed.",
            )),
            (Some(other), _) => self.report.error(place().problem(
                "parameters",
                format!("randomize must be set to true or false: '{other}' is an invalid value."),
            )),
        }
    }

    /// Choices that are the answers to a question of a repeat.
    fn answers(&mut self, id: NodeId, reference: &Cell) -> Option<(NodeId, Option<Expr>)> {
        let resolver = self.resolver;
        let found = crate::xpath::parse(&reference.text)
            .map_err(|e| ("expression_syntax", e.message))
            .and_then(|ast| resolver.named_node(&ast, Scope::of(id)))
            .and_then(|node| match resolver.nodes[node as usize].repeats.last() {
                Some(repeat)
                    if matches!(resolver.nodes[node as usize].kind, NodeKind::Question(_)) =>
                {
                    Ok((node, *repeat))
                }
                _ => Err((
                    "answers_repeat",
                    format!(
                        "'{}' is no question of a repeat: only answers given there can be choices.",
                        reference.text
                    ),
                )),
            });
        let (node, repeat) = match found {
            Ok(found) => found,
            Err((code, message)) => {
                self.report.error(reference.place.problem(code, message));
                return None;
            }
        };
        let mut own = Deps::default();
        let shared = resolver.shared(resolver.scope_of(id), resolver.outer(repeat));
        resolver.depend(node, shared, &mut own);
        self.deps
            .entry((id, CellKind::Valid))
            .or_default()
            .extend(own.on);
        let scope = Scope::instances(id, repeat, shared);
        let filter = self.expr(id, "choice_filter", CellKind::Valid, scope);
        Some((node, filter))
    }

    /// Column `trigger`: the calculation counts only when one of these answers changes.
    fn trigger(&mut self, id: NodeId, parts: &mut Parts) {
        let Some((cell, text)) = self.source(id, "trigger") else {
            return;
        };
        for reference in text.split(',').filter(|r| !r.trim().is_empty()) {
            let found = crate::xpath::parse(reference.trim())
                .map_err(|e| ("expression_syntax", e.message))
                .and_then(|ast| self.resolver.named_node(&ast, Scope::of(id)));
            match found {
                Ok(source) => self.triggers.push((source, id)),
                Err((code, message)) => self.report.error(cell.place.problem(code, message)),
            }
        }
        // What a trigger gives is no calculation: it does not follow what it reads.
        self.deps.remove(&(id, CellKind::Value));
        parts.triggered = parts.calculation.take();
    }

    fn ignored(&mut self, draft: &DraftNode, columns: &[&str]) {
        for column in columns {
            if let Some(cell) = draft.cell(column) {
                self.report.warn(cell.place.problem(
                    "cell_ignored",
                    format!("'{column}' has no effect in this row."),
                ));
            }
        }
    }

    /// Text of a cell that holds an expression, its quotes straightened with a warning.
    fn source(&mut self, id: NodeId, column: &str) -> Option<(&'w Cell, String)> {
        let cell = self.draft(id).cell(column)?;
        let straight = if cell.is_xml() {
            cell.text.clone()
        } else {
            straighten(&cell.text)
        };
        if straight != cell.text {
            self.report.warn(
                cell.place
                    .problem("smart_quotes", "Curly quotes are read as straight ones."),
            );
        }
        Some((cell, straight))
    }

    fn expr(&mut self, id: NodeId, column: &str, kind: CellKind, scope: Scope) -> Option<Expr> {
        let (cell, text) = self.source(id, column)?;
        Some(self.resolve(id, cell, &text, Some(kind), scope))
    }

    fn resolve(
        &mut self,
        id: NodeId,
        cell: &Cell,
        text: &str,
        kind: Option<CellKind>,
        scope: Scope,
    ) -> Expr {
        let mut own = Deps::default();
        let expr = self.resolver.text(text, scope, &mut own);
        for (code, message) in own.errors {
            self.report.error(cell.place.problem(code, message));
        }
        for (code, message) in own.warnings {
            self.report.warn(cell.place.problem(code, message));
        }
        if let Some(kind) = kind {
            self.deps.entry((id, kind)).or_default().extend(own.on);
        }
        expr
    }

    /// `required` and `read_only`: yes, no, or an expression.
    fn flag(&mut self, id: NodeId, column: &str, kind: CellKind) -> Option<Expr> {
        let (cell, text) = self.source(id, column)?;
        if is_yes(&text) {
            Some(Expr::Call(crate::functions::Function::True, Vec::new()))
        } else if is_no(&text) {
            None
        } else {
            let expr = self.resolve(id, cell, &text, Some(kind), Scope::of(id));
            let on = self.deps.get(&(id, kind));
            let own = on.is_some_and(|on| {
                on.iter()
                    .any(|((n, k), _)| *n == id && *k == CellKind::Value)
            });
            if own {
                // It could be computed, but JavaRosa does not open such a form.
                self.report.error(cell.place.problem(
                    "cycle",
                    format!(
                        "'{column}' of '{}' speaks of its own answer: ODK Collect refuses that as a cycle. Only a constraint may.",
                        self.draft(id).name
                    ),
                ));
            }
            Some(expr)
        }
    }

    fn default(&mut self, id: NodeId, kind: QuestionType) -> Initial {
        // An XForm says which defaults are expressions.
        if let Some((cell, text)) = self.source(id, "computed_default") {
            return Initial::Computed(self.resolve(id, cell, &text, None, Scope::of(id)));
        }
        let Some(cell) = self.draft(id).cell("default") else {
            return Initial::None;
        };
        let straight = straighten(&cell.text);
        if !cell.is_xml() && crate::xform::is_dynamic(&straight, kind) {
            return Initial::Computed(self.resolve(id, cell, &straight, None, Scope::of(id)));
        }
        let list = self.resolver.nodes[id as usize]
            .list
            .map(|l| &self.resolver.lists[l]);
        match crate::instance::check_type(kind, list, &cell.text) {
            Ok(value) => Initial::Fixed(value),
            Err(e) => {
                self.report.error(cell.place.problem(
                    "default_invalid",
                    format!(
                        "The default '{}' does not fit: {}",
                        cell.text,
                        e.message("en")
                    ),
                ));
                Initial::None
            }
        }
    }

    fn text(&mut self, id: NodeId, column: &str) -> Text {
        let mut out = Text::default();
        let own = |text: &&DraftText| text.column == column;
        for text in self.draft(id).texts.iter().filter(own) {
            let language = self.codes.of(text.language.as_deref());
            let (segments, on) = segments(&text.cell, id, self.resolver, self.report);
            if out.has(&language) {
                continue;
            }
            out.push(language, text.cell.shown(), segments);
            self.deps
                .entry((id, CellKind::Output))
                .or_default()
                .extend(on);
        }
        out
    }
}

/// Cuts a text at what is computed in it: `${..}` and `instance(..)/..` in a workbook, outputs in an XForm.
/// Empty if it has none.
fn segments(
    cell: &Cell,
    id: NodeId,
    resolver: &Resolver<'_>,
    report: &mut Report,
) -> (Vec<Segment>, Vec<Dependency>) {
    let (mut out, mut deps) = (Vec::new(), Deps::default());
    let text = cell.text.as_str();
    let mut done = 0;
    for (start, end, expression) in computed_parts(cell) {
        out.push(Segment::Plain(text[done..start].to_owned()));
        out.push(Segment::Output(Arc::new(resolver.text(
            expression,
            Scope::of(id),
            &mut deps,
        ))));
        done = end;
    }
    if !out.is_empty() {
        out.push(Segment::Plain(text[done..].to_owned()));
    }
    for (code, message) in deps.errors {
        report.error(cell.place.problem(code, message));
    }
    (out, deps.on)
}

/// Byte ranges of what is computed in a text, and the expressions.
fn computed_parts(cell: &Cell) -> Vec<(usize, usize, &str)> {
    let text = cell.text.as_str();
    let is_xml = cell.is_xml();
    let (open, close) = if is_xml {
        (OUTPUT_START, OUTPUT_END)
    } else {
        ('$', '}')
    };
    let mut out: Vec<(usize, usize, &str)> = Vec::new();
    if !is_xml {
        let found = crate::xform::instance_expressions(text).into_iter();
        out.extend(found.map(|(start, end)| (start, end, &text[start..end])));
    }
    let mut from = 0;
    while let Some(start) = text[from..].find(open).map(|n| n + from) {
        let in_other = out.iter().find(|(a, b, _)| (*a..*b).contains(&start));
        if let Some((_, end, _)) = in_other {
            from = *end;
            continue;
        }
        if !is_xml && !text[start..].starts_with("${") {
            from = start + 1;
            continue;
        }
        let end = text[start..]
            .find(close)
            .map_or(text.len(), |n| start + n + 1);
        let expression = if is_xml {
            text[start + 1..end].trim_end_matches(close)
        } else {
            &text[start..end]
        };
        out.push((start, end, expression));
        from = end;
    }
    out.sort_unstable();
    out
}

pub(super) fn straighten(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            other => other,
        })
        .collect()
}
