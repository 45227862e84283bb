//! Choices by lookup: the result must equal trying every row.

use super::incremental::Dice;
use super::*;
use crate::expr::Lookups;
use std::collections::BTreeMap;

/// Texts that are equal by one comparison and not by another.
const TEXTS: &[&str] = &[
    "1",
    "01",
    "1.0",
    "2",
    "x",
    "X",
    "xy",
    "-1",
    "true",
    "false",
    "2017-06-15",
    "9",
    "",
];

fn random_condition(dice: &mut Dice) -> String {
    let value = |dice: &mut Dice| match dice.roll(14) {
        0 => format!("'{}'", dice.pick(TEXTS)),
        1 => format!("{}", dice.roll(3)),
        2 => "concat(${t}, '')".to_owned(),
        3 => "${n} + 1".to_owned(),
        4 => "(${n} > 1)".to_owned(),
        5 => "current()/../t".to_owned(),
        6 => "string(${n})".to_owned(),
        7 => "date(${t})".to_owned(),
        8 => "coalesce(${s}, ${t})".to_owned(),
        9 => "instance('other')/root/item[name = ${t}]/a".to_owned(),
        10 => "${computed}".to_owned(),
        _ => dice
            .pick(&["${n}", "${d}", "${t}", "${s}", "${day}"])
            .to_owned(),
    };
    let part = |dice: &mut Dice| {
        let (column, value) = (
            dice.pick(&["a", "b", "name", "label"]).to_owned(),
            value(dice),
        );
        match dice.roll(9) {
            0 => format!("{value} = {column}"),
            1 => format!("{column} != {value}"),
            2 => format!("not({column} = {value})"),
            3 => format!("selected({value}, {column})"),
            4 => format!("{column} = b"),
            5 => format!("({column} = {value} or a = 'x')"),
            _ => format!("{column} = {value}"),
        }
    };
    let parts: Vec<String> = (0..1 + dice.roll(3)).map(|_| part(dice)).collect();
    parts.join(" and ")
}

fn random_form(dice: &mut Dice) -> String {
    let mut table = String::from(
        "| survey |
         | | type | name | label | choice_filter | calculation |
         | | integer | n | N | | |
         | | decimal | d | D | | |
         | | text | t | T | | |
         | | date | day | Day | | |
         | | select_one other | s | S | | |\n",
    );
    table += &format!(
        "| | calculate | computed | | | {} |\n",
        dice.pick(&["${n} > 1", "${n} + 1", "concat(${t}, ${n})", "today()"])
    );
    for n in 0..3 {
        let filter = random_condition(dice);
        table += &format!("| | select_one list | s{n} | S | {filter} | |\n");
    }
    for n in 0..3 {
        let test = random_condition(dice);
        let item = format!("instance('list')/root/item[{test}]");
        let place = dice.roll(3);
        let calculation = match dice.roll(5) {
            0 => format!("count({item})"),
            1 => format!("{item}[1]/name"),
            2 => format!("join(' ', {item}[position() > {place}]/name)"),
            3 => format!(
                "join(' ', instance('list')/root/item[{test} and position() > {place}]/name)"
            ),
            _ => format!("join(' ', {item}/name)"),
        };
        table += &format!("| | calculate | c{n} | | | {calculation} |\n");
    }
    table += "| settings |\n| | allow_choice_duplicates |\n| | yes |\n";
    table += "| choices |\n| | list_name | name | label | a | b |\n";
    for list in ["list", "other"] {
        for row in 0..1 + dice.roll(30) {
            let name = match dice.pick(TEXTS) {
                "" => format!("r{row}"),
                text => text.to_owned(),
            };
            let label = dice.pick(TEXTS);
            let (a, b) = (dice.pick(TEXTS), dice.pick(TEXTS));
            table += &format!("| | {list} | {name} | L{label} | {a} | {b} |\n");
        }
    }
    table
}

/// Choices of the selects, and values of the calculations.
fn seen(instance: &Instance) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    instance.each_xpath(|path, scope, node| {
        let (state, choices) = (
            instance.state(scope, node),
            instance.choice_names(scope, node),
        );
        all.insert(path, format!("{state:?} {choices:?}"));
    });
    all
}

#[test]
fn looking_up_gives_what_trying_every_row_gives() {
    let (mut columns, mut steps) = (0, 0);
    for seed in 0..600 {
        let mut dice = Dice(seed);
        let table = random_form(&mut dice);
        let mut slow = match try_form(&table) {
            Ok(compiled) => compiled.form,
            Err(problems) => panic!("seed {seed}: {problems:#?}\n{table}"),
        };
        columns += slow.lookups.len();
        slow.lookups = Lookups::default();
        let mut fast = open(&table);
        let mut slow = Instance::new(Arc::new(slow), context());
        for step in 0..12 {
            let other: Vec<String> = fast
                .choices(&at("s"), "")
                .into_iter()
                .map(|c| c.value)
                .collect();
            let (place, value) = match dice.roll(5) {
                0 => ("n", dice.pick(&["0", "1", "2", "-1", ""]).to_owned()),
                1 => ("d", dice.pick(&["1", "1.0", "2", "0.5", ""]).to_owned()),
                2 => ("t", dice.pick(TEXTS).to_owned()),
                3 => (
                    "day",
                    dice.pick(&["2017-06-15", "2026-11-22", ""]).to_owned(),
                ),
                _ => ("s", other[dice.roll(other.len())].clone()),
            };
            let before = seen(&slow);
            let (one, two) = (fast.give(place, &value), slow.give(place, &value));
            assert_eq!(one, two, "seed {seed} step {step}\n{table}");
            let after = seen(&slow);
            assert_eq!(seen(&fast), after, "seed {seed} step {step}\n{table}");
            steps += usize::from(before != after);
        }
    }
    println!("{columns} columns, {steps} steps with an effect");
    assert!(columns > 600 && steps > 3000, "{columns} {steps}");
}

#[test]
fn a_cascade_and_a_reference_to_a_row_are_looked_up() {
    let columns = |filter: &str, calculation: &str| {
        let table = format!(
            "| survey |
             | | type | name | label | choice_filter | calculation |
             | | select_one area | above | Above | | |
             | | select_one area | below | Below | {filter} | |
             | | calculate | of | | | {calculation} |
             | choices |
             | | list_name | name | label | parent | size |
             | | area | a | A | | 1 |
             | | area | b | B | a | 2 |"
        );
        form(&table).lookups.len()
    };
    assert_eq!(columns("parent = ${above}", "1"), 1);
    assert_eq!(columns("${above} = parent and size > 1", "1"), 1);
    assert_eq!(
        columns("", "instance('area')/root/item[name = ${above}]/size"),
        1
    );
    // Draws of random numbers must stay as many as they are.
    assert_eq!(columns("parent = ${above} and random() < 2", "1"), 0);
    assert_eq!(columns("parent = size", "1"), 0);
    assert_eq!(columns("parent != ${above}", "1"), 0);
    assert_eq!(columns("label = ${above}", "1"), 0);
}

#[test]
fn choices_that_are_remembered_follow_every_answer_and_the_clock() {
    let mut instance = open(
        "| survey |
         | | type | name | label | choice_filter |
         | | text | t | T | |
         | | select_one l | s | S | selected(${t}, a) or date(a) = today() |
         | choices |
         | | list_name | name | label | a |
         | | l | x | X | 1 |
         | | l | y | Y | 2026-11-22 |
         | | l | z | Z | 2026-11-23 |",
    );
    let names = |instance: &Instance| -> Vec<String> {
        let choices = instance.choices(&at("s"), "").into_iter();
        choices.map(|c| c.value).collect()
    };
    assert_eq!(
        (names(&instance), names(&instance)),
        (vec!["y".into()], vec!["y".into()])
    );
    instance.give("t", "1");
    assert_eq!(names(&instance), ["x", "y"]);
    instance.give("t", "");
    assert_eq!(names(&instance), ["y"]);
    let tomorrow = chrono::Days::new(1);
    let now = context().now + tomorrow;
    instance.set_clock(context().today + tomorrow, now);
    assert_eq!(names(&instance), ["z"]);
    // Random filters are drawn each time.
    let instance = open(
        "| survey |
         | | type | name | label | choice_filter |
         | | select_one l | s | S | random() < 0.5 |
         | choices |
         | | list_name | name | label |
         | | l | x | X |
         | | l | y | Y |
         | | l | z | Z |",
    );
    let drawn: std::collections::BTreeSet<Vec<String>> =
        (0..40).map(|_| names(&instance)).collect();
    assert!(drawn.len() > 3, "{drawn:?}");
}
