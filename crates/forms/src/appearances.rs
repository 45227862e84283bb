//! Appearances: one list for the checker and the documentation. What each looks like is in the screens
//! (`ui/src/features/visit/look.ts` and the inputs); a test holds both together.

use crate::form::NodeKind;
use crate::functions::Support;
use crate::problem::did_you_mean;
use crate::types::QuestionType as Q;

/// A word of the column `appearance`.
#[derive(Debug, Clone, Copy)]
pub struct AppearanceInfo {
    /// The word; one that ends in `*` stands for all that begin so.
    pub word: &'static str,
    /// What it belongs to, in words.
    pub of: &'static str,
    /// Full: the screen follows it. Accepted: the question is shown in its usual way.
    pub support: Support,
    /// What the person sees.
    pub note: &'static str,
}

const fn row(
    word: &'static str,
    of: &'static str,
    support: Support,
    note: &'static str,
) -> AppearanceInfo {
    AppearanceInfo {
        word,
        of,
        support,
        note,
    }
}

use Support::{Accepted, Full};

/// Every appearance of the XLSForm and ODK documentation, and Lawang's own.
pub const APPEARANCES: &[AppearanceInfo] = &[
    row("field-list", "groups, repeats", Full, "all on one page"),
    row(
        "table-list",
        "groups",
        Full,
        "selects with one list as a table",
    ),
    row(
        "prefilled",
        "groups",
        Full,
        "Lawang's own: a first visit shows what the register knows",
    ),
    row("minimal", "selects", Full, "one line that opens a list"),
    row("autocomplete", "selects", Full, "a list with a search"),
    row(
        "search",
        "selects",
        Full,
        "a list with a search; search(..): choices from a data file",
    ),
    row(
        "quick",
        "selects of one",
        Full,
        "a choice goes on to the next page",
    ),
    row(
        "quickcompact*",
        "selects of one",
        Full,
        "tiles, a choice goes on",
    ),
    row("columns", "selects", Full, "tiles side by side"),
    row(
        "columns-pack",
        "selects",
        Full,
        "tiles as wide as their words",
    ),
    row("columns-*", "selects", Full, "so many tiles in a line"),
    row("compact*", "selects", Full, "tiles without marks"),
    row("horizontal", "selects", Full, "tiles side by side"),
    row(
        "horizontal-compact",
        "selects",
        Full,
        "tiles as wide as their words",
    ),
    row(
        "no-buttons",
        "selects",
        Full,
        "pictures or words without marks",
    ),
    row("likert", "selects of one", Full, "a scale"),
    row(
        "label",
        "selects",
        Full,
        "the words of a table, without buttons",
    ),
    row(
        "list-nolabel",
        "selects",
        Full,
        "buttons below the words of a table",
    ),
    row(
        "list",
        "selects",
        Full,
        "one line with words above the buttons",
    ),
    row(
        "image-map",
        "selects",
        Full,
        "areas of an SVG picture, whose ids are the choices' names",
    ),
    row(
        "map",
        "selects",
        Full,
        "choices with a geometry on a map, beside their list",
    ),
    row("numbers", "text, selects", Full, "the keyboard for numbers"),
    row("multiline", "text", Full, "several lines"),
    row(
        "url",
        "text, notes",
        Full,
        "an address to copy; nothing is opened",
    ),
    row("masked", "text", Full, "what is typed is hidden"),
    row("hidden-answer", "barcode", Full, "the answer is not shown"),
    row("thousands-sep", "numbers", Full, "points between thousands"),
    row(
        "counter",
        "integer",
        Full,
        "a button less and a button more",
    ),
    row("bearing", "decimal", Accepted, "typed: there is no compass"),
    row("no-calendar", "dates", Full, "typed, as every date is"),
    row("month-year", "dates", Full, "month and year"),
    row("year", "dates", Full, "the year"),
    row("ethiopian", "dates", Full, "shown beside the date"),
    row("coptic", "dates", Full, "shown beside the date"),
    row("islamic", "dates", Full, "shown beside the date"),
    row("persian", "dates", Full, "shown beside the date"),
    row("buddhist", "dates", Full, "shown beside the date"),
    row("bikram-sambat", "dates", Accepted, "the usual date"),
    row("myanmar", "dates", Accepted, "the usual date"),
    row("vertical", "range", Full, "a slider that stands"),
    row("no-ticks", "range", Full, "a slider without marks"),
    row("picker", "range", Full, "a list of the values"),
    row("rating", "range", Full, "stars"),
    row("maps", "geopoint", Full, "with a map"),
    row(
        "placement-map",
        "geopoint",
        Full,
        "the place is chosen on a map",
    ),
    row("signature", "image", Full, "signed by hand"),
    row("draw", "image", Full, "drawn by hand"),
    row("annotate", "image", Full, "drawn on a photo"),
    row("new", "image, audio, video", Full, "taken now, not chosen"),
    row(
        "new-front",
        "image",
        Full,
        "taken now with the camera to the front",
    ),
    row(
        "selfie",
        "image",
        Full,
        "taken now with the camera to the front",
    ),
    row("front", "barcode", Accepted, "the camera that is there"),
    row("no-collapse", "groups", Accepted, "groups are never folded"),
    row(
        "warning",
        "notes",
        Full,
        "Lawang's own: a warning that must be looked at",
    ),
    row(
        "hidden",
        "all",
        Accepted,
        "shown: what is hidden has the type hidden",
    ),
    row("w*", "all", Accepted, "widths of Enketo's grid are ignored"),
    row(
        "ex:*",
        "all",
        Accepted,
        "another app cannot be opened: typed instead",
    ),
    row(
        "printer:*",
        "all",
        Accepted,
        "there is no printer: typed instead",
    ),
    row(
        "intent:*",
        "groups",
        Accepted,
        "another app cannot be opened",
    ),
];

/// The words of an appearance; what stands in parentheses belongs to its word.
fn words(appearance: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut depth = 0usize;
    for c in appearance.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (c.is_whitespace() || c == ',') {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all.retain(|w| !w.is_empty());
    all
}

/// Whether choices are taken from a map.
pub(crate) fn on_map(appearance: &str) -> bool {
    words(appearance)
        .iter()
        .any(|w| w.eq_ignore_ascii_case("map"))
}

/// The row of a word.
fn find(word: &str) -> Option<&'static AppearanceInfo> {
    let name = word.split('(').next().unwrap_or_default().to_lowercase();
    APPEARANCES.iter().find(|info| {
        info.word
            .strip_suffix('*')
            .map_or(info.word == name, |start| match start {
                // w1 to w10, not every word with a w.
                "w" => name
                    .strip_prefix('w')
                    .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())),
                start => name.starts_with(start),
            })
    })
}

/// A warning for every word that nobody knows.
pub(crate) fn unknown(appearance: &str, kind: NodeKind) -> Vec<String> {
    // What another program is asked with may hold anything.
    if matches!(kind, NodeKind::Question(Q::Calculate | Q::Hidden))
        || ["ex:", "printer:", "intent:"]
            .iter()
            .any(|p| appearance.contains(p))
    {
        return Vec::new();
    }
    words(appearance)
        .into_iter()
        .filter(|word| find(word).is_none())
        .map(|word| {
            let near = did_you_mean(&word, APPEARANCES.iter().map(|a| a.word));
            format!("The appearance '{word}' is not known and is ignored.{near}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_nobody_knows_are_named_with_what_may_be_meant() {
        let kind = NodeKind::Question(Q::SelectOne);
        let found = unknown("minmal quick w3", kind);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("Did you mean 'minimal'?"), "{found:?}");
        for known in [
            "search('a', 'contains', 'b c', ${x}) minimal",
            "columns-3",
            "quickcompact-2",
            "compact-4, no-buttons",
            "ex:org.example.app(a='b c') strange",
            "",
        ] {
            assert!(unknown(known, kind).is_empty(), "{known}");
        }
    }

    /// Whatever is called supported here must be something that the screens know.
    #[test]
    fn every_supported_appearance_stands_in_the_source_of_the_screens() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut source = String::new();
        let mut open = vec![
            root.join("ui/src/features/visit"),
            root.join("ui/src/core"),
            root.join("crates/app/src/visit"),
        ];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    source += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        for info in APPEARANCES.iter().filter(|a| a.support == Full) {
            let word = info.word.trim_end_matches(['*', '-']);
            let quoted = ["'", "\"", "("]
                .iter()
                .any(|q| source.contains(&format!("{q}{word}")));
            // Words of calendars are keys without quotes.
            let named =
                source.contains(&format!("{word}:")) || word.contains('-') && source.contains(word);
            // Every date is typed: there is nothing to do for it.
            assert!(quoted || named || word == "no-calendar", "{word}");
        }
    }
}
