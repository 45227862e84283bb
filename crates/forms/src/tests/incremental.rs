//! One answer recomputes only what depends on it: the result must equal computing everything.

use super::*;
use std::collections::BTreeMap;

/// A small generator, so that a failing seed can be run again.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    pub(super) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

fn snapshot(instance: &Instance) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    instance.each_xpath(|path, scope, node| {
        let text = format!(
            "{:?} {:?}",
            instance.state(scope, node),
            instance.choice_names(scope, node)
        );
        all.insert(path, text);
    });
    all
}

/// A form with groups, a repeat, a repeat in it, a counted repeat, and expressions between them.
fn random_form(dice: &mut Dice) -> String {
    let outside = ["a0", "a1", "a2"];
    let member = ["m0", "m1", "m2"];
    let inner = ["i0", "i1"];
    fn atom(dice: &mut Dice, plain: &[&str], many: &[&str]) -> String {
        let all: Vec<&str> = plain.to_vec();
        match dice.roll(8) {
            0 => format!("count(${{{}}})", dice.pick(&["mem", "inn", "cnt"])),
            1 => format!("sum(${{{}}})", dice.pick(many)),
            2 => format!("max(0, ${{{}}})", dice.pick(many)),
            3 => format!("sum(/data/g1/mem[m0 > {}]/m1)", dice.roll(3)),
            4 => format!("indexed-repeat(${{m0}}, ${{mem}}, {})", 1 + dice.roll(3)),
            5 => format!("{}", dice.roll(5)),
            _ => format!("${{{}}}", all[dice.roll(all.len())]),
        }
    }
    fn expr(dice: &mut Dice, plain: &[&str], many: &[&str]) -> String {
        let (a, b) = (atom(dice, plain, many), atom(dice, plain, many));
        match dice.roll(5) {
            0 => format!("{a} + {b}"),
            1 => format!("if({a} > {b}, {a}, {b})"),
            2 => format!("coalesce({a}, {b})"),
            3 => format!("concat({a}, {b})"),
            _ => format!("{a} - {b}"),
        }
    }
    fn cond(dice: &mut Dice, plain: &[&str], many: &[&str]) -> String {
        let (a, b) = (atom(dice, plain, many), atom(dice, plain, many));
        format!("{a} {} {b}", dice.pick(&["=", "!=", ">", "<="]))
    }
    let many = ["m0", "m1", "c0", "i0"];
    let with_member: Vec<&str> = outside.iter().chain(&member).copied().collect();
    let with_inner: Vec<&str> = with_member.iter().chain(&inner).copied().collect();
    let mut rows = String::from(
        "| survey |\n| | type | name | label | relevant | calculation | constraint | required | repeat_count | choice_filter |\n",
    );
    let mut put = |cells: [&str; 9]| rows.push_str(&format!("| | {} |\n", cells.join(" | ")));
    let maybe = |dice: &mut Dice, plain: &[&str]| {
        if dice.roll(3) == 0 {
            cond(dice, plain, &many)
        } else {
            String::new()
        }
    };
    for name in outside {
        let (r, c, q) = (
            maybe(dice, &outside),
            maybe(dice, &outside),
            maybe(dice, &outside),
        );
        put(["integer", name, name, &r, "", &c, &q, "", ""]);
    }
    put([
        "select_one list",
        "s0",
        "s",
        "",
        "",
        "",
        "",
        "",
        "grade > ${a0}",
    ]);
    let r = maybe(dice, &outside);
    put(["begin_group", "g1", "g", &r, "", "", "", "", ""]);
    let r = maybe(dice, &with_member);
    put(["begin_repeat", "mem", "m", &r, "", "", "", "", ""]);
    for name in member {
        let (r, c) = (maybe(dice, &with_member), maybe(dice, &with_member));
        put(["integer", name, name, &r, "", &c, "", "", ""]);
    }
    put([
        "select_one list",
        "s1",
        "s",
        "",
        "",
        "",
        "",
        "",
        "grade > ${m0} + ${a0}",
    ]);
    let r = maybe(dice, &with_member);
    put(["begin_group", "g2", "g", &r, "", "", "", "", ""]);
    put(["begin_repeat", "inn", "i", "", "", "", "", "", ""]);
    for name in inner {
        let r = maybe(dice, &with_inner);
        put(["integer", name, name, &r, "", "", "", "", ""]);
    }
    put([
        "calculate",
        "ci",
        "",
        "",
        &expr(dice, &with_inner, &many),
        "",
        "",
        "",
        "",
    ]);
    put(["end_repeat", "", "", "", "", "", "", "", ""]);
    put(["end_group", "", "", "", "", "", "", "", ""]);
    put([
        "calculate",
        "cm",
        "",
        "",
        &expr(dice, &with_member, &many),
        "",
        "",
        "",
        "",
    ]);
    put(["calculate", "place", "", "", "position(..)", "", "", "", ""]);
    put([
        "calculate",
        "rest",
        "",
        "",
        "sum(../../mem[position() != position(current()/..)]/m0)",
        "",
        "",
        "",
        "",
    ]);
    put(["end_repeat", "", "", "", "", "", "", "", ""]);
    put(["end_group", "", "", "", "", "", "", "", ""]);
    put(["begin_repeat", "cnt", "c", "", "", "", "", "${a1}", ""]);
    put(["integer", "c0", "c", "", "", "", "", "", ""]);
    put([
        "calculate",
        "cc",
        "",
        "",
        "${c0} + ${a0} + position(..)",
        "",
        "",
        "",
        "",
    ]);
    put(["end_repeat", "", "", "", "", "", "", "", ""]);
    put([
        "calculate",
        "ca",
        "",
        "",
        &expr(dice, &outside, &["cc", "c0"]),
        "",
        "",
        "",
        "",
    ]);
    put([
        "calculate",
        "cb",
        "",
        "",
        "concat(${ca}, '/', join('+', ${cm}))",
        "",
        "",
        "",
        "",
    ]);
    rows.push_str("| choices |\n| | list_name | name | label | grade |\n| | list | x | X | 1 |\n| | list | y | Y | 3 |\n| | list | z | Z | 9 |\n");
    rows
}

fn random_step(dice: &mut Dice, instance: &mut Instance, next: &mut u128) {
    let (members, inner) = (instance.instances("mem"), instance.instances("inn"));
    match dice.roll(10) {
        0 => {
            *next += 1;
            instance.add_repeat("mem", None, id(*next));
        }
        1 if !members.is_empty() => {
            *next += 1;
            let parent = members[dice.roll(members.len())];
            instance.add_repeat("inn", Some(parent), id(*next));
        }
        2 if !members.is_empty() && dice.roll(2) == 0 => {
            instance.remove_repeat(members[dice.roll(members.len())]);
        }
        3 if !inner.is_empty() && dice.roll(2) == 0 => {
            instance.remove_repeat(inner[dice.roll(inner.len())]);
        }
        _ => {
            let all = instance.instances("cnt");
            let (repeat, ids, keys): (_, _, &[&str]) = match dice.roll(4) {
                0 => ("", Vec::new(), &["a0", "a1", "a2", "s0"]),
                1 => ("mem", members, &["m0", "m1", "m2", "s1"]),
                2 => ("inn", inner, &["i0", "i1"]),
                _ => ("cnt", all, &["c0"]),
            };
            let key = dice.pick(keys);
            let value = if key.starts_with('s') {
                dice.pick(&["x", "y", "z", ""])
            } else {
                dice.pick(&["0", "1", "2", "3", "4", ""])
            };
            let place = match (repeat, ids.len()) {
                ("", _) => FieldPath::household(key),
                (_, 0) => return,
                (_, n) => FieldPath::of(repeat, ids[dice.roll(n)], key),
            };
            instance.set(&place, value).unwrap();
        }
    }
}

#[test]
fn one_answer_at_a_time_gives_what_computing_everything_gives() {
    let (mut forms, mut steps, mut refused) = (0, 0, 0);
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let table = random_form(&mut dice);
        let form = match try_form(&table) {
            Ok(compiled) => Arc::new(compiled.form),
            Err(problems) => {
                // Random references make cycles; nothing else may be wrong with such a form.
                assert!(
                    problems.iter().all(|p| p.code == "cycle"),
                    "seed {seed}: {problems:#?}\n{table}"
                );
                refused += 1;
                continue;
            }
        };
        forms += 1;
        let mut instance = Instance::new(form, context());
        let mut next = 0;
        for step in 0..40 {
            let before = snapshot(&instance);
            random_step(&mut dice, &mut instance, &mut next);
            let after = snapshot(&instance);
            let mut whole = instance.clone();
            whole.recompute();
            assert_eq!(after, snapshot(&whole), "seed {seed} step {step}\n{table}");
            steps += usize::from(before != after);
        }
    }
    println!("{forms} forms, {refused} with cycles, {steps} steps with an effect");
    assert!(forms > 40 && steps > 500, "{forms} {steps}");
}

#[test]
fn what_is_announced_is_what_has_changed() {
    for seed in 0..60 {
        let mut dice = Dice(seed + 10_000);
        let Ok(compiled) = try_form(&random_form(&mut dice)) else {
            continue;
        };
        let mut instance = Instance::new(Arc::new(compiled.form), context());
        for n in 1..4 {
            instance.add_repeat("mem", None, id(n));
        }
        for _ in 0..20 {
            let before: BTreeMap<FieldPath, _> = states(&instance);
            let key = dice.pick(&["a0", "a1", "a2"]);
            let changed = instance
                .set(&at(key), dice.pick(&["0", "1", "2", "3", ""]))
                .unwrap();
            for (path, state) in states(&instance) {
                let Some(old) = before.get(&path) else {
                    continue;
                };
                if old.value != state.value {
                    assert!(
                        changed.values.contains(&path),
                        "seed {seed}: value of {path}"
                    );
                }
                if (old.relevant, old.required, old.valid)
                    != (state.relevant, state.required, state.valid)
                {
                    let known = changed.states.contains(&path) || changed.values.contains(&path);
                    assert!(known, "seed {seed}: state of {path}");
                }
            }
        }
    }
}

fn states(instance: &Instance) -> BTreeMap<FieldPath, crate::NodeState> {
    let mut all = BTreeMap::new();
    instance.each_xpath(|_, scope, node| {
        if let Some(path) = instance.path_of(scope, node) {
            all.insert(path, instance.state(scope, node));
        }
    });
    all
}

#[test]
fn an_answer_in_one_instance_computes_nothing_in_the_others() {
    let mut instance = open(
        "| survey |
         | | type | name | label | calculation |
         | | begin_repeat | members | Members | |
         | | integer | a | A | |
         | | calculate | twice | | ${a} * 2 |
         | | calculate | drawn | | concat(${a}, ' ', random()) |
         | | end_repeat | | | |",
    );
    for n in 1..=3 {
        instance.add_repeat("members", None, id(n));
    }
    let drawn = instance.value("members 1 drawn");
    let changed = instance.give("members 2 a", "4");
    assert_eq!(
        changed.values,
        [
            at("members 2 a"),
            at("members 2 twice"),
            at("members 2 drawn")
        ]
    );
    assert_eq!(instance.value("members 1 drawn"), drawn);
}

#[test]
fn a_cycle_is_refused_with_its_path() {
    let found = problem(
        "| survey |
         | | type | name | label | relevant | calculation |
         | | integer | a | A | ${c} = 1 | |
         | | calculate | b | | | ${a} + 1 |
         | | calculate | c | | | ${b} + 1 |",
    );
    assert_eq!((found.code, found.row), ("cycle", Some(3)));
    for name in ["a (relevant)", "b (calculation)", "c (calculation)", " -> "] {
        assert!(found.message.contains(name), "{}", found.message);
    }
}

#[test]
fn a_question_that_hides_itself_or_its_group_is_a_cycle() {
    let own = problem(
        "| survey |\n| | type | name | label | relevant |\n| | integer | a | A | ${a} = 1 |",
    );
    assert_eq!(own.code, "cycle");
    let group = problem(
        "| survey |
         | | type | name | label | relevant |
         | | begin_group | g | G | ${a} = 1 |
         | | integer | a | A | |
         | | end_group | | | |",
    );
    assert_eq!(
        (group.code, group.column.as_deref()),
        ("cycle", Some("relevant"))
    );
}

#[test]
fn a_constraint_may_speak_of_its_own_answer() {
    let mut instance = open(
        "| survey |
         | | type | name | label | constraint |
         | | integer | a | A | ${a} > 1 and . < 9 |",
    );
    instance.give("a", "1");
    assert!(!instance.node(&at("a")).unwrap().valid);
    instance.give("a", "5");
    assert!(instance.node(&at("a")).unwrap().valid);
}
