//! A shallow reading of texts that may be expressions, with the same outcome as pyxform's: it decides
//! whether a default is computed, and which part of a label is an expression.

use crate::types::QuestionType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A date, a moment, a time of day.
    Moment,
    Number,
    Math,
    Union,
    Open,
    Close,
    Slash,
    Literal,
    Space,
    Reference,
    /// A name with an opening parenthesis.
    Call,
    /// A name with an opening bracket.
    Predicate,
    /// A closing bracket.
    PredicateEnd,
    Other,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    /// Bytes from the beginning.
    pub start: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts a text into tokens; nothing is left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (kind, length) = first(rest);
        out.push(Token {
            kind,
            text: &rest[..length],
            start: at,
        });
        at += length;
    }
    out
}

fn first(rest: &str) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    if let Some(length) = date(bytes) {
        let time = bytes.get(length) == Some(&b'T');
        let more = time.then(|| time_of_day(&bytes[length + 1..])).flatten();
        return (Kind::Moment, more.map_or(length, |m| length + 1 + m));
    }
    if let Some(length) = time_of_day(bytes) {
        return (Kind::Moment, length);
    }
    if let Some(length) = number(bytes) {
        return (Kind::Number, length);
    }
    for word in [" mod ", " div "] {
        if rest.starts_with(word) {
            return (Kind::Math, word.len());
        }
    }
    for word in [" and ", " or "] {
        if rest.starts_with(word) {
            return (Kind::Other, word.len());
        }
    }
    match bytes[0] {
        b'*' | b'+' | b'-' => return (Kind::Math, 1),
        b'|' => return (Kind::Union, 1),
        b'(' => return (Kind::Open, 1),
        b')' => return (Kind::Close, 1),
        b'/' => return (Kind::Slash, 1),
        b']' => return (Kind::PredicateEnd, 1),
        b'[' | b'{' | b'}' | b',' | b'.' | b'=' | b'<' | b'>' => return (Kind::Other, 1),
        quote @ (b'"' | b'\'') => {
            if let Some(end) = bytes[1..].iter().position(|b| *b == quote) {
                return (Kind::Literal, end + 2);
            }
        }
        _ => {}
    }
    let space = rest.len() - rest.trim_start().len();
    if space > 0 {
        return (Kind::Space, space);
    }
    if let Some(length) = reference(rest) {
        return (Kind::Reference, length);
    }
    if let Some(length) = name(rest) {
        let mut length = length;
        if let Some(more) = rest[length..].strip_prefix(':').and_then(name) {
            length += 1 + more;
        }
        return match bytes.get(length) {
            Some(b'(') => (Kind::Call, length + 1),
            Some(b'[') => (Kind::Predicate, length + 1),
            _ => (Kind::Other, length),
        };
    }
    (Kind::Other, rest.chars().next().map_or(1, char::len_utf8))
}

/// `${name}` or `${last-saved#name}`.
fn reference(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix("${")?;
    let inner = inner.strip_prefix("last-saved#").unwrap_or(inner);
    let length = name(inner)?;
    let end = rest.len() - inner.len() + length;
    (rest.as_bytes().get(end) == Some(&b'}')).then_some(end + 1)
}

/// Length of the name (without colon) that a text begins with.
pub(super) fn name(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices();
    let (_, first) = chars.next()?;
    if !(first.is_alphabetic() || first == '_') {
        return None;
    }
    let end = chars
        .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}')))
        .map_or(rest.len(), |(at, _)| at);
    Some(end)
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// As many digits as asked for, then the byte.
fn fixed(bytes: &[u8], parts: &[(usize, Option<u8>)]) -> Option<usize> {
    let mut at = 0;
    for (count, sign) in parts {
        let part = bytes.get(at..at + count)?;
        if digits(part) < *count {
            return None;
        }
        at += count;
        if let Some(sign) = sign {
            if bytes.get(at) != Some(sign) {
                return None;
            }
            at += 1;
        }
    }
    Some(at)
}

fn date(bytes: &[u8]) -> Option<usize> {
    let minus = usize::from(bytes.first() == Some(&b'-'));
    fixed(
        &bytes[minus..],
        &[(4, Some(b'-')), (2, Some(b'-')), (2, None)],
    )
    .map(|n| n + minus)
}

fn time_of_day(bytes: &[u8]) -> Option<usize> {
    let mut length = fixed(bytes, &[(2, Some(b':')), (2, Some(b':')), (2, None)])?;
    // pyxform misses the parts of a second and takes the zone for an addition.
    if bytes.get(length) == Some(&b'.') {
        let part = digits(&bytes[length + 1..]);
        length += if part > 0 { part + 1 } else { 0 };
    }
    let rest = &bytes[length..];
    let zone = match rest.first() {
        Some(b'Z') => 1,
        Some(b'+' | b'-') => fixed(&rest[1..], &[(2, Some(b':')), (2, None)]).map_or(0, |n| n + 1),
        _ => 0,
    };
    Some(length + zone)
}

fn number(bytes: &[u8]) -> Option<usize> {
    let minus = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(&bytes[minus..]);
    let at = minus + whole;
    if bytes.get(at) == Some(&b'.') {
        let part = digits(&bytes[at + 1..]);
        if whole > 0 || part > 0 {
            return Some(at + 1 + part);
        }
    }
    (whole > 0).then_some(at)
}

/// Whether a default is an expression: a reference, a call, or arithmetic. In dates and places a hyphen
/// is none.
pub(crate) fn is_dynamic(text: &str, kind: QuestionType) -> bool {
    use QuestionType::{Date, DateTime, Geopoint, Geoshape, Geotrace};
    for token in tokens(text) {
        let hyphens = matches!(kind, Date | DateTime | Geopoint | Geotrace | Geoshape);
        if hyphens && token.kind == Kind::Math && token.text == "-" {
            return false;
        }
        if matches!(
            token.kind,
            Kind::Math | Kind::Union | Kind::Reference | Kind::Call
        ) {
            return true;
        }
    }
    false
}

/// Where in a text `instance(..)/root/item[..]/..` stands: byte ranges.
pub(crate) fn instance_expressions(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    if !text.contains("instance(") {
        return out;
    }
    let mut start = None;
    let mut last: Option<Token<'_>> = None;
    let (mut in_path, mut in_predicate) = (false, false);
    for token in tokens(text) {
        let Some(from) = start else {
            if token.kind == Kind::Call && token.text == "instance(" {
                start = Some(token.start);
                last = Some(token);
                (in_path, in_predicate) = (false, false);
            }
            continue;
        };
        let before = last.map(|t| t.kind);
        let goes_on = match (before, token.kind) {
            (Some(Kind::Call), Kind::Literal) if !in_path && !in_predicate => true,
            (Some(Kind::Literal), Kind::Close) if !in_path && !in_predicate => true,
            (Some(Kind::Close | Kind::PredicateEnd), Kind::Slash) if !in_predicate => {
                in_path = true;
                true
            }
            (_, Kind::Space) if in_path => false,
            (_, Kind::Predicate) if in_path => {
                (in_path, in_predicate) = (false, true);
                true
            }
            (_, Kind::PredicateEnd) if in_predicate => {
                in_predicate = false;
                true
            }
            _ => in_path || in_predicate,
        };
        if goes_on {
            last = Some(token);
        } else {
            out.push((from, last.map_or(from, |t| t.end())));
            start = None;
        }
    }
    if let (Some(from), Some(last)) = (start, last) {
        out.push((from, last.end()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_with_a_call_a_reference_or_arithmetic_is_computed() {
        let text = |t: &str| is_dynamic(t, QuestionType::Text);
        for fixed in [
            "",
            "abc",
            "a-b",
            "-5",
            "2026-11-25",
            "10:00:00.000+07:00",
            "jr://images/a.png",
            "no (really)",
            "5.",
            "'a + b'",
        ] {
            assert!(!text(fixed), "{fixed}");
        }
        for computed in [
            "today()",
            "${a}",
            "${last-saved#a}",
            "1 + 1",
            "a * b",
            "4 div 2",
            "once(uuid())",
            "a - b",
            "a | b",
        ] {
            assert!(text(computed), "{computed}");
        }
        assert!(!is_dynamic("2022-13-32 - 1", QuestionType::Date));
        assert!(!text("${not closed"));
    }

    #[test]
    fn instance_expressions_in_labels_are_found_with_their_predicates() {
        let found = |text: &str| -> Vec<String> {
            instance_expressions(text)
                .into_iter()
                .map(|(a, b)| text[a..b].to_owned())
                .collect()
        };
        assert_eq!(
            found(
                "Of instance('l')/root/item[name = ${a} ]/label is it, or instance('m')/root/item[1]/x"
            ),
            [
                "instance('l')/root/item[name = ${a} ]/label",
                "instance('m')/root/item[1]/x"
            ]
        );
        assert!(found("no instance here (really)").is_empty());
    }
}
