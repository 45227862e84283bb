//! What the comparison with JavaRosa 5.1 (`cargo xtask oracle`) found, each with what it gives.

use super::*;
use crate::script::{parse, run};

fn last(table: &str, script: &str) -> crate::script::States {
    let steps = parse(script).unwrap();
    run(form(table), context(), &steps).unwrap().pop().unwrap()
}

#[test]
fn a_default_sees_other_defaults_but_no_calculation_that_nothing_has_started() {
    let table = "| survey |
        | | type | name | label | default | calculation |
        | | integer | a | A | 1 + 1 | |
        | | calculate | twice | | | ${a} * 2 |
        | | calculate | alone | | | 3 + 4 |
        | | text | b | B | concat('t', ${twice}, 'a', ${alone}) | |";
    let instance = open(table);
    assert_eq!(instance.value("b"), "t4a");
    assert_eq!(instance.value("alone"), "7");
}

#[test]
fn defaults_of_counted_instances_are_set() {
    let table = "| survey |
        | | type | name | label | default | repeat_count |
        | | begin_repeat | r | R | | 2 |
        | | integer | a | A | 3 + 4 | |
        | | end_repeat | | | | |";
    let states = last(table, "[]");
    assert_eq!(states["/data/r[2]/a"].value, "7");
}

#[test]
fn the_number_of_a_counted_repeat_is_read_while_it_is_not_relevant() {
    let table = "| survey |
        | | type | name | label | relevant | repeat_count |
        | | integer | a | A | | |
        | | integer | n | N | ${a} = 1 | |
        | | begin_repeat | r | R | | ${n} |
        | | text | t | T | | |
        | | end_repeat | | | | |
        | | begin_repeat | q | Q | | ${n} + 0 |
        | | text | u | U | | |
        | | end_repeat | | | | |";
    let states = last(
        table,
        r#"[{"set":"/data/a","value":"1"},{"set":"/data/n","value":"2"},{"set":"/data/a","value":"5"}]"#,
    );
    assert!(states["/data/r[2]/t"].relevant);
    // pyxform makes a calculation of any other expression, which sees nothing.
    assert!(!states["/data/q[1]/u"].relevant);
}

#[test]
fn an_infinite_result_is_compared_as_a_number() {
    let table = "| survey |
        | | type | name | label | relevant | calculation |
        | | calculate | c | | | log10(0) |
        | | text | t | T | ${c} < 1 | |";
    assert!(open(table).relevant("t"));
}

#[test]
fn an_added_instance_has_one_of_a_repeat_that_stands_in_a_group_of_it() {
    let table = "| survey |
        | | type | name | label |
        | | begin_repeat | r | R |
        | | begin_repeat | direct | D |
        | | text | a | A |
        | | end_repeat | | |
        | | begin_group | g | G |
        | | begin_repeat | grouped | G |
        | | text | b | B |
        | | begin_repeat | inner | I |
        | | text | c | C |
        | | end_repeat | | |
        | | end_repeat | | |
        | | end_group | | |
        | | end_repeat | | |";
    let states = last(table, r#"[{"add_repeat":"/data/r"}]"#);
    let here = |path: &str| states.contains_key(path);
    assert!(here("/data/r[1]/direct[1]/a"));
    assert!(!here("/data/r[2]/direct[1]/a"));
    assert!(here("/data/r[2]/g/grouped[1]/b"));
    assert!(here("/data/r[2]/g/grouped[1]/inner[1]/c"));
}

// The names that pyxform 4.5 still reads; public questionnaires of its tests use them.
#[test]
fn old_names_of_types_are_read() {
    let table = "| survey |
        | | type | name | label |
        | | select one from yn | a | A |
        | | select all that apply from yn | b | B |
        | | select one from yn or specify other | c | C |
        | | add select one prompt using yn | d | D |
        | | phone number | e | E |
        | | gps | f | F |
        | | imei | g | |
        | | start time | h | |
        | choices |
        | | list_name | name | label |
        | | yn | y | Yes |
        | | yn | n | No |";
    let mut instance = open(table);
    instance.give("a", "y");
    instance.give("b", "n y");
    instance.give("c", "other");
    instance.give("d", "n");
    assert!(instance.relevant("c_other"));
    instance.give("e", "08x");
    assert!(!instance.node(&at("e")).unwrap().valid);
    instance.give("e", "0812");
    assert!(instance.node(&at("e")).unwrap().valid);
    instance.give("f", "-6.2 106.8");
    assert_eq!(instance.value("g"), "tablet-7");
    assert!(instance.value("h").starts_with("2026-11-22T10:15"));
}

#[test]
fn a_row_with_neither_type_nor_name_nor_label_is_skipped_with_a_warning() {
    let table = "| survey |
        | | type | name | label | hint |
        | | | | | About the house |
        | | text | a | A | |";
    let compiled = try_form(table).unwrap();
    let codes: Vec<_> = compiled.warnings.iter().map(|w| w.code).collect();
    assert_eq!(codes, ["row_skipped"]);
}

#[test]
fn headings_with_one_colon_are_read_as_those_with_two() {
    let table = "| survey |
        | | type | name | label:English | bind:relevant | bind:constraint | bind:jr:constraintMsg | media:image:English |
        | | integer | a | A | | . < 5 | Too much | a.png |
        | | text | b | B | ${a} > 3 | | | |";
    let mut instance = open(table);
    assert!(!instance.relevant("b"));
    instance.give("a", "9");
    assert!(instance.relevant("b"));
    assert!(!instance.node(&at("a")).unwrap().valid);
    assert_eq!(instance.constraint_message(&at("a"), "en"), "Too much");
}

#[test]
fn a_list_of_both_sheets_of_choices_is_filled_once() {
    let table = "| survey |
        | | type | name | label | choice_filter |
        | | select_one zone | zone | Zone | |
        | | select_one_external village | village | Village | zone=${zone} |
        | choices |
        | | list_name | name | label |
        | | zone | z | Zone |
        | external_choices |
        | | list_name | name | label | zone |
        | | zone | z | Zone | |
        | | village | v | V | z |
        | | village | v | V | y |";
    let mut instance = open(table);
    assert_eq!(offered(&instance, "zone"), ["z"]);
    instance.give("zone", "z");
    assert_eq!(offered(&instance, "village"), ["v"]);
}
