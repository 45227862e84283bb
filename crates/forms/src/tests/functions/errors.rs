//! What cannot work is refused when the form is loaded.

use crate::tests::*;

/// Code and message of the only problem of an expression.
fn refusal(expression: &str) -> (String, String) {
    let cell = expression.replace('|', "\\|");
    let problem = problem(&format!(
        "| survey |
         | | type | name | label | calculation |
         | | text | word | Word | |
         | | begin_repeat | people | People | |
         | | integer | age | Age | |
         | | end_repeat | | | |
         | | calculate | result | | {cell} |
         | choices |
         | | list_name | name | label | price |
         | | fruit | a | Apple | 3 |"
    ));
    (problem.code.to_string(), problem.message)
}

#[test]
fn names_and_patterns_that_do_not_exist_are_named() {
    for (expression, code, part) in [
        ("digest('a', 'CRC32')", "digest_invalid", "not 'CRC32'"),
        (
            "digest('a', 'MD5', 'base32')",
            "digest_invalid",
            "not 'base32'",
        ),
        ("property('devicid')", "property_unknown", "deviceid"),
        ("format-date(today(), '%A')", "format_invalid", "'%A'"),
        ("format-date(today(), '%Z')", "format_invalid", "'%Z'"),
        ("format-date-time(now(), '%')", "format_invalid", "'%'"),
        ("regex(${word}, '(')", "regex_invalid", "'('"),
        ("regex(${word}, '[a')", "regex_invalid", "closing ']'"),
        ("regex(${word}, 'a{')", "regex_invalid", "'\\{'"),
        ("regex(${word}, 'a{,3}')", "regex_invalid", "'\\{'"),
        ("regex(${word}, '\\y')", "regex_invalid", "'\\y'"),
        ("regex(${word}, '\\p{Foo}')", "regex_invalid", "Foo"),
        ("regex(${word}, '\\p{InGreek}')", "regex_invalid", "blocks"),
        ("regex(${word}, '(?#c)a')", "regex_invalid", "flag"),
        (
            "pulldata('frut', 'name', 'price', '3')",
            "list_unknown",
            "fruit",
        ),
        (
            "pulldata('fruit', 'nam', 'price', '3')",
            "reference_unknown",
            "name",
        ),
        (
            "pulldata(${word}, 'name', 'price', '3')",
            "expression_type",
            "in quotes",
        ),
        (
            "jr:itext('/data/nobody:label')",
            "itext_unknown",
            "/data/nobody",
        ),
        ("jr:itext('fruit-1')", "itext_unknown", "list-0"),
        ("jr:itext(${word})", "expression_type", "in quotes"),
    ] {
        let (found, message) = refusal(expression);
        assert_eq!(found, code, "{expression}: {message}");
        assert!(message.contains(part), "{expression}: {message}");
    }
}

#[test]
fn a_wrong_number_or_kind_of_arguments_is_refused() {
    for (expression, code) in [
        ("weighted-checklist(1, 2, true())", "function_arguments"),
        (
            "weighted-checklist(1, 2, true(), 1, true())",
            "function_arguments",
        ),
        ("digest('a')", "function_arguments"),
        ("geofence(${word})", "function_arguments"),
        ("version(1)", "function_arguments"),
        ("randomize('a', 1)", "expression_type"),
        ("count('a')", "expression_type"),
        ("position('a')", "expression_type"),
        ("last()", "expression_type"),
        (
            "randomize(instance('fruit')/root/item/name)",
            "reference_plural",
        ),
        ("string-length(${age})", "reference_plural"),
        ("base64-encode('a')", "function_unknown"),
        ("search('x')", "function_unsupported"),
    ] {
        let (found, message) = refusal(expression);
        assert_eq!(found, code, "{expression}: {message}");
    }
}

#[test]
fn axes_that_javarosa_refuses_are_refused_in_words() {
    for (expression, part) in [
        ("//word", "'//' is not supported"),
        ("/data//word", "'//' is not supported"),
        ("descendant::word", "the axis 'descendant::'"),
        ("following-sibling::word", "the axis 'following-sibling::'"),
        ("../word/text()", "'text()' cannot be a step"),
        ("/data/@lang", "/data/@version"),
        ("/data/word/@x", "/data/@version"),
        ("@version/word", "no attribute"),
    ] {
        let (_, message) = refusal(expression);
        assert!(message.contains(part), "{expression}: {message}");
    }
}

#[test]
fn a_number_instead_of_a_choice_is_warned_about() {
    let compiled = try_form(
        "| survey |
         | | type | name | label | relevant |
         | | select_one yes | q | Q | |
         | | text | t | T | selected(${q}, 1) |
         | choices |
         | | list_name | name | label |
         | | yes | 1 | Yes |",
    )
    .unwrap();
    let codes: Vec<_> = compiled
        .warnings
        .iter()
        .map(|w| w.code.to_string())
        .collect();
    assert!(codes.iter().any(|c| c == "selected_number"), "{codes:?}");
}
