//! Differences that are meant to be, each with its reason and with a proof that it is still there. What is
//! not in this table fails the run.

use crate::compare::{Difference, Field};
use crate::shape::Shape;
use crate::sheets::Sheets;
use lawang_forms::QuestionType as Q;

/// Who differs from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// JavaRosa with the XForm that pyxform writes.
    JavaRosa,
    /// JavaRosa with the XForm that is written here.
    OwnXform,
    /// The engine of ODK Web Forms with the XForm that pyxform writes.
    WebForms,
}

impl Who {
    /// Whose engine it is.
    pub fn engine(self) -> Self {
        match self {
            Self::OwnXform => Self::JavaRosa,
            other => other,
        }
    }
}

/// A form and a script that show a difference.
pub enum Proof {
    /// The calculation of one field, in a form with a list `list` and a few answers.
    Expression(&'static str),
    /// A Markdown table and a script.
    Form(&'static str, &'static str),
    /// The same, where the driver does not put back what JavaRosa clears.
    Clearing(&'static str, &'static str),
}

/// A row of the table.
pub struct Divergence {
    /// Stable name.
    pub id: &'static str,
    /// Whose difference it is.
    pub who: &'static [Who],
    /// What differs, and why it may.
    pub reason: &'static str,
    /// Whether what follows in the script cannot be compared any more.
    pub ends_script: bool,
    /// Whether it explains a difference in a random script; rows that no random script meets explain none.
    pub explains: fn(&Place<'_>, &Difference) -> bool,
    /// Shows the difference.
    pub proof: Proof,
}

const BOTH: &[Who] = &[Who::JavaRosa, Who::WebForms];
const JAVAROSA: &[Who] = &[Who::JavaRosa];
const WEB_FORMS: &[Who] = &[Who::WebForms];

const NEVER: fn(&Place<'_>, &Difference) -> bool = |_, _| false;

const COUNTED: &str = "
| survey |
| | type | name | label | repeat_count |
| | integer | n | N | |
| | begin_repeat | r | R | ${n} |
| | text | t | T | |
| | end_repeat | | | |
";
const FEWER: &str = r#"[{"set":"/data/n","value":"2"},{"set":"/data/n","value":"1"}]"#;

/// The table.
pub const TABLE: &[Divergence] = &[
    Divergence {
        id: "exponent",
        who: JAVAROSA,
        reason: "numbers are written in full, not as 1.0E10 or 1.0E-4",
        ends_script: false,
        explains: |_, d| d.field == Field::Value && exponent(&d.theirs, &d.ours),
        proof: Proof::Expression("concat(10000000000, '')"),
    },
    Divergence {
        id: "range-steps",
        who: BOTH,
        reason: "a number off the steps of a range is kept and invalid here; the others check no steps",
        ends_script: false,
        explains: |place, d| {
            d.field == Field::Valid
                && d.ours == "false"
                && place.shape.kind(&d.path) == Some(Q::Range)
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | parameters |
| | range | n | N | start=0 end=10 step=2 |
",
            r#"[{"set":"/data/n","value":"3"}]"#,
        ),
    },
    Divergence {
        id: "fewer-instances",
        who: JAVAROSA,
        reason: "instances above a repeat_count that became smaller are kept and not relevant here; JavaRosa leaves \
                 them relevant, and one instance even if the count is 0 from the start",
        ends_script: true,
        explains: |place, d| {
            d.field == Field::Relevant && d.ours == "false" && is_counted(place.shape, &d.path)
        },
        proof: Proof::Form(COUNTED, FEWER),
    },
    Divergence {
        id: "filtered-choice",
        who: JAVAROSA,
        reason: "an answer that its choice filter no longer offers is kept and invalid here, so that nothing that was \
                 collected disappears; JavaRosa clears it when the question is shown",
        ends_script: true,
        // The driver puts the answer back.
        explains: NEVER,
        proof: Proof::Clearing(
            "
| survey |
| | type | name | label | choice_filter |
| | integer | n | N | |
| | select_one l | s | S | num < ${n} |
| choices |
| | list_name | name | label | num |
| | l | a | A | 1 |
| | l | b | B | 5 |
",
            r#"[{"set":"/data/n","value":"9"},{"set":"/data/s","value":"b"},{"set":"/data/n","value":"3"}]"#,
        ),
    },
    Divergence {
        id: "remembered-choices",
        who: JAVAROSA,
        reason: "choices follow what their filter looks at; JavaRosa shows those of before when an answer that the filter \
                 looks at ceases to be relevant",
        ends_script: true,
        // The driver makes it forget.
        explains: NEVER,
        proof: Proof::Clearing(
            "
| survey |
| | type | name | label | relevant | choice_filter |
| | integer | a | A | | |
| | text | b | B | ${a} = 1 | |
| | select_one l | s | S | | ${b} = '' |
| choices |
| | list_name | name | label |
| | l | a | A |
",
            r#"[{"set":"/data/a","value":"1"},{"set":"/data/b","value":"x"},{"set":"/data/a","value":"2"}]"#,
        ),
    },
    Divergence {
        id: "answer-over-calculation",
        who: JAVAROSA,
        reason: "an answer over a calculation stays until something that the calculation depends on changes; in JavaRosa \
                 until any answer before it is given again, changed or not",
        ends_script: true,
        explains: |place, d| {
            matches!(d.field, Field::Value | Field::Valid)
                && place.shape.kind(&d.path).is_some_and(Q::is_answered)
                && place.has(&d.path, "calculation")
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | relevant | calculation |
| | integer | a | A | | |
| | integer | b | B | ${a} != 1 | |
| | integer | c | C | | coalesce(${b}, 5) |
",
            r#"[{"set":"/data/c","value":"9"},{"set":"/data/a","value":"3"}]"#,
        ),
    },
    Divergence {
        id: "long-integers",
        who: JAVAROSA,
        reason: "integers have up to 15 digits here; ODK Collect takes 9",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | integer | n | N |
",
            r#"[{"set":"/data/n","value":"123456789012"}]"#,
        ),
    },
    Divergence {
        id: "no-date",
        who: JAVAROSA,
        reason: "date('abc') is empty here; JavaRosa stops with an error at the door",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Expression("date('abc')"),
    },
    Divergence {
        id: "last",
        who: JAVAROSA,
        reason: "last() is evaluated here; JavaRosa has no such function and stops",
        ends_script: true,
        explains: |_, d| {
            d.field == Field::Error && d.theirs.contains("cannot handle function 'last'")
        },
        proof: Proof::Expression("count(instance('list')/root/item[position() = last()])"),
    },
    Divergence {
        id: "floor-ceiling",
        who: JAVAROSA,
        reason: "floor() and ceiling() of XPath 1.0 are evaluated here; JavaRosa has no such functions and stops",
        ends_script: true,
        explains: |_, d| {
            d.field == Field::Error
                && ["'floor'", "'ceiling'"]
                    .iter()
                    .any(|name| d.theirs.contains(&format!("cannot handle function {name}")))
        },
        proof: Proof::Expression("floor(1.5) + ceiling(1.5)"),
    },
    Divergence {
        id: "null-island",
        who: JAVAROSA,
        reason: "a point at 0 0 is kept here; JavaRosa takes it for none",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | geopoint | n | N |
",
            r#"[{"set":"/data/n","value":"0 0 0 0"}]"#,
        ),
    },
    Divergence {
        id: "number-in-brackets",
        who: JAVAROSA,
        reason: "item[2] is the second, as XPath says; JavaRosa finds nothing unless it is item[position() = 2]",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Expression("string(instance('list')/root/item[2]/num)"),
    },
    Divergence {
        id: "selected-in-quotes",
        who: JAVAROSA,
        reason: "selected() takes any second part; JavaRosa stops if it is a number, also a computed one",
        ends_script: true,
        explains: |_, d| {
            d.field == Field::Error && d.theirs.contains("selected() function must be in quotes")
        },
        proof: Proof::Expression("selected(${one}, 1 + 1)"),
    },
    Divergence {
        id: "search",
        who: BOTH,
        reason: "search() and select_one_external have choices here; in ODK Collect they come from outside of JavaRosa, and Web \
                 Forms has none",
        ends_script: true,
        explains: |place, d| place.shape.is_searched(&d.path),
        proof: Proof::Form(
            "
| survey |
| | type | name | label | appearance |
| | select_one l | s | S | search('proof') |
| choices |
| | list_name | name | label |
| | l | key | title |
",
            "[]",
        ),
    },
    Divergence {
        id: "trigger-into-repeat",
        who: JAVAROSA,
        reason: "an answer may trigger a calculation in every instance of a repeat; JavaRosa stops if there is more than one",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Form(
            "
| survey |
| | type | name | label | calculation | trigger |
| | integer | a | A | | |
| | begin_repeat | r | R | | |
| | text | t | T | | |
| | calculate | c | | 1 + 1 | ${a} |
| | end_repeat | | | | |
",
            r#"[{"add_repeat":"/data/r"},{"set":"/data/a","value":"1"}]"#,
        ),
    },
    Divergence {
        id: "decimal-time-of-text",
        who: JAVAROSA,
        reason: "decimal-time('06:30') is a quarter and a bit here; JavaRosa wants an answer of type time and stops",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Expression("decimal-time('06:30')"),
    },
    Divergence {
        id: "concat-of-many",
        who: JAVAROSA,
        reason: "concat() takes node sets among its arguments, as the specification says; JavaRosa only as its single \
                 argument, and stops otherwise",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Form(
            "
| survey |
| | type | name | label | calculation |
| | begin_repeat | r | R | |
| | text | t | T | |
| | end_repeat | | | |
| | calculate | c | | concat(${t}, '!') |
",
            r#"[{"add_repeat":"/data/r"}]"#,
        ),
    },
    Divergence {
        id: "day-as-text",
        who: WEB_FORMS,
        reason: "a day in a field that is no date is stored with its midnight, as in JavaRosa; Web Forms stores the day",
        ends_script: false,
        explains: |_, d| {
            d.field == Field::Value
                && d.theirs.len() == 10
                && d.ours.strip_prefix(d.theirs.as_str()) == Some("T00:00:00.000+07:00")
        },
        proof: Proof::Expression("today()"),
    },
    Divergence {
        id: "range-refused",
        who: BOTH,
        reason: "a number that a range cannot have is kept and invalid here; JavaRosa takes no fraction and Web Forms no \
                 number outside, if the parameters are whole numbers",
        ends_script: true,
        explains: |place, d| d.field == Field::Value && place.shape.kind(&d.path) == Some(Q::Range),
        proof: Proof::Form(
            "
| survey |
| | type | name | label | parameters |
| | range | n | N | start=0 end=10 step=2 |
",
            r#"[{"set":"/data/n","value":"30.5"}]"#,
        ),
    },
    Divergence {
        id: "list-in-filter",
        who: JAVAROSA,
        reason: "instance('other') inside a choice filter is the whole other list here; JavaRosa takes its row of the same \
                 number only",
        ends_script: true,
        explains: NEVER,
        proof: Proof::Form(
            "
| survey |
| | type | name | label | choice_filter |
| | select_one l | s | S | count(instance('m')/root/item) = 2 |
| | select_one m | t | T | |
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
| | m | a | A |
| | m | b | B |
",
            "[]",
        ),
    },
    Divergence {
        id: "truth-as-text",
        who: WEB_FORMS,
        reason: "a computed truth is stored as 1 or 0, as in JavaRosa; Web Forms stores true or false",
        ends_script: false,
        explains: |_, d| {
            d.field == Field::Value
                && matches!(
                    (d.ours.as_str(), d.theirs.as_str()),
                    ("1", "true") | ("0", "false")
                )
        },
        proof: Proof::Expression("1 = 1"),
    },
    Divergence {
        id: "empty-is-true",
        who: WEB_FORMS,
        reason: "boolean(${x}) of an empty answer is false, as in JavaRosa; Web Forms asks whether the node is there",
        ends_script: true,
        explains: |place, d| place.says(&d.path, &["boolean(${"]),
        proof: Proof::Form(
            "
| survey |
| | type | name | label | relevant |
| | integer | n | N | |
| | text | t | T | boolean(${n}) |
",
            "[]",
        ),
    },
    Divergence {
        id: "other-metadata",
        who: WEB_FORMS,
        reason: "Web Forms knows no subscriberid and simserial",
        ends_script: true,
        explains: |place, d| {
            matches!(
                place.shape.kind(&d.path),
                Some(Q::SubscriberId | Q::SimSerial)
            )
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | simserial | n | |
| | text | t | T |
",
            "[]",
        ),
    },
    Divergence {
        id: "count-with-fraction",
        who: WEB_FORMS,
        reason: "a repeat_count with a fraction is cut, as in JavaRosa; Web Forms stops",
        ends_script: true,
        explains: |_, d| d.field == Field::Error && d.theirs == "Invalid array length",
        proof: Proof::Form(
            "
| survey |
| | type | name | label | repeat_count |
| | begin_repeat | r | R | 2.5 |
| | text | t | T | |
| | end_repeat | | | |
",
            "[]",
        ),
    },
    Divergence {
        id: "metadata-in-repeats",
        who: WEB_FORMS,
        reason: "metadata questions are filled in in every instance of a repeat, as in JavaRosa; Web Forms fills in the \
                 first",
        ends_script: true,
        explains: |place, d| {
            d.field == Field::Value
                && d.path.contains('[')
                && place.shape.kind(&d.path).is_some_and(Q::is_metadata)
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | begin_repeat | r | R |
| | username | u | |
| | text | t | T |
| | end_repeat | | |
",
            r#"[{"add_repeat":"/data/r"}]"#,
        ),
    },
    Divergence {
        id: "computed-and-answered",
        who: WEB_FORMS,
        reason: "an answer over a calculation stays until what the calculation depends on changes, as in JavaRosa; Web \
                 Forms also computes when the question becomes relevant",
        ends_script: true,
        explains: |place, d| {
            matches!(d.field, Field::Value | Field::Valid)
                && place.shape.kind(&d.path).is_some_and(Q::is_answered)
                && place.has(&d.path, "calculation")
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | calculation | relevant |
| | integer | a | A | | |
| | integer | b | B | 7 | ${a} = 1 |
",
            r#"[{"set":"/data/a","value":"1"},{"set":"/data/b","value":"9"},{"set":"/data/a","value":"2"},{"set":"/data/a","value":"1"}]"#,
        ),
    },
    Divergence {
        id: "late-defaults",
        who: WEB_FORMS,
        reason: "a computed default is set when the form or the instance begins, relevant or not, as in JavaRosa; not so in \
                 Web Forms for what is not relevant and for instances of counted repeats",
        ends_script: true,
        explains: |place, d| {
            matches!(d.field, Field::Value | Field::Valid) && place.has(&d.path, "default")
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | default | relevant |
| | integer | a | A | | |
| | integer | b | B | 3 + 4 | ${a} = 1 |
",
            r#"[{"set":"/data/a","value":"1"}]"#,
        ),
    },
    Divergence {
        id: "nothing-among-numbers",
        who: WEB_FORMS,
        reason: "max() and min() leave out what is no number, as in JavaRosa; in Web Forms it makes the result none",
        ends_script: true,
        explains: |place, d| place.says(&d.path, &["max(", "min("]),
        proof: Proof::Expression("max(1, number('x'))"),
    },
    Divergence {
        id: "decimal-as-text",
        who: WEB_FORMS,
        reason: "a computed number is written without zeros at its end, as in JavaRosa; Web Forms copies what was typed",
        ends_script: false,
        explains: |_, d| {
            d.field == Field::Value
                && matches!((d.ours.parse::<f64>(), d.theirs.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | calculation |
| | decimal | a | A | |
| | calculate | b | | ${a} |
",
            r#"[{"set":"/data/a","value":"8.0"}]"#,
        ),
    },
    Divergence {
        id: "empty-node-sets",
        who: WEB_FORMS,
        reason: "a path that finds nothing is an empty text in comparisons, as in JavaRosa; in Web Forms, by XPath 1.0, every \
                 comparison with it is false",
        ends_script: true,
        explains: |place, d| place.says(&d.path, &["instance(", "!=", " = "]),
        proof: Proof::Expression("instance('list')/root/item[name = 'zz']/num != 'x'"),
    },
    Divergence {
        id: "days-as-numbers",
        who: WEB_FORMS,
        reason: "a day in arithmetic is a whole number, as in JavaRosa; Web Forms counts from UTC, with a fraction",
        ends_script: true,
        explains: |place, d| place.says(&d.path, &["today(", "date(", "date-time(", "now("]),
        proof: Proof::Expression("number(today())"),
    },
    Divergence {
        id: "unbounded-weights",
        who: WEB_FORMS,
        reason: "only checklist() knows -1 for no bound, as in JavaRosa; Web Forms has it in weighted-checklist() too",
        ends_script: true,
        explains: |place, d| place.says(&d.path, &["weighted-checklist("]),
        proof: Proof::Expression("weighted-checklist(-1, -1, true(), 2)"),
    },
    Divergence {
        id: "wrong-dates",
        who: WEB_FORMS,
        reason: "a text that looks like a date and is none is a text; Web Forms stops",
        ends_script: true,
        explains: |_, d| d.field == Field::Error && d.theirs.contains("must be between"),
        proof: Proof::Form(
            "
| survey |
| | type | name | label | relevant |
| | text | a | A | |
| | text | b | B | ${a} != 'x' and ${a} > 1 |
",
            r#"[{"set":"/data/a","value":"2017-02-30"}]"#,
        ),
    },
    Divergence {
        id: "barcode-space",
        who: WEB_FORMS,
        reason: "a barcode is kept as it was read; Web Forms cuts space at its ends",
        ends_script: true,
        explains: |place, d| {
            place.shape.kind(&d.path) == Some(Q::Barcode) && d.ours.trim() == d.theirs
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | barcode | a | A |
",
            r#"[{"set":"/data/a","value":" x "}]"#,
        ),
    },
    Divergence {
        id: "filtered-not-taken",
        who: WEB_FORMS,
        reason: "a choice of the list that the filter does not offer is kept and invalid; Web Forms does not take it",
        ends_script: true,
        explains: |place, d| {
            matches!(d.field, Field::Value | Field::Valid)
                && place.shape.kind(&d.path).is_some_and(Q::is_select)
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | choice_filter |
| | select_one l | s | S | name = 'a' |
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
",
            r#"[{"set":"/data/s","value":"b"}]"#,
        ),
    },
    Divergence {
        id: "empty-groups",
        who: WEB_FORMS,
        reason: "a group without a question to show is taken; Web Forms does not load such a form",
        ends_script: true,
        explains: |_, d| d.field == Field::Error && d.theirs.contains("Unexpected body element"),
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | text | t | T |
| | begin_group | g | G |
| | end_group | | |
",
            "[]",
        ),
    },
    Divergence {
        id: "missing-functions",
        who: WEB_FORMS,
        reason: "Web Forms has no property(), version(), depend(), digest() of some kinds, and some others; it does not load",
        ends_script: true,
        explains: |_, d| d.field == Field::Error && d.theirs.contains("is not defined"),
        proof: Proof::Expression("version()"),
    },
    Divergence {
        id: "whole-ranks",
        who: WEB_FORMS,
        reason: "a rank of some choices is kept, as in JavaRosa; Web Forms stops unless all are ranked",
        ends_script: true,
        explains: |_, d| {
            d.field == Field::Error && d.theirs.contains("Rank should have all options")
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | rank l | r | R |
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
",
            r#"[{"set":"/data/r","value":"a"}]"#,
        ),
    },
    Divergence {
        id: "true-any-case",
        who: WEB_FORMS,
        reason: "boolean-from-string('True') is true, as in JavaRosa; Web Forms wants small letters",
        ends_script: true,
        explains: |place, d| place.says(&d.path, &["boolean-from-string("]),
        proof: Proof::Expression("boolean-from-string('True')"),
    },
    Divergence {
        id: "namespace",
        who: WEB_FORMS,
        reason: "instance_xmlns may be any text; Web Forms stops unless it is an address",
        ends_script: true,
        explains: |_, d| d.field == Field::Error && d.theirs == "Invalid URL",
        proof: Proof::Form(
            "
| survey |
| | type | name | label |
| | text | t | T |
| settings |
| | form_id | instance_xmlns |
| | f | urn |
",
            "[]",
        ),
    },
    Divergence {
        id: "sum-with-nothing",
        who: WEB_FORMS,
        reason: "sum() leaves out what is no number, as in JavaRosa; in Web Forms one such node makes it none",
        ends_script: true,
        explains: |place, d| {
            d.field == Field::Value
                && place.shape.kind(&d.path) == Some(Q::Calculate)
                && d.theirs.is_empty()
                && d.ours.parse::<f64>().is_ok()
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | calculation |
| | begin_repeat | r | R | |
| | text | t | T | |
| | end_repeat | | | |
| | calculate | s | | sum(${t}) |
",
            r#"[{"set":"/data/r[1]/t","value":"x"}]"#,
        ),
    },
];

/// The form that a difference is in.
pub struct Place<'a> {
    pub shape: &'a Shape,
    /// Its sheets, if it was generated.
    pub sheets: Option<&'a Sheets>,
}

impl Place<'_> {
    /// Whether an expression of a node, or of a group around it, holds one of some words.
    fn says(&self, path: &str, words: &[&str]) -> bool {
        let plain = Shape::plain(path);
        let names: Vec<&str> = plain.split('/').collect();
        self.sheets.into_iter().flat_map(|s| &s.survey).any(|row| {
            row.iter()
                .any(|(h, c)| h == "name" && names.contains(&c.as_str()))
                && row
                    .iter()
                    .any(|(_, c)| words.iter().any(|word| c.contains(word)))
        })
    }
}

impl Place<'_> {
    /// Whether a question has something in a column.
    fn has(&self, path: &str, column: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or_default();
        self.sheets.into_iter().flat_map(|s| &s.survey).any(|row| {
            row.iter().any(|(h, c)| h == "name" && c == last)
                && row.iter().any(|(h, _)| h == column)
        })
    }
}

/// The row that explains a difference.
pub fn explain(
    who: Who,
    place: &Place<'_>,
    difference: &Difference,
) -> Option<&'static Divergence> {
    TABLE
        .iter()
        .find(|row| row.who.contains(&who.engine()) && (row.explains)(place, difference))
}

impl Proof {
    /// Form, script, and whether the driver lets JavaRosa clear answers.
    pub fn parts(&self) -> (String, &'static str, bool) {
        match self {
            Self::Form(table, script) => ((*table).to_owned(), script, false),
            Self::Clearing(table, script) => ((*table).to_owned(), script, true),
            Self::Expression(expression) => (
                format!(
                    "
| survey |
| | type | name | label | default | calculation |
| | time | clock | Clock | 06:30:00.000 | |
| | select_one list | one | One | a | |
| | calculate | r | | | {expression} |
| choices |
| | list_name | name | label | num |
| | list | a | A | 3 |
| | list | b | B | 7 |
"
                ),
                "[]",
                false,
            ),
        }
    }
}

fn is_counted(shape: &Shape, path: &str) -> bool {
    let plain = Shape::plain(path);
    shape
        .counted()
        .iter()
        .any(|repeat| plain.starts_with(&format!("{repeat}/")))
}

/// `1.0E7` for `10000000`.
fn exponent(theirs: &str, ours: &str) -> bool {
    theirs.contains('E')
        && match (theirs.parse::<f64>(), ours.parse::<f64>()) {
            (Ok(a), Ok(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs(),
            _ => false,
        }
}
