//! Vectors: ODK XForms specification (getodk.github.io/xforms-spec), section "XPath functions", with
//! the values that JavaRosa gives (the engine in ODK Validate of pyxform 4.5), in the zone of Jakarta.

use super::*;

/// Evaluates in a form with some answers and a repeat of three people.
fn eval(expression: &str) -> String {
    let cell = expression.replace('|', "\\|");
    let table = format!(
        "| survey |
         | | type | name | label | calculation |
         | | integer | five | Five | |
         | | text | word | Word | |
         | | text | nothing | Nothing | |
         | | date | day | Day | |
         | | select_multiple fruit | fruits | Fruits | |
         | | begin_repeat | people | People | |
         | | integer | age | Age | |
         | | end_repeat | | | |
         | | calculate | result | | {cell} |
         | choices |
         | | list_name | name | label |
         | | fruit | a | Apple |
         | | fruit | b | Banana |
         | | fruit | c | Cherry |"
    );
    let mut instance = open(&table);
    let answers = [
        ("five", "5"),
        ("word", "hello"),
        ("day", "2017-06-15"),
        ("fruits", "a c"),
    ];
    instance.load(answers.map(|(k, v)| (at(k), v.to_owned())));
    for (n, age) in [(1, "30"), (2, ""), (3, "4")] {
        instance.add_repeat("people", None, id(n));
        instance.give(&format!("people {n} age"), age);
    }
    instance.value("result")
}

fn vectors(all: &[(&str, &str)]) {
    for (expression, result) in all {
        assert_eq!(&eval(expression), result, "{expression}");
    }
}

#[test]
fn numbers_round_half_up_and_cut_towards_zero() {
    vectors(&[
        ("round(-1.5)", "-1"),
        ("round(1.5)", "2"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-2"),
        ("round(0.5)", "1"),
        ("round(-0.4)", "0"),
        ("round(1.255, 2)", "1.26"),
        ("round(1234.5, -2)", "1200"),
        ("round('')", ""),
        ("int(-1.7)", "-1"),
        ("int(3.99)", "3"),
        ("int('x')", ""),
        ("abs(-3)", "3"),
        ("floor(-1.5)", "-2"),
        ("ceiling(-1.5)", "-1"),
    ]);
}

#[test]
fn mathematics_gives_what_the_specification_says() {
    vectors(&[
        ("pow(2, 3)", "8"),
        ("sqrt(4)", "2"),
        ("log(1)", "0"),
        ("log10(100)", "2"),
        ("exp(0)", "1"),
        ("exp10(2)", "100"),
        ("pi()", "3.141592653589793"),
        ("sin(0)", "0"),
        ("cos(0)", "1"),
        ("tan(0)", "0"),
        ("asin(0)", "0"),
        ("acos(1)", "0"),
        ("atan(0)", "0"),
        ("atan2(1, 1)", "0.7853981633974483"),
        ("5 mod -3", "2"),
        ("-5 mod 3", "-2"),
        ("5 div 0", "Infinity"),
        ("7 - 2 - 1", "4"),
        ("- ${five} + 1", "-4"),
        ("2 + 3 * 4 div 6", "4"),
        ("'a' + 1", ""),
        ("3 + '4'", "7"),
    ]);
}

#[test]
fn comparisons_follow_the_types_of_both_sides() {
    vectors(&[
        ("1 = '1'", "1"),
        ("'01' = '1'", "0"),
        ("${five} = '05'", "1"),
        ("'a' < 'b'", "0"),
        ("'10' > '9'", "1"),
        ("true() = 'x'", "1"),
        ("false() = ''", "1"),
        ("${nothing} = 0", "0"),
        ("${nothing} = ''", "1"),
        ("${nothing} != ''", "0"),
        ("${nothing} < 1", "0"),
        ("0 div 0 = 0 div 0", "0"),
        ("1 = 1 or 1 div 0 = 2", "1"),
        ("1 = 1 and 2 = 3", "0"),
        ("not('')", "1"),
        ("boolean('false')", "1"),
        ("boolean(0 div 0)", "0"),
        ("boolean-from-string('TRUE')", "1"),
        ("boolean-from-string('1')", "1"),
        ("boolean-from-string('yes')", "0"),
    ]);
}

#[test]
fn choosing_functions_take_the_first_that_counts() {
    vectors(&[
        ("if('', 'a', 'b')", "b"),
        ("if(0, 'a', 'b')", "b"),
        ("if('false', 'a', 'b')", "a"),
        ("coalesce('', 'x')", "x"),
        ("coalesce(${five}, 9)", "5"),
        ("coalesce('', '')", ""),
        ("checklist(1, 2, true(), false(), true())", "1"),
        ("checklist(3, -1, true(), false(), true())", "0"),
        ("weighted-checklist(1, 2, true(), 1, false(), 2)", "1"),
        ("weighted-checklist(2, 3, true(), 1, false(), 2)", "0"),
    ]);
}

#[test]
fn texts_are_cut_joined_and_searched() {
    vectors(&[
        ("substr('hello', 1)", "ello"),
        ("substr('hello', 1, 3)", "el"),
        ("substr('hello', -3)", "llo"),
        ("substr('hello', -3, -1)", "ll"),
        ("substr('hello', 3, 1)", ""),
        ("substr('abc', 5)", ""),
        ("concat('a', 1, true())", "a1true"),
        ("concat()", ""),
        ("join(',', 'a', 'b')", "a,b"),
        ("join('+', ${age})", "30++4"),
        ("string-length('')", "0"),
        ("string-length(${word})", "5"),
        ("contains('abc', '')", "1"),
        ("starts-with('abc', 'ab')", "1"),
        ("ends-with('abc', 'bc')", "1"),
        ("substring-before('a-b', '-')", "a"),
        ("substring-after('a-b', '-')", "b"),
        ("substring-after('ab', '-')", ""),
        ("normalize-space('  a  b ')", "a b"),
        ("translate('abc', 'abc', 'xy')", "xy"),
        ("string(true())", "true"),
        ("string(1.50)", "1.5"),
        ("number('5,5')", "5.5"),
        ("number('+5')", ""),
    ]);
}

#[test]
fn a_pattern_must_match_the_whole_text() {
    vectors(&[
        ("regex('abc', 'b')", "0"),
        ("regex('12a', '[0-9]+')", "0"),
        ("regex('', '')", "1"),
        ("regex('3201', '\\d{4}')", "1"),
        ("regex('٣٢٠١', '\\d{4}')", "0"),
        ("regex('ab', 'a|ab')", "1"),
        ("regex('0812', '^0[0-9]+$')", "1"),
        ("regex('12', '(?!0)[0-9]+')", "1"),
        ("regex(${word}, concat('h', '.*'))", "1"),
    ]);
}

#[test]
fn selections_are_words() {
    vectors(&[
        ("selected(${fruits}, 'c')", "1"),
        ("selected(${fruits}, 'b')", "0"),
        ("selected('ab', 'a')", "0"),
        ("selected('a b', 'b ')", "1"),
        ("selected('', '')", "1"),
        ("selected('a', '')", "0"),
        ("selected-at(${fruits}, 1)", "c"),
        ("selected-at(${fruits}, 9)", ""),
        ("selected-at(${fruits}, -1)", ""),
        ("count-selected('')", "0"),
        ("count-selected('a  b ')", "2"),
        ("jr:choice-name('b', '${fruits}')", "Banana"),
        (
            "jr:choice-name(selected-at(${fruits}, 0), '/data/fruits')",
            "Apple",
        ),
    ]);
}

#[test]
fn node_sets_are_counted_summed_and_searched() {
    vectors(&[
        ("count(${people})", "3"),
        ("count(/data/people/age)", "3"),
        ("count-non-empty(${age})", "2"),
        ("sum(${age})", "34"),
        ("max(${age})", "30"),
        ("min(${age}, 2)", "2"),
        ("max('')", ""),
        ("max(1, '2', 3)", "3"),
        ("min(1, '')", "1"),
        ("count(${people}[./age > 5])", "1"),
        ("count(/data/people[age = ''])", "1"),
        ("sum(/data/people[position() != 1]/age)", "4"),
        ("/data/people[3]/age", "4"),
        ("/data/people[position() = last()]/age", "4"),
        ("/data/people[9]/age", ""),
        ("indexed-repeat(${age}, ${people}, 3)", "4"),
        ("indexed-repeat(${age}, ${people}, 0)", ""),
        (
            "indexed-repeat(/data/people/age, /data/people, 1) + 1",
            "31",
        ),
        ("position(/data/people[3])", "3"),
        ("count(/data/five | /data/word)", "2"),
    ]);
}

#[test]
fn dates_are_days_and_are_written_as_days() {
    vectors(&[
        ("string(today())", "2026-11-22"),
        ("today()", "2026-11-22T00:00:00.000+07:00"),
        ("coalesce('', date('2017-06-15'))", "2017-06-15T00:00:00.000+07:00"),
        ("pow(1, 'x')", ""),
        ("string(now())", "2026-11-22"),
        ("now()", "2026-11-22T10:15:30.250+07:00"),
        ("number(date('2017-06-15'))", "17332"),
        ("number('2017-06-15')", ""),
        ("date('2017-06-15') + 1", "17333"),
        ("date(date('2017-06-15') + 1)", "2017-06-16T00:00:00.000+07:00"),
        ("date(10)", "1970-01-11T00:00:00.000+07:00"),
        ("date('')", ""),
        (
            "date('2017-06-15T23:00:00.000+07:00')",
            "2017-06-15T00:00:00.000+07:00",
        ),
        ("'2017-06-15' <= date('2020-01-01')", "0"),
        ("date('2017-06-15') = '2017-06-15'", "1"),
        ("today() - ${day}", "3447"),
        ("${day} < today()", "1"),
        ("int((today() - ${day}) div 365.25)", "9"),
        (
            "decimal-date-time(date('2017-06-15'))",
            "17331.708333333332",
        ),
        (
            "decimal-date-time('2017-06-15T12:00:00.000+00:00')",
            "17332.5",
        ),
        ("decimal-time('06:00')", "0.25"),
        (
            "format-date('2017-06-05', '%d/%m/%n/%y %b %e %a %Y')",
            "05/06/6/17 Jun 5 Mon 2017",
        ),
        ("format-date('', '%Y')", ""),
        ("format-date(${day}, '%Y')", "2017"),
        ("format-date(1, '%Y-%m-%d')", "1970-01-02"),
        (
            "format-date-time('2017-06-15T12:04:05.678', '%H:%h:%M:%S.%3')",
            "12:12:04:05.678",
        ),
        ("format-date-time(now(), '%H:%M')", "10:15"),
        ("date-time(1.5)", "1970-01-02T19:00:00.000+07:00"),
    ]);
}

#[test]
fn random_values_come_from_the_seed() {
    let (a, b) = (eval("uuid()"), eval("uuid()"));
    assert_eq!(a, b);
    assert_eq!(uuid::Uuid::parse_str(&a).unwrap().get_version_num(), 4);
    let n: f64 = eval("random()").parse().unwrap();
    assert!((0.0..1.0).contains(&n));
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
fn every_evaluated_function_is_known_by_its_name() {
    for (function, info) in crate::functions::EVALUATED {
        assert_eq!(
            crate::functions::find(info.name).unwrap().0,
            Some(*function)
        );
    }
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
