//! Where Web Forms differs, and JavaRosa does not.

use super::{Divergence, Proof, WEB_FORMS};
use crate::compare::Field;
use lawang_forms::QuestionType as Q;

pub(super) const ROWS: &[Divergence] = &[
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
        proof: Proof::Form(
            "
| survey |
| | type | name | label | calculation |
| | integer | n | N | |
| | calculate | c | | max(1, log10(${n})) |
",
            "[]",
        ),
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
