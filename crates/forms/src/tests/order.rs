//! The parameters `randomize` and `seed` of selects. The orders are those of JavaRosa's
//! `RandomizeHelper.shuffle` (ODK Validate of pyxform 4.5).

use super::*;

fn letters(parameters: &str) -> String {
    format!(
        "| survey |
         | | type | name | label | parameters | choice_filter |
         | | text | seed | Seed | | |
         | | select_one letter | one | One | {parameters} | name != 'x' |
         | choices |
         | | list_name | name | label |
         | | letter | a | A |
         | | letter | b | B |
         | | letter | c | C |
         | | letter | d | D |
         | | letter | e | E |
         | | letter | f | F |
         | | letter | x | X |
         | | letter | g | G |
         | | letter | h | H |"
    )
}

fn order(instance: &Instance) -> String {
    let choices = instance.choices(&at("one"), "");
    choices.into_iter().map(|c| c.value).collect()
}

#[test]
fn a_seed_gives_the_order_that_every_odk_client_gives() {
    for (parameters, expected) in [
        ("", "abcdefgh"),
        ("randomize=false", "abcdefgh"),
        ("randomize=true seed=42", "afcbhegd"),
        ("randomize=true, seed=-3", "fahbegdc"),
        ("randomize=true seed=99999999999", "bhgfdeca"),
    ] {
        assert_eq!(order(&open(&letters(parameters))), expected, "{parameters}");
    }
}

#[test]
fn an_answer_as_seed_changes_the_order_and_says_so() {
    let mut instance = open(&letters("randomize=true seed=${seed}"));
    assert_eq!(order(&instance), "cbhafdge");
    for (seed, expected) in [
        ("42", "afcbhegd"),
        ("abc", "dbhfacge"),
        ("Desa Sukamaju", "egcbahfd"),
    ] {
        let changed = instance.give("seed", seed);
        assert!(changed.states.contains(&at("one")));
        assert_eq!(order(&instance), expected, "{seed}");
    }
}

#[test]
fn without_a_seed_the_order_stays_the_same_within_a_visit() {
    let form = form(&letters("randomize=true"));
    let visit = |random: u64| {
        let mut with = context();
        with.random = random;
        let mut instance = Instance::new(form.clone(), with);
        let first = order(&instance);
        instance.give("one", "c");
        assert_eq!(order(&instance), first);
        let mut sorted: Vec<char> = first.chars().collect();
        sorted.sort_unstable();
        assert_eq!(sorted.iter().collect::<String>(), "abcdefgh");
        first
    };
    let orders: std::collections::BTreeSet<String> = (1..20).map(visit).collect();
    assert!(orders.len() > 10, "{orders:?}");
}

#[test]
fn wrong_parameters_are_named_in_the_words_of_pyxform() {
    for (parameters, part) in [
        ("randomize=maybe", "must be set to true or false"),
        ("seed=3", "must include randomize=true"),
        ("randomize=true seed=abc", "must be a number or a reference"),
        ("randomize=true seed=${sed}", "Did you mean 'seed'?"),
    ] {
        let found = problem(&letters(parameters));
        assert_eq!(
            (found.row, found.column.as_deref()),
            (Some(4), Some("parameters"))
        );
        assert!(found.message.contains(part), "{}", found.message);
    }
}
