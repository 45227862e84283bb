//! Appearance `search('file', ..)`: choices from a CSV file, as SurveyCTO introduced and ODK Collect has it.
//!
//! The list of the question has one row whose name is the column of the values and whose label is the
//! column of the labels (several with commas between); rows whose name is a whole number stand first as
//! they are.

use crate::data::{Refusal, Table};
use crate::form::List;
use crate::problem::did_you_mean;
use crate::xpath::is_name;

/// Column that marks the choices that the sheet itself has.
const OWN: &str = "_own";

/// What stands in the parentheses.
pub(crate) struct Call {
    pub file: String,
    /// The choice filter that the call amounts to.
    pub filter: Option<String>,
}

/// The call in an appearance; `None` without one.
pub(crate) fn call(appearance: &str) -> Option<Result<Call, Refusal>> {
    let start = appearance
        .find("search(")
        .or_else(|| appearance.find("search ("))?;
    let open = start + appearance[start..].find('(')?;
    Some(arguments(&appearance[open + 1..]).and_then(|a| understand(&a)))
}

fn wrong(what: &str) -> Refusal {
    ("search", format!("search(): {what}."))
}

/// Arguments as written, up to the closing parenthesis.
fn arguments(text: &str) -> Result<Vec<String>, Refusal> {
    let (mut depth, mut quote) = (0usize, None);
    let mut all = vec![String::new()];
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                return Ok(all.iter().map(|a| a.trim().to_owned()).collect());
            }
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    Err(wrong("the closing parenthesis is missing"))
}

/// The text between quotes.
fn literal(argument: &str) -> Result<&str, Refusal> {
    let inner = argument
        .strip_prefix('\'')
        .and_then(|a| a.strip_suffix('\''))
        .or_else(|| argument.strip_prefix('"').and_then(|a| a.strip_suffix('"')));
    inner.ok_or_else(|| wrong(&format!("{argument} must stand in quotes")))
}

/// Small letters, so that searching does not mind large ones.
fn small(expression: &str) -> String {
    format!("translate({expression}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')")
}

fn understand(arguments: &[String]) -> Result<Call, Refusal> {
    let file = literal(arguments.first().map_or("", String::as_str))?.to_owned();
    let mut parts = Vec::new();
    let mut rest = &arguments[1..];
    if let [mode, columns, sought, after @ ..] = rest {
        rest = after;
        let mode = literal(mode)?;
        let mut any = Vec::new();
        for column in literal(columns)?.split(',').map(str::trim) {
            if !is_name(column) {
                return Err(wrong(&format!("'{column}' is not the name of a column")));
            }
            let (column, sought) = (small(column), small(&format!("string({sought})")));
            any.push(match mode {
                "contains" => format!("contains({column}, {sought})"),
                "startswith" => format!("starts-with({column}, {sought})"),
                "endswith" => format!("ends-with({column}, {sought})"),
                "matches" => format!("{column} = {sought}"),
                other => {
                    return Err(wrong(&format!(
                        "'{other}' is none of contains, startswith, endswith, matches.{}",
                        did_you_mean(other, ["contains", "startswith", "endswith", "matches"])
                    )));
                }
            });
        }
        parts.push(format!("({})", any.join(" or ")));
    }
    match rest {
        [] => {}
        [column, value] => {
            let column = literal(column)?;
            if !is_name(column) {
                return Err(wrong(&format!("'{column}' is not the name of a column")));
            }
            parts.push(format!("{column} = string({value})"));
        }
        _ => return Err(wrong("it takes 1, 4 or 6 arguments")),
    }
    let filter = (!parts.is_empty()).then(|| format!("{OWN} = '1' or {}", parts.join(" and ")));
    Ok(Call { file, filter })
}

/// The choices: the sheet's own whole-number ones, then those of the file.
pub(crate) fn list(sheet: &List, table: Table) -> Result<List, Refusal> {
    let is_own = |row: &u32| sheet.cell(*row, 0).parse::<i64>().is_ok();
    let Some(columns) = (0..sheet.len()).find(|r| !is_own(r)) else {
        return Err(wrong(&format!(
            "the list '{}' has no row that names the columns",
            sheet.name
        )));
    };
    let find = |column: &str| {
        let at = table.columns.iter().position(|c| c == column);
        at.ok_or_else(|| {
            let near = did_you_mean(column, table.columns.iter().map(String::as_str));
            wrong(&format!("the file has no column '{column}'.{near}"))
        })
    };
    let value = find(sheet.cell(columns, 0))?;
    let shown = sheet.text(columns);
    let shown = shown.any().unwrap_or_default();
    let labels = shown
        .split(',')
        .map(|column| find(column.trim()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut names = table.columns.clone();
    names.extend([OWN.to_owned(), "_label".to_owned()]);
    let mut list = List::new(format!("{} search", sheet.name), names.clone());
    list.internal = false;
    list.value = value;
    list.label = names.len() - 1;
    for own in (0..sheet.len()).filter(is_own) {
        let mut values = vec![""; names.len()];
        values[value] = sheet.cell(own, 0);
        values[names.len() - 2] = "1";
        let row = list.push(values);
        list.put_text(row, sheet.text(own));
        list.put_media(row, sheet.media(own).to_vec());
    }
    for mut values in table.rows {
        let label: Vec<&str> = labels.iter().map(|c| values[*c].as_str()).collect();
        let label = label.join(" ");
        values.extend([String::new(), label]);
        list.push(values);
    }
    Ok(list)
}
