//! What a field holds after an expression has filled it, and what chance gives.

use super::eval;
use crate::tests::*;

#[test]
fn random_values_come_from_the_seed() {
    let (a, b) = (eval("uuid()"), eval("uuid()"));
    assert_eq!(a, b);
    assert_eq!(uuid::Uuid::parse_str(&a).unwrap().get_version_num(), 4);
    let n: f64 = eval("random()").parse().unwrap();
    assert!((0.0..1.0).contains(&n));
    assert_eq!(eval("uuid(7)"), eval("uuid(7)"));
}

#[test]
fn a_shuffle_without_a_seed_keeps_every_node() {
    let order = eval("join('', randomize(instance('fruit')/root/item/name))");
    let mut letters: Vec<char> = order.chars().collect();
    letters.sort_unstable();
    assert_eq!(letters, ['a', 'b', 'c']);
}

#[test]
fn a_choice_filter_knows_the_position_of_a_choice() {
    // JavaRosa: the position in the list, before any choice is left out.
    let instance = open(
        "| survey |
         | | type | name | label | choice_filter |
         | | select_one fruit | one | One | position() > 1 |
         | choices |
         | | list_name | name | label |
         | | fruit | a | Apple |
         | | fruit | b | Banana |
         | | fruit | c | Cherry |",
    );
    let names: Vec<String> = instance
        .choices(&at("one"), "")
        .into_iter()
        .map(|c| c.value)
        .collect();
    assert_eq!(names, ["b", "c"]);
}

#[test]
fn a_text_by_its_id_is_in_the_language_asked_for() {
    let instance = open(
        "| survey |
         | | type | name | label::Indonesia (id) | label::English (en) | hint::Indonesia (id) | hint::English (en) |
         | | begin_group | g | G | G | | |
         | | text | who | Nama | Name | Lengkap | In full |
         | | end_group | | | | | |
         | | select_one fruit | one | Satu | One | | |
         | choices |
         | | list_name | name | label::Indonesia (id) | label::English (en) |
         | | fruit | a | Apel | Apple |
         | settings |
         | | instance_name |
         | | concat(jr:itext('/data/g/who:label'), ' ', jr:itext('/data/g/who:hint'), ' ', jr:itext('fruit-0')) |",
    );
    assert_eq!(instance.instance_name(), "Nama Lengkap Apel");
}

// JavaRosa: a node that is not relevant has no value, so what `once` has kept there counts for nothing. Found by the oracle.
#[test]
fn once_begins_anew_while_its_question_is_not_relevant() {
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation | relevant |
         | | integer | n | N | | |
         | | text | show | Show | | |
         | | begin_group | g | G | | ${show} = 'yes' |
         | | calculate | kept | | once(max(2, ${n})) | |
         | | end_group | | | | |",
    );
    instance.give("n", "21");
    instance.give("show", "yes");
    assert_eq!(instance.value("kept"), "21");
    instance.give("n", "30");
    assert_eq!(instance.value("kept"), "21");
}

#[test]
fn once_keeps_its_first_value() {
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation |
         | | integer | a | A | |
         | | calculate | kept | | once(${a}) |",
    );
    assert_eq!(instance.value("kept"), "");
    instance.give("a", "3");
    assert_eq!(instance.value("kept"), "3");
    instance.give("a", "4");
    assert_eq!(instance.value("kept"), "3");
}

#[test]
fn computed_values_keep_their_kind_when_they_are_read_again() {
    // As in JavaRosa: a computed false is not the text "false", and a computed date counts in days.
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation |
         | | integer | n | N | |
         | | calculate | more | | ${n} > 1 |
         | | calculate | word | | if(${more}, 'y', 'n') |
         | | calculate | shown | | concat(${more}, '') |
         | | calculate | kept | | once(${n} > 1) |
         | | calculate | kept_word | | if(${kept}, 'y', 'n') |
         | | calculate | born | | date('2020-01-01') |
         | | calculate | earlier | | ${born} < date('2020-01-02') |
         | | calculate | next | | ${born} + 1 |
         | | calculate | saved | | now() |
         | | calculate | saved_day | | concat(${saved}, '') |
         | | calculate | plus | | ${n} + 1 |
         | | calculate | same | | ${plus} = '02' |
         | | calculate | five | | '5' |
         | | calculate | not_same | | ${five} = '05' |",
    );
    for (n, expected) in [
        ("1", "0 n false 0 n 1 18263 2026-11-22 1 0"),
        ("2", "1 y true 0 n 1 18263 2026-11-22 0 0"),
    ] {
        instance.give("n", n);
        // What was kept while n was empty is a computed false.
        let names = [
            "more",
            "word",
            "shown",
            "kept",
            "kept_word",
            "earlier",
            "next",
            "saved_day",
            "same",
            "not_same",
        ];
        assert_eq!(names.map(|name| instance.value(name)).join(" "), expected);
    }
}

#[test]
fn length_and_blanks_without_an_argument_are_those_of_the_question() {
    let mut instance = open(
        "| survey |
         | | type | name | label | constraint |
         | | text | a | A | string-length() = 3 |
         | | text | b | B | normalize-space() = 'x y' |",
    );
    for (name, value, valid) in [
        ("a", "abc", true),
        ("a", "abcd", false),
        ("b", "x  y", true),
        ("b", "xy", false),
    ] {
        instance.give(name, value);
        assert_eq!(instance.node(&at(name)).unwrap().valid, valid, "{value}");
    }
}
