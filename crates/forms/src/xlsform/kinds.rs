//! The column `type` of a row.

use crate::form::NodeKind;
use crate::functions::Support;
use crate::problem::did_you_mean;
use crate::types::{QuestionType, TYPES};

/// What the column `type` says.
pub(super) enum Kind {
    Begin(NodeKind),
    End(NodeKind),
    /// `begin loop over LIST`: a group for each choice of the list.
    BeginLoop(Option<String>),
    EndLoop,
    /// With where its choices come from, and whether `or_other` follows.
    Question(QuestionType, Option<Choices>, bool),
    Audit,
    /// `csv-external` and `xml-external`: a file with data; the extension.
    DataFile(&'static str),
}

/// What follows the word `select_one`.
pub(super) enum Choices {
    List(String),
    File(String),
    /// `${name}`: the answers to a question of a repeat.
    Answers(String),
    /// Behind `osm`: what another program shall ask, a list of the sheet `osm`.
    Tags(String),
}

type Refusal = (&'static str, String);

/// The type that old questionnaires call by a name of their own, as pyxform still reads it.
const OLD_NAMES: [(&str, &str); 29] = [
    ("datetime", "dateTime"),
    ("date time", "dateTime"),
    ("device id", "deviceid"),
    ("end time", "end"),
    ("get device id", "deviceid"),
    ("get end time", "end"),
    ("get phone number", "phonenumber"),
    ("get sim id", "simserial"),
    ("get start time", "start"),
    ("get subscriber id", "subscriberid"),
    ("get today", "today"),
    ("gps", "geopoint"),
    ("imei", "deviceid"),
    ("location", "geopoint"),
    (PHONE_NUMBER, "text"),
    ("q acknowledge", "acknowledge"),
    ("q audio", "audio"),
    ("q barcode", "barcode"),
    ("q date", "date"),
    ("q decimal", "decimal"),
    ("q geopoint", "geopoint"),
    ("q image", "image"),
    ("q int", "integer"),
    ("q note", "note"),
    ("q string", "text"),
    ("q video", "video"),
    ("sim id", "simserial"),
    ("start time", "start"),
    ("subscriber id", "subscriberid"),
];

/// A text of digits.
const PHONE_NUMBER: &str = "phone number";

/// The constraint that a type brings along where the row has none.
pub(super) fn own_constraint(text: &str) -> Option<&'static str> {
    text.eq_ignore_ascii_case(PHONE_NUMBER)
        .then_some("regex(., '^\\d*$')")
}

pub(super) fn understand(text: &str) -> Result<Kind, Refusal> {
    let lower = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let old = OLD_NAMES.iter().find(|(old, _)| *old == lower);
    let text = old.map_or(text, |(_, new)| *new);
    let words: Vec<&str> = text.split_whitespace().collect();
    match lower.replacen(' ', "_", 1).as_str() {
        "begin_group" => return Ok(Kind::Begin(NodeKind::Group)),
        "begin_repeat" => return Ok(Kind::Begin(NodeKind::Repeat)),
        "end_group" => return Ok(Kind::End(NodeKind::Group)),
        "end_repeat" => return Ok(Kind::End(NodeKind::Repeat)),
        "begin_loop" => return Ok(Kind::BeginLoop(None)),
        "end_loop" => return Ok(Kind::EndLoop),
        "audit" => return Ok(Kind::Audit),
        "csv-external" => return Ok(Kind::DataFile("csv")),
        "xml-external" => return Ok(Kind::DataFile("xml")),
        _ => {}
    }
    if lower.replacen(' ', "_", 1).starts_with("begin_loop ") {
        let list = words
            .last()
            .copied()
            .filter(|word| !word.eq_ignore_ascii_case("over"));
        return Ok(Kind::BeginLoop(list.map(str::to_owned)));
    }
    let (first, rest) = command(&words);
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
        if let (QuestionType::Osm, [list]) = (kind, rest.as_slice()) {
            return Ok(Kind::Question(
                kind,
                Some(Choices::Tags((*list).to_owned())),
                false,
            ));
        }
        return if rest.is_empty() {
            Ok(Kind::Question(kind, None, false))
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
    let from_file = info.name.ends_with("_from_file");
    let (list, or_other) = match rest.as_slice() {
        [] if from_file => {
            return Err((
                "list_missing",
                format!("'{}' needs the name of a file.", info.name),
            ));
        }
        [] => {
            return Err((
                "list_missing",
                format!("'{}' needs the name of a choice list.", info.name),
            ));
        }
        [list] => (*list, false),
        [list, other @ ..]
            if matches!(
                other.join("_").to_lowercase().as_str(),
                "or_other" | "or_specify_other"
            ) =>
        {
            (*list, true)
        }
        _ => {
            return Err((
                "type_unknown",
                format!("Unknown question type '{text}': the name of a list has no spaces."),
            ));
        }
    };
    let choices = if from_file {
        file(list)?
    } else if list.starts_with("${") {
        Choices::Answers(list.to_owned())
    } else {
        Choices::List(list.to_owned())
    };
    if or_other && !matches!(choices, Choices::List(_)) {
        return Err((
            "type_unknown",
            format!("'{text}': or_other needs a list of the sheet 'choices'."),
        ));
    }
    Ok(Kind::Question(kind, Some(choices), or_other))
}

/// The first word in the standard's spelling, and the words behind it: `select one from file a.csv` is
/// `select_one_from_file a.csv`.
fn command<'w>(words: &[&'w str]) -> (String, Vec<&'w str>) {
    let mut rest = words.to_vec();
    let mut take = |count: usize| rest.drain(..count.min(words.len())).collect::<Vec<_>>();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let first = match lower.as_slice() {
        ["select", kind, "from", "file", ..] => {
            take(4);
            format!("select_{kind}_from_file")
        }
        ["select", "all", "that", "apply", "from", ..] => {
            take(5);
            "select_multiple".to_owned()
        }
        ["select", "all", "that", "apply", ..] => {
            take(4);
            "select_multiple".to_owned()
        }
        ["add", "select", kind, "prompt", "using", ..] => {
            take(5);
            format!("select_{kind}")
        }
        ["select", kind, "from", ..] => {
            take(3);
            format!("select_{kind}")
        }
        ["select", kind, ..] => {
            take(2);
            format!("select_{kind}")
        }
        [..] => take(1).first().map_or(String::new(), |w| (*w).to_owned()),
    };
    let first = match first.to_lowercase().as_str() {
        "select_multi" | "select_all" | "select_all_that_apply" => "select_multiple".to_owned(),
        "select1" => "select_one".to_owned(),
        _ => first,
    };
    (first, rest)
}

fn file(name: &str) -> Result<Choices, Refusal> {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_lowercase());
    match extension.as_deref() {
        Some("csv" | "xml" | "geojson") => Ok(Choices::File(name.to_owned())),
        _ => Err((
            "file_extension",
            format!(
                "File name for select from file should end with one of the supported file extensions: '.csv', '.xml', '.geojson', not '{name}'."
            ),
        )),
    }
}
