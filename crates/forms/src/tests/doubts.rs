//! What loads and is probably not meant.

use super::*;

fn warned(table: &str, code: &str) -> Vec<(Option<u32>, String)> {
    let compiled = try_form(table).unwrap_or_else(|problems| panic!("{problems:#?}"));
    compiled
        .warnings
        .into_iter()
        .filter(|w| w.code == code)
        .map(|w| (w.row, w.message))
        .collect()
}

#[test]
fn a_constraint_that_no_answer_can_satisfy_is_warned_about() {
    for (kind, constraint, never) in [
        ("integer", ". > 10 and . < 5", true),
        ("integer", ". > 10 and . < 11", true),
        ("decimal", ". > 10 and . < 11", false),
        ("decimal", ". > 10 and . <= 10", true),
        ("integer", ". >= 10 and . <= 10", false),
        ("integer", "10 < . and 5 > .", true),
        ("integer", ". > 10 and . < 5 or . = 99", false),
        ("integer", ". > 10 and . < 5 or false()", true),
        ("integer", ". > -5 and . < -4", true),
        (
            "text",
            "string-length(.) = 16 and string-length(.) < 10",
            true,
        ),
        ("text", "string-length(.) < 0", true),
        ("text", ". = 'a' and . = 'b'", true),
        ("text", ". = 'a' or . = 'b'", false),
        ("text", "1 > 2", true),
        ("text", "regex(., '[0-9]+') and . != ''", false),
    ] {
        let table = format!(
            "| survey |\n| | type | name | label | constraint |\n| | {kind} | a | A | {constraint} |"
        );
        assert_eq!(
            warned(&table, "constraint_never").len(),
            usize::from(never),
            "{constraint}"
        );
    }
}

#[test]
fn a_code_that_the_list_does_not_have_is_warned_about_with_what_may_be_meant() {
    let table = "| survey |
        | | type | name | label | relevant | constraint |
        | | select_one sex | sex | Sex | | . != 'femal' |
        | | select_multiple help | help | Help | | not(selected(., 'nome') and count-selected(.) > 1) |
        | | text | a | A | ${sex} = 'female' or ${help} = 1 | |
        | | text | b | B | selected(${help}, 'cash') and ${sex} = '' | |
        | choices |
        | | list_name | name | label |
        | | sex | female | Woman |
        | | sex | male | Man |
        | | help | cash | Cash |
        | | help | none | None |";
    let found = warned(table, "choice_unknown");
    let rows: Vec<_> = found.iter().map(|(row, _)| row.unwrap()).collect();
    assert_eq!(rows, [3, 4, 5], "{found:#?}");
    assert!(found[0].1.contains("Did you mean 'female'?"));
    assert!(found[1].1.contains("Did you mean 'none'?"));
}

#[test]
fn parameters_that_a_type_does_not_have_are_refused() {
    for (kind, parameters, part) in [
        ("integer", "start=1", "accepts none"),
        ("range", "strat=1", "Did you mean 'start'?"),
        ("select_one yn", "randomize=yes", "true or false"),
        ("select_one yn", "seed=3", "randomize=true"),
        (
            "select_one yn",
            "randomize=true seed=x",
            "number or a reference",
        ),
    ] {
        let found = problem(&format!(
            "| survey |
             | | type | name | label | parameters |
             | | {kind} | a | A | {parameters} |
             | choices |
             | | list_name | name | label |
             | | yn | y | Yes |"
        ));
        assert_eq!(
            (found.code, found.row),
            ("parameters", Some(3)),
            "{parameters}"
        );
        assert!(found.message.contains(part), "{}", found.message);
    }
}

// ODK XForms specification, `randomize`; the order for seed 42 is JavaRosa's.
#[test]
fn choices_come_in_the_order_of_their_seed() {
    let rows: String = "abcdefgh"
        .chars()
        .map(|c| format!("\n| | l | {c} | {c} |"))
        .collect();
    let table = format!(
        "| survey |
         | | type | name | label | parameters |
         | | integer | seed | Seed | |
         | | select_one l | fixed | Fixed | randomize=true seed=42 |
         | | select_one l | given | Given | randomize=true seed=${{seed}} |
         | | select_one l | free | Free | randomize=true |
         | choices |
         | | list_name | name | label |{rows}"
    );
    let mut instance = open(&table);
    assert_eq!(offered(&instance, "fixed").concat(), "afcbhegd");
    instance.give("seed", "1");
    assert_eq!(offered(&instance, "given").concat(), "gfeachbd");
    let free = offered(&instance, "free");
    assert_eq!(free, offered(&instance, "free"), "it does not jump about");
    instance.give("free", "c");
    assert!(instance.node(&at("free")).unwrap().valid);
}
