//! Characters to tokens.

use super::SyntaxError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// A name, perhaps with a prefix (`jr:choice-name`).
    Name(String),
    /// `${name}`
    Reference(String),
    /// `${last-saved#name}`
    LastSaved(String),
    /// Punctuation and operators, as written; `*` as `*`.
    Sign(&'static str),
}

/// Whether the text can name a question: an XML name without a colon.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

const SIGNS: [&str; 21] = [
    "::", "//", "!=", "<=", ">=", "..", "(", ")", "[", "]", ",", "/", "|", "+", "-", "=", "<", ">",
    "*", "@", ".",
];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let fail = |message: String| SyntaxError { message };
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
        let Some(first) = rest.chars().next() else {
            return Ok(out);
        };
        if let Some(after) = rest.strip_prefix("${") {
            let Some(end) = after.find('}') else {
                return Err(fail(format!(
                    "'{}' has no closing brace: write ${{name}}.",
                    rest.chars().take(40).collect::<String>()
                )));
            };
            let name = after[..end].trim();
            if let Some(name) = name.strip_prefix("last-saved#").filter(|n| is_name(n)) {
                out.push(Token::LastSaved(name.to_owned()));
                rest = &after[end + 1..];
                continue;
            }
            if !is_name(name) {
                return Err(fail(format!(
                    "'${{{name}}}' is not a reference: write ${{name}}."
                )));
            }
            out.push(Token::Reference(name.to_owned()));
            rest = &after[end + 1..];
        } else if first == '\'' || first == '"' {
            let after = &rest[1..];
            let Some(end) = after.find(first) else {
                return Err(fail(format!(
                    "the text {} has no closing quote.",
                    rest.chars().take(40).collect::<String>()
                )));
            };
            out.push(Token::Text(after[..end].to_owned()));
            rest = &after[end + 1..];
        } else if first.is_ascii_digit()
            || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            let end = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = rest[..end]
                .parse()
                .map_err(|_| fail(format!("'{}' is not a number.", &rest[..end])))?;
            out.push(Token::Number(number));
            rest = &rest[end..];
        } else if first.is_alphabetic() || first == '_' {
            let mut end = name_end(rest, 0);
            // A prefix, unless the colon belongs to `axis::`.
            if rest[end..].starts_with(':') && !rest[end..].starts_with("::") {
                let local = name_end(rest, end + 1);
                if local > end + 1 {
                    end = local;
                }
            }
            out.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let hint = match first {
                '$' => " A reference is written ${name}.",
                '&' => " 'and' is written as a word.",
                '!' => " Not equal is written !=, not is written not(..).",
                _ => "",
            };
            return Err(fail(format!("'{first}' is not expected here.{hint}")));
        }
    }
}

fn name_end(text: &str, from: usize) -> usize {
    text[from..]
        .find(|c: char| !is_name_char(c))
        .map_or(text.len(), |n| from + n)
}
