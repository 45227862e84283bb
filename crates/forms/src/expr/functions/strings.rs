//! Texts.

use super::super::Expr;
use super::super::eval::{Env, Spot};
use super::super::value::Value;
use super::{java_int, java_regex};
use crate::functions::Function as F;
use std::borrow::Cow;
use std::collections::HashMap;

/// Longest text that functions build; JavaRosa has no bound, a device with 2 GB has.
const MAX_TEXT: usize = 1 << 20;

impl Env<'_> {
    pub(super) fn strings(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        let text = |index: usize| self.cow(&args[index], spot);
        match function {
            F::Concat => Value::Text(bounded(self.texts(args, spot).concat())),
            F::Join => {
                let separator = text(0);
                Value::Text(bounded(self.texts(&args[1..], spot).join(&*separator)))
            }
            F::Selected => Value::Bool(is_selected(&text(0), &text(1))),
            F::SelectedAt => {
                // JavaRosa takes an index that is no number for 0.
                let index = java_int(self.number(&args[1], spot));
                let list = text(0);
                let chosen = usize::try_from(index)
                    .ok()
                    .and_then(|index| words(&list).nth(index));
                Value::Text(chosen.unwrap_or_default().to_owned())
            }
            F::CountSelected => Value::Number(words(&text(0)).count() as f64),
            F::Contains => Value::Bool(text(0).contains(&*text(1))),
            F::StartsWith => Value::Bool(text(0).starts_with(&*text(1))),
            F::EndsWith => Value::Bool(text(0).ends_with(&*text(1))),
            F::SubstringBefore => Value::Text(
                text(0)
                    .split_once(&*text(1))
                    .map_or_else(String::new, |(before, _)| before.to_owned()),
            ),
            F::SubstringAfter => Value::Text(
                text(0)
                    .split_once(&*text(1))
                    .map_or_else(String::new, |(_, after)| after.to_owned()),
            ),
            F::StringLength => Value::Number(utf16_length(&text(0)) as f64),
            F::Substr => {
                let number = |index: usize| args.get(index).map(|a| self.number(a, spot));
                Value::Text(substr(&text(0), number(1), number(2)))
            }
            F::NormalizeSpace => Value::Text(normalized(&text(0))),
            F::Translate => Value::Text(translated(&text(0), &text(1), &text(2))),
            _ => {
                let pattern = java_regex(&text(1));
                Value::Bool(pattern.is_ok_and(|r| r.is_match(&*text(0)).unwrap_or(false)))
            }
        }
    }

    /// Texts of all arguments, node sets taken apart.
    pub(super) fn texts<'s>(&'s self, args: &'s [Expr], spot: Spot) -> Vec<Cow<'s, str>> {
        let mut out = Vec::with_capacity(args.len());
        for arg in args {
            if let Expr::Text(text) = arg {
                out.push(Cow::Borrowed(text.as_str()));
                continue;
            }
            match self.eval(arg, spot) {
                // Beside other arguments a question that is not relevant keeps its place, as in JavaRosa.
                Value::Nodes(nodes) if nodes.is_empty() && args.len() > 1 => {
                    out.push(Cow::Borrowed(""));
                }
                Value::Nodes(nodes) => out.extend(nodes.iter().map(|n| self.read_text(*n))),
                Value::Text(text) => out.push(Cow::Owned(text)),
                other => out.push(Cow::Owned(other.text())),
            }
        }
        out
    }
}

fn bounded(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let mut end = MAX_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

/// What JavaRosa calls blank at the ends of a text.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(' ').filter(|word| !word.is_empty())
}

/// Whether a list of words holds one: what JavaRosa finds by looking for it between two blanks.
fn is_selected(list: &str, wanted: &str) -> bool {
    let wanted = trimmed(wanted);
    if wanted.is_empty() {
        return list.is_empty()
            || list.starts_with(' ')
            || list.ends_with(' ')
            || list.contains("  ");
    }
    if wanted.contains(' ') {
        // Matches could overlap here.
        return format!(" {list} ").contains(&format!(" {wanted} "));
    }
    list.match_indices(wanted).any(|(at, found)| {
        let (before, after) = (&list[..at], &list[at + found.len()..]);
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    })
}

fn utf16_length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

/// Characters from `start` to before `end`, counted in UTF-16 as `string-length` counts them; negative
/// ones count from the end.
fn substr(text: &str, start: Option<f64>, end: Option<f64>) -> String {
    let size = i64::try_from(utf16_length(text)).unwrap_or(i64::MAX);
    let place = |n: f64| {
        let n = i64::from(java_int(n));
        (if n < 0 { size + n } else { n }).clamp(0, size) as usize
    };
    let start = place(start.unwrap_or(0.0));
    let end = end.map_or(size as usize, place);
    if start >= end {
        return String::new();
    }
    if text.is_ascii() {
        return text[start..end].to_owned();
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    String::from_utf16_lossy(&units[start..end])
}

fn normalized(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r');
    for word in trimmed(text).split(blank).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn translated(text: &str, from: &str, to: &str) -> String {
    let mut table: HashMap<char, Option<char>> = HashMap::new();
    let mut to = to.chars();
    for c in from.chars() {
        let other = to.next();
        table.entry(c).or_insert(other);
    }
    text.chars()
        .filter_map(|c| table.get(&c).copied().unwrap_or(Some(c)))
        .collect()
}
