//! Vectors of every function, each with its source: a section of the ODK XForms specification
//! (getodk.github.io/xforms-spec) and the class of JavaRosa, whose value stands in the table.

mod booleans;
mod dates;
mod differences;
mod digests;
mod errors;
mod geo;
mod kinds;
mod nodes;
mod numbers;
mod patterns;
mod session;
mod strings;

use super::*;
use crate::functions::{Support, all_functions};

/// A source, and its expressions with their values.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const TRACE: &str = "-6.2 106.8 0 0;-6.3 106.9 0 0;-6.4 106.8 0 0";

/// Evaluates in a form with some answers, a list of fruit and a repeat of three people.
fn eval(expression: &str) -> String {
    let cell = expression.replace('|', "\\|");
    let table = format!(
        "| survey |
         | | type | name | label | calculation |
         | | integer | five | Five | |
         | | text | word | Word | |
         | | text | nothing | Nothing | |
         | | date | day | Day | |
         | | time | hour | Hour | |
         | | dateTime | saved | Saved | |
         | | select_multiple fruit | fruits | Fruits | |
         | | geopoint | point | Point | |
         | | geotrace | trace | Trace | |
         | | geoshape | shape | Shape | |
         | | begin_repeat | people | People | |
         | | integer | age | Age | |
         | | geopoint | place | Place | |
         | | integer | near | Near | |
         | | end_repeat | | | |
         | | calculate | result | | {cell} |
         | choices |
         | | list_name | name | label | price |
         | | fruit | a | Apple | 3 |
         | | fruit | b | Banana | 5 |
         | | fruit | c | Cherry | 7 |
         | settings |
         | | form_id | version | clean_text_values |
         | | test | 7 | no |"
    );
    let mut instance = open(&table);
    let shape = format!("{TRACE};-6.2 106.8 0 0");
    let answers = [
        ("five", "5"),
        ("word", "hello"),
        ("day", "2017-06-15"),
        ("hour", "06:30:00.000+07:00"),
        ("saved", "2017-06-15T23:30:15.250+07:00"),
        ("fruits", "a c"),
        ("point", "-6.2 106.8 10 5"),
        ("trace", TRACE),
        ("shape", &shape),
    ];
    instance.load(answers.map(|(k, v)| (at(k), v.to_owned())));
    for (n, age, place, near) in [
        (1, "30", "-6.2 106.8 0 0", "1"),
        (2, "", "-6.3 106.9 0 0", ""),
        (3, "4", "-6.4 106.8 0 0", "1"),
    ] {
        instance.add_repeat("people", None, id(n));
        instance.give(&format!("people {n} age"), age);
        instance.give(&format!("people {n} place"), place);
        instance.give(&format!("people {n} near"), near);
    }
    instance.value("result")
}

/// Equal texts, or equal numbers: JavaRosa writes an exponent where we write digits.
fn same(ours: &str, theirs: &str, tolerance: f64) -> bool {
    ours == theirs
        || match (ours.parse::<f64>(), theirs.parse::<f64>()) {
            (Ok(a), Ok(b)) => a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()),
            _ => false,
        }
}

fn check(groups: &[Group], tolerance: f64) {
    let mut wrong = Vec::new();
    for (source, vectors) in groups {
        for (expression, value) in *vectors {
            let ours = eval(expression);
            if !same(&ours, value, tolerance) {
                wrong.push(format!("{expression}: {ours:?}, not {value:?} ({source})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_are_read_rounded_and_written_as_in_javarosa() {
    check(numbers::VECTORS, 1e-15);
}

#[test]
fn truth_comparison_and_choice_follow_the_types_of_their_parts() {
    check(booleans::VECTORS, 0.0);
}

#[test]
fn texts_and_selections_are_cut_joined_and_searched() {
    check(strings::VECTORS, 0.0);
}

#[test]
fn patterns_mean_what_they_mean_in_java_and_must_match_the_whole_text() {
    check(patterns::VECTORS, 0.0);
}

#[test]
fn dates_and_times_are_read_counted_and_written_as_in_javarosa() {
    check(dates::VECTORS, 0.0);
}

#[test]
fn node_sets_are_counted_summed_searched_and_shuffled() {
    check(nodes::VECTORS, 0.0);
}

#[test]
fn places_have_the_distances_and_areas_that_javarosa_gives() {
    check(geo::VECTORS, 1e-6);
}

#[test]
fn digests_base64_and_signatures_agree_with_java() {
    check(digests::VECTORS, 0.0);
}

#[test]
fn form_device_and_clock_are_known() {
    check(session::VECTORS, 0.0);
}

#[test]
fn where_javarosa_stops_or_errs_the_table_of_differences_holds() {
    check(differences::VECTORS, 1e-12);
}

fn expressions() -> Vec<&'static str> {
    [
        numbers::VECTORS,
        booleans::VECTORS,
        strings::VECTORS,
        patterns::VECTORS,
        dates::VECTORS,
        nodes::VECTORS,
        geo::VECTORS,
        digests::VECTORS,
        session::VECTORS,
        differences::VECTORS,
    ]
    .iter()
    .flat_map(|groups| groups.iter())
    .flat_map(|(_, vectors)| vectors.iter())
    .map(|(expression, _)| *expression)
    .collect()
}

#[test]
fn every_supported_function_has_a_vector() {
    let expressions = expressions();
    let has = |name: &str| {
        let call = format!("{name}(");
        expressions.iter().any(|expression| {
            expression.match_indices(&call).any(|(at, _)| {
                !expression[..at].ends_with(|c: char| c.is_alphanumeric() || "-_:.".contains(c))
            })
        })
    };
    let missing: Vec<&str> = all_functions()
        .filter(|info| info.support == Support::Full)
        .map(|info| info.name)
        .chain(crate::functions::ALIASES.iter().map(|(alias, _)| *alias))
        .filter(|name| !has(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_expression_in_the_table_of_divergences_is_a_vector() {
    let expressions = expressions();
    for (case, _, _) in crate::docs::DIVERGENCES {
        // Anything else is a case in words, with a test of its own.
        if crate::xpath::parse(case).is_ok() {
            assert!(expressions.contains(case), "{case}");
        }
    }
}

#[test]
fn every_evaluated_function_is_known_by_its_name() {
    for (function, info) in crate::functions::EVALUATED {
        assert_eq!(
            crate::functions::find(info.name).unwrap().0,
            Some(*function)
        );
    }
    for (alias, name) in crate::functions::ALIASES {
        assert_eq!(crate::functions::find(alias).unwrap().1.name, *name);
    }
}
