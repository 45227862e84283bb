//! Where JavaRosa differs, or both.

use super::{BOTH, Divergence, JAVAROSA, NEVER, Proof};
use crate::compare::Field;
use crate::shape::Shape;
use lawang_forms::QuestionType as Q;

const COUNTED: &str = "
| survey |
| | type | name | label | repeat_count |
| | integer | n | N | |
| | begin_repeat | r | R | ${n} |
| | text | t | T | |
| | end_repeat | | | |
";
const FEWER: &str = r#"[{"set":"/data/n","value":"2"},{"set":"/data/n","value":"1"}]"#;

pub(super) const ROWS: &[Divergence] = &[
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
            d.field == Field::Error
                && (d.theirs.contains("selected() function must be in quotes")
                    || d.theirs
                        .contains("cannot be cast to class java.lang.String"))
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
        id: "removed-with-repeats",
        who: JAVAROSA,
        reason: "what depends on answers in a repeat of a removed instance is computed again; JavaRosa looks only at what \
                 stands directly in the instance",
        ends_script: true,
        explains: |place, d| {
            let holds_repeats = |removed: &str| {
                let inside = format!("{}/", Shape::plain(removed));
                place
                    .shape
                    .repeats()
                    .iter()
                    .any(|repeat| repeat.starts_with(&inside))
            };
            d.field != Field::Error && place.removed.is_some_and(holds_repeats)
        },
        proof: Proof::Form(
            "
| survey |
| | type | name | label | relevant |
| | begin_repeat | r | R | |
| | begin_repeat | q | Q | |
| | begin_repeat | p | P | |
| | text | t | T | |
| | end_repeat | | | |
| | end_repeat | | | |
| | end_repeat | | | |
| | text | u | U | join(', ', ${t}) != '' |
",
            r#"[{"set":"/data/r[1]/q[1]/p[1]/t","value":"x"},{"remove_repeat":"/data/r[1]/q[1]"}]"#,
        ),
    },
];

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
