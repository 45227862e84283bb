//! Two states of a form, node by node.

use crate::shape::Shape;
use lawang_forms::QuestionType as Q;
use lawang_forms::script::{State, States};
use serde_json::{Map, Value};

/// What of a node differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// There on one side only.
    Presence,
    Relevant,
    Required,
    ReadOnly,
    Value,
    Valid,
    Choices,
    /// The other engine stopped.
    Error,
}

/// One node that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// 0 before the first step of the script, then 1, 2, ...
    pub step: usize,
    pub path: String,
    pub field: Field,
    pub ours: String,
    pub theirs: String,
}

/// What one node is on the other side.
#[derive(Debug, Clone, Default)]
pub struct Theirs {
    pub value: String,
    pub relevant: bool,
    pub required: bool,
    pub readonly: bool,
    pub valid: bool,
    pub choices: Vec<String>,
}

impl Theirs {
    fn read(node: &Value) -> Self {
        let flag = |name: &str| node[name].as_bool().unwrap_or(false);
        Self {
            value: node["value"].as_str().unwrap_or_default().to_owned(),
            relevant: flag("relevant"),
            required: flag("required"),
            readonly: flag("readonly"),
            valid: flag("valid"),
            choices: node["choices"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|c| c.as_str().unwrap_or_default().to_owned())
                .collect(),
        }
    }
}

/// All differences of one step, and how many nodes were looked at.
pub fn step(
    number: usize,
    shape: &Shape,
    ours: &States,
    theirs: &Map<String, Value>,
    now: i64,
) -> (usize, Vec<Difference>) {
    let mut out = Vec::new();
    let mut add = |path: &str, field, ours: String, theirs: String| {
        out.push(Difference {
            step: number,
            path: path.to_owned(),
            field,
            ours,
            theirs,
        });
    };
    for (path, mine) in ours {
        let Some(node) = theirs.get(path) else {
            // An instance that is not relevant need not have been made.
            if !mine.relevant {
                continue;
            }
            add(
                path,
                Field::Presence,
                "there".to_owned(),
                "not there".to_owned(),
            );
            continue;
        };
        let other = Theirs::read(node);
        let kind = shape.kind(path);
        for (field, a, b) in fields(mine, &other, kind, now) {
            add(path, field, a, b);
        }
    }
    for path in theirs.keys() {
        let plain = Shape::plain(path);
        let hidden = theirs[path]["relevant"] == false;
        if !ours.contains_key(path) && shape.kind(path).is_some() && !hidden {
            add(
                path,
                Field::Presence,
                "not there".to_owned(),
                "there".to_owned(),
            );
        } else if shape.kind(path).is_none() && !is_made_by_converter(&plain, shape) {
            add(
                path,
                Field::Presence,
                "no such question".to_owned(),
                "there".to_owned(),
            );
        }
    }
    (ours.len(), out)
}

/// Nodes of the XForm that no row of the questionnaire asks for.
fn is_made_by_converter(plain: &str, shape: &Shape) -> bool {
    plain.contains("/meta/")
        || plain.ends_with("/__version__")
        || plain.contains("/generated_table_list_label_")
        || plain.contains("/reserved_name_for_field_list_labels_")
        || shape
            .counted()
            .iter()
            .any(|repeat| plain == format!("{repeat}_count"))
        || shape.is_container(plain)
}

fn fields(mine: &State, other: &Theirs, kind: Option<Q>, now: i64) -> Vec<(Field, String, String)> {
    let mut out = Vec::new();
    if mine.relevant != other.relevant {
        out.push((
            Field::Relevant,
            mine.relevant.to_string(),
            other.relevant.to_string(),
        ));
        return out;
    }
    // What is hidden has no other state that anyone could see.
    if !mine.relevant {
        return out;
    }
    if !same_value(kind, &mine.value, &other.value, now) {
        out.push((Field::Value, mine.value.clone(), other.value.clone()));
    }
    let hidden = kind == Some(Q::Hidden);
    for (field, a, b) in [
        (Field::Required, mine.required, other.required),
        // A hidden field has no control, so that the others cannot say.
        (
            Field::ReadOnly,
            mine.readonly || hidden,
            other.readonly || hidden,
        ),
        (Field::Valid, mine.valid, other.valid),
    ] {
        if a != b {
            out.push((field, a.to_string(), b.to_string()));
        }
    }
    if mine.choices != other.choices {
        out.push((
            Field::Choices,
            mine.choices.join(" "),
            other.choices.join(" "),
        ));
    }
    out
}

/// The same answer, however it is spelled: `5` and `5.0`, a time with and without zeros, a moment of
/// this run.
fn same_value(kind: Option<Q>, ours: &str, theirs: &str, now: i64) -> bool {
    if ours == theirs {
        return true;
    }
    match kind {
        Some(Q::Decimal | Q::Range) => near(ours, theirs),
        Some(Q::Geopoint | Q::Geotrace | Q::Geoshape) => {
            !ours.is_empty() && !theirs.is_empty() && points(ours) == points(theirs)
        }
        Some(Q::Time) => clock(ours).is_some() && clock(ours) == clock(theirs),
        _ => match (moment(ours), moment(theirs)) {
            (Some(a), Some(b)) => {
                a == b || ((a - now).abs() < 900_000 && (b - now).abs() < 900_000)
            }
            // The last digits of sines and powers.
            _ => ours.len() > 12 && theirs.len() > 12 && near(ours, theirs),
        },
    }
}

/// Latitude, longitude, altitude, accuracy of every point.
fn points(text: &str) -> Vec<Vec<f64>> {
    text.split(';')
        .filter(|point| !point.trim().is_empty())
        .map(|point| {
            let mut all: Vec<f64> = point
                .split_whitespace()
                .filter_map(|n| n.parse().ok())
                .collect();
            all.resize(4, 0.0);
            all
        })
        .collect()
}

fn near(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => false,
    }
}

fn clock(text: &str) -> Option<chrono::NaiveTime> {
    let local = text.split(['+', 'Z']).next().unwrap_or(text);
    ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"]
        .iter()
        .find_map(|format| chrono::NaiveTime::parse_from_str(local, format).ok())
}

/// Milliseconds; a text without a zone is in that of Jakarta, as the others are told.
fn moment(text: &str) -> Option<i64> {
    let zoned = || chrono::DateTime::parse_from_rfc3339(text).ok();
    let local = || chrono::DateTime::parse_from_rfc3339(&format!("{text}+07:00")).ok();
    zoned().or_else(local).map(|m| m.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spellings_of_the_same_answer_are_the_same() {
        assert!(same_value(Some(Q::Decimal), "5", "5.0", 0));
        assert!(same_value(Some(Q::Time), "06:30", "06:30:00.000+07:00", 0));
        assert!(same_value(Some(Q::Geopoint), "1 2", "1.0 2.0 0.0 0.0", 0));
        assert!(!same_value(Some(Q::Text), "5", "5.0", 0));
        assert!(!same_value(Some(Q::Calculate), "5", "5.0", 0));
        assert!(!same_value(Some(Q::Decimal), "5", "5.1", 0));
        assert!(!same_value(Some(Q::Geopoint), "", "0 0 0 0", 0));
    }
}
