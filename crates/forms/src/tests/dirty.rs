//! Real files are dirty: every problem has its row, its column, and the near name.

use super::*;

fn codes(table: &str) -> Vec<(&'static str, Option<u32>, String)> {
    try_form(table)
        .map(|_| Vec::new())
        .unwrap_or_else(|problems| {
            problems
                .into_iter()
                .map(|p| (p.code, p.row, p.message))
                .collect()
        })
}

fn warnings(table: &str) -> Vec<Problem> {
    try_form(table)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
        .warnings
}

#[test]
fn all_problems_are_reported_at_once() {
    let found = codes(
        "| survey |
         | | type | name | label | relevant | calculation | constraint |
         | | integr | a | A | | | |
         | | select_one sexx | b | B | | | |
         | | text | c | C | ${agee} > 1 | | |
         | | text | age | Age | selectd(${c}, 'x') | | |
         | | calculate | d | | | ${c | |
         | | text | c | C again | | | |
         | | text | 1bad | Bad | | | |
         | | text | e | E | | | regex(., '[') |
         | | text | f | F | | | pulldata('a', 'b', 'c', ${c}) != '' |
         | | text | g | G | | | string-length(., 1) > 1 |
         | | calculate | h | | | | |
         | choices |
         | | list_name | name | label |
         | | sex | 1 | Man |
         | | sex | 1 | Woman |
         | | sex | | Nobody |",
    );
    let expected = [
        ("type_unknown", 3, "Did you mean 'integer'?"),
        (
            "list_unknown",
            4,
            "List name not in choices sheet: 'sexx'. Did you mean 'sex'?",
        ),
        ("reference_unknown", 5, "Did you mean 'age'?"),
        ("function_unknown", 6, "Did you mean 'selected'?"),
        ("expression_syntax", 7, "no closing brace"),
        ("name_duplicate", 8, "'c'"),
        ("name_invalid", 9, "1bad"),
        ("regex_invalid", 10, "'['"),
        ("list_unknown", 11, "pulldata()"),
        ("function_arguments", 12, "takes 0 to 1 arguments, not 2"),
        ("calculation_missing", 13, "'h'"),
        (
            "choice_duplicate",
            17,
            "'sex' has the name '1' more than once",
        ),
        ("choice_nameless", 18, "'sex'"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((code, row, part), found) in expected.iter().zip(&found) {
        assert_eq!((found.0, found.1), (*code, Some(*row)), "{}", found.2);
        assert!(found.2.contains(part), "{}", found.2);
    }
}

#[test]
fn a_mistyped_column_is_an_error_and_a_foreign_one_a_warning() {
    let found = problem("| survey |\n| | type | name | label | relevent |\n| | text | a | A | |");
    assert_eq!((found.code, found.row), ("column_unknown", Some(2)));
    assert!(found.message.contains("'relevant'"));
    let found =
        warnings("| survey |\n| | type | name | label | my remarks |\n| | text | a | A | x |");
    assert_eq!(found[0].code, "column_ignored");
}

#[test]
fn spellings_of_other_tools_are_understood() {
    let mut instance = open(
        "| survey |
         | | Type | NAME | label:English (en) | relevance | readonly | calculate |
         | | begin group | g | G | | | |
         | | select one yn | a | A | | | |
         | | select multiple yn | b | B | ${ a } = ‘y’ | | |
         | | end group | | | | | |
         | | string | c | C | | TRUE | |
         | | calculate | d | | | | “x” |
         | | trigger | t | T | | | |
         | Choices |
         | | list name | value | caption::English (en) |
         | | yn | y | Yes |",
    );
    assert_eq!(instance.form().languages()[0].code, "en");
    instance.give("a", "y");
    assert!(instance.relevant("b"));
    assert_eq!(instance.value("d"), "x");
    assert_eq!(instance.refuse("c", "1").code, "read_only");
}

#[test]
fn curly_quotes_and_stray_space_are_warned_about() {
    let table = "survey,type,name,label,relevant\n,text, a ,A,\n,text,b,B,${a} = ‘y’\n";
    let compiled = compile(table.as_bytes(), "form.xlsx").unwrap();
    let found: Vec<_> = compiled.warnings.iter().map(|w| (w.code, w.row)).collect();
    assert_eq!(
        found,
        [("space_around", Some(2)), ("smart_quotes", Some(3))]
    );
    assert_eq!(compiled.form.id(), "form");
}

#[test]
fn duplicate_choices_are_allowed_where_the_settings_say_so() {
    let table = "
| survey |
| | type | name | label | choice_filter |
| | text | p | P | |
| | select_one kab | k | K | p = ${p} |
| choices |
| | list_name | name | label | p |
| | kab | 1 | One | a |
| | kab | 1 | One too | b |
| settings |
| | allow_choice_duplicates |
| | yes |";
    let mut instance = open(table);
    instance.give("p", "b");
    instance.give("k", "1");
    assert!(instance.node(&at("k")).unwrap().valid);
    assert_eq!(instance.choices(&at("k"), "")[0].label, "One too");
    assert_eq!(
        problem(&table.replace("| yes", "| no")).code,
        "choice_duplicate"
    );
}

#[test]
fn open_groups_and_stray_ends_are_named() {
    let found = problem(
        "| survey |\n| | type | name | label |\n| | begin_group | g | G |\n| | text | a | A |",
    );
    assert!(
        found
            .message
            .contains("Unmatched begin statement: group 'g'"),
        "{}",
        found.message
    );
    let found = codes(
        "| survey |
         | | type | name | label |
         | | begin_group | g | G |
         | | text | a | A |
         | | end_repeat | | |
         | | end_group | | |
         | | end_group | | |",
    );
    assert_eq!(
        found.iter().map(|f| (f.0, f.1)).collect::<Vec<_>>(),
        [("nesting", Some(5)), ("nesting", Some(7))]
    );
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    for (expression, part) in [
        ("/data/h/a", "no 'h' in 'data'"),
        ("/root/g/a", "begins with /data"),
        ("../../../a", "leads out of the form"),
        ("../zz", "no 'zz' in 'g'"),
        ("../aa", "Did you mean 'a'?"),
        (
            "instance('yn')/root/item[nam = 1]/label",
            "Did you mean 'name'?",
        ),
        (
            "instance('ny')/root/item[name = 1]/label",
            "Did you mean 'yn'?",
        ),
        ("instance('yn')/root/item/label", "many values"),
        ("instance('yn')", "followed by /root/item"),
        ("last()", "inside a predicate"),
        ("count('x')", "takes a path"),
        ("jr:choice-name(1, '${a}')", "is not a select"),
        ("indexed-repeat(${a}, ${g}, 1)", "not a repeat around"),
        ("format-date(${a}, '%Q')", "'%Q'"),
        ("digest('a', 'MD4')", "not 'MD4'"),
        ("search('a')", "cannot be used"),
        ("${last-saved#zz}", "no question 'zz'"),
    ] {
        let table = format!(
            "| survey |
             | | type | name | label | calculation |
             | | begin_group | g | G | |
             | | text | a | A | |
             | | calculate | c | | {} |
             | | end_group | | | |
             | | select_one yn | s | S | |
             | choices |
             | | list_name | name | label |
             | | yn | y | Yes |",
            expression.replace('|', "\\|")
        );
        let found = problem(&table);
        assert_eq!(
            (found.row, found.column.as_deref()),
            (Some(5), Some("calculation"))
        );
        assert!(
            found.message.contains(part),
            "{expression}: {}",
            found.message
        );
    }
}

#[test]
fn types_that_cannot_be_used_say_so() {
    for (kind, code) in [
        ("select_one", "list_missing"),
        ("select_one yn or else", "type_unknown"),
        ("select_one_from_file a.csv", "file_missing"),
        ("select_one_from_file a.txt", "file_extension"),
        ("text box", "type_unknown"),
        ("select_one yn no", "type_unknown"),
        ("selct_one yn", "type_unknown"),
    ] {
        let found = problem(&format!(
            "| survey |\n| | type | name | label |\n| | {kind} | b | B |\n| choices |\n| | list_name | name | label |\n| | yn | y | Yes |"
        ));
        assert_eq!((found.code, found.row), (code, Some(3)), "{kind}");
    }
}

#[test]
fn missing_translations_labels_and_unused_lists_are_warned_about() {
    let found = warnings(
        "| survey |
         | | type | name | label::Indonesia (id) | label::English (en) |
         | | text | a | A | |
         | | text | A | B | B |
         | | text | c | | |
         | choices |
         | | list_name | name | label::Indonesia (id) | label::English (en) |
         | | yn | y | Ya | |",
    );
    let codes: Vec<_> = found.iter().map(|w| (w.code, w.row)).collect();
    for expected in [
        ("translation_missing", Some(3)),
        ("translation_missing", Some(8)),
        ("name_case", Some(4)),
        ("label_missing", Some(5)),
        ("list_unused", None),
    ] {
        assert!(codes.contains(&expected), "{expected:?} in {codes:?}");
    }
}

#[test]
fn a_default_must_fit_its_type() {
    let found =
        problem("| survey |\n| | type | name | label | default |\n| | integer | a | A | many |");
    assert_eq!(
        (found.code, found.column.as_deref()),
        ("default_invalid", Some("default"))
    );
}

#[test]
fn the_check_report_has_the_shape_of_the_command_line() {
    let report = crate::check(
        b"| survey |\n| | type | name | label |\n| | txt | a | A |",
        "x.md",
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["ok"], false);
    assert_eq!(json["errors"][0]["sheet"], "survey");
    assert_eq!(json["errors"][0]["row"], 3);
    assert_eq!(json["errors"][0]["column"], "type");
    assert!(
        json["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("Did you mean 'text'?")
    );
    assert!(
        crate::check(
            b"| survey |\n| | type | name | label |\n| | text | a | A |",
            "x.md"
        )
        .ok
    );
}
