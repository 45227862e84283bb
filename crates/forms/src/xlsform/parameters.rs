//! The column `parameters`.

use crate::types::QuestionType;

/// Parameters of a type, by the XLSForm standard.
pub(super) fn known(kind: QuestionType) -> &'static [&'static str] {
    match kind {
        QuestionType::SelectOne | QuestionType::SelectMultiple | QuestionType::Rank => {
            &["randomize", "seed", "value", "label"]
        }
        QuestionType::Range => &[
            "start",
            "end",
            "step",
            "tick_interval",
            "tick_labelset",
            "placeholder",
        ],
        QuestionType::Text => &["rows"],
        QuestionType::Image => &["max-pixels", "app"],
        QuestionType::Audio | QuestionType::BackgroundAudio => &["quality"],
        QuestionType::Geopoint => &[
            "capture-accuracy",
            "warning-accuracy",
            "allow-mock-accuracy",
            "reference-geometry",
        ],
        QuestionType::Geotrace | QuestionType::Geoshape => {
            &["allow-mock-accuracy", "incremental", "reference-geometry"]
        }
        _ => &[],
    }
}

/// Several spaces as one, as pyxform reads the cells of the sheet.
pub(super) fn one_space(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out
}

/// `start=1 end=10; step=2` to pairs.
pub(super) fn parse(text: &str) -> Vec<(String, String)> {
    text.split([' ', ';', ','])
        .filter_map(|part| part.split_once('='))
        .map(|(key, value)| (key.trim().to_lowercase(), value.trim().to_owned()))
        .collect()
}
