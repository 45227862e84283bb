//! The house and what is in it, by welfare decile. Codes are those of REGSOSEK22-K.

use crate::dice::Dice;

/// Answers about the house, in the order of the prelist's columns `tenure_status` to `asset_smartphone`;
/// an empty text is no answer.
pub(crate) const HOUSING_COLUMNS: usize = 17;

type Weights = &'static [(&'static str, u32)];

/// Weights for a poor, a middling and a well-off household.
struct Tiers(Weights, Weights, Weights);

const TENURE: Tiers = Tiers(
    &[("1", 74), ("3", 22), ("2", 3), ("5", 1)],
    &[("1", 84), ("3", 11), ("2", 5)],
    &[("1", 90), ("2", 6), ("3", 2), ("4", 2)],
);
const FLOOR: Tiers = Tiers(
    &[("8", 34), ("6", 50), ("5", 9), ("7", 3), ("2", 4)],
    &[("6", 52), ("2", 32), ("4", 10), ("8", 4), ("5", 2)],
    &[("2", 72), ("4", 10), ("1", 12), ("3", 2), ("6", 4)],
);
const WALL: Tiers = Tiers(
    &[
        ("4", 32),
        ("3", 30),
        ("1", 24),
        ("6", 6),
        ("2", 6),
        ("5", 2),
    ],
    &[("1", 70), ("3", 18), ("4", 8), ("2", 4)],
    &[("1", 96), ("3", 4)],
);
const ROOF: Tiers = Tiers(
    &[("2", 62), ("4", 18), ("3", 12), ("7", 6), ("6", 2)],
    &[("2", 80), ("4", 11), ("3", 9)],
    &[("2", 84), ("3", 9), ("1", 7)],
);
const WATER: Tiers = Tiers(
    &[
        ("5", 42),
        ("6", 24),
        ("4", 12),
        ("8", 9),
        ("7", 7),
        ("9", 3),
        ("10", 3),
    ],
    &[("5", 50), ("4", 26), ("2", 12), ("7", 6), ("6", 6)],
    &[("4", 42), ("2", 30), ("5", 18), ("1", 6), ("3", 4)],
);
const LIGHT: Tiers = Tiers(
    &[("1", 76), ("2", 18), ("3", 4), ("4", 2)],
    &[("1", 93), ("2", 6), ("3", 1)],
    &[("1", 100)],
);
const POWER: Tiers = Tiers(
    &[("1", 82), ("2", 18)],
    &[("1", 48), ("2", 47), ("3", 5)],
    &[("2", 52), ("3", 36), ("4", 10), ("5", 2)],
);
const FUEL: Tiers = Tiers(
    &[("4", 54), ("10", 45), ("9", 1)],
    &[("4", 85), ("10", 15)],
    &[("4", 78), ("3", 9), ("2", 10), ("1", 3)],
);
const TOILET: Tiers = Tiers(
    &[("1", 60), ("2", 17), ("4", 8), ("3", 4), ("6", 11)],
    &[("1", 86), ("2", 9), ("3", 2), ("6", 3)],
    &[("1", 99), ("2", 1)],
);
const CLOSET: Tiers = Tiers(
    &[("1", 58), ("4", 26), ("3", 10), ("2", 6)],
    &[("1", 88), ("4", 7), ("2", 5)],
    &[("1", 99), ("2", 1)],
);
const SEWAGE: Tiers = Tiers(
    &[("1", 40), ("4", 38), ("3", 16), ("5", 6)],
    &[("1", 74), ("4", 20), ("3", 6)],
    &[("1", 98), ("4", 2)],
);

fn choose(dice: &mut Dice, decile: u8, tiers: &Tiers) -> &'static str {
    // A decile is an average: each answer may be better or worse than the rest.
    let felt = i64::from(decile) + dice.range(-1, 1);
    dice.weighted(match felt {
        ..=2 => tiers.0,
        3..=5 => tiers.1,
        _ => tiers.2,
    })
}

/// The house of a family of `size` in `decile` (1 to 10).
pub(crate) fn house(dice: &mut Dice, decile: u8, size: u8) -> [String; HOUSING_COLUMNS] {
    let tenure = choose(dice, decile, &TENURE);
    let area = (20 + 4 * i64::from(decile) + 4 * i64::from(size) + dice.range(-8, 24)).max(12);
    let floor = choose(dice, decile, &FLOOR);
    let wall = choose(dice, decile, &WALL);
    let roof = choose(dice, decile, &ROOF);
    let water = choose(dice, decile, &WATER);
    let light = choose(dice, decile, &LIGHT);
    let power = if light == "1" {
        choose(dice, decile, &POWER)
    } else {
        ""
    };
    let fuel = choose(dice, decile, &FUEL);
    let toilet = choose(dice, decile, &TOILET);
    let (closet, sewage) = if toilet == "6" {
        ("", choose(dice, 1, &SEWAGE))
    } else {
        (choose(dice, decile, &CLOSET), choose(dice, decile, &SEWAGE))
    };
    let d = u64::from(decile);
    let lit = light != "4";
    let mut owns = |percent: u64| {
        if dice.percent(percent.min(98)) {
            "1"
        } else {
            "2"
        }
    };
    let refrigerator = if lit { owns(18 + 9 * d) } else { "2" };
    let motorcycle = owns(48 + 6 * d);
    let car = owns(if d <= 3 { 0 } else { (d - 3) * 5 });
    let television = if lit { owns(12 + 8 * d) } else { "2" };
    let smartphone = owns(58 + 5 * d);
    [
        tenure,
        &area.to_string(),
        floor,
        wall,
        roof,
        water,
        light,
        power,
        fuel,
        toilet,
        closet,
        sewage,
        refrigerator,
        motorcycle,
        car,
        television,
        smartphone,
    ]
    .map(str::to_owned)
}

/// School, work and health cover of one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub school: &'static str,
    pub certificate: &'static str,
    pub worked: &'static str,
    pub work_status: &'static str,
    pub cover: &'static str,
}

/// `pbi`: the state pays the insurance.
pub(crate) fn life(
    dice: &mut Dice,
    decile: u8,
    age: u8,
    is_man: bool,
    is_wife: bool,
    pbi: bool,
) -> Life {
    let d = u64::from(decile);
    let in_school = match age {
        0..=4 => 0,
        5..=6 => 35,
        7..=12 => 98,
        13..=15 => 86 + d,
        16..=18 => 58 + 4 * d,
        19..=23 => 4 + 4 * d,
        _ => 0,
    };
    let studies = dice.percent(in_school.min(99));
    let never = !studies
        && dice.percent(match age {
            0..=6 => 100,
            7..=59 => 2,
            _ => 17,
        });
    let school = if age < 5 {
        ""
    } else if studies {
        "2"
    } else if never {
        "1"
    } else {
        "3"
    };
    let certificate = if age < 5 {
        ""
    } else if never || age < 12 {
        "23"
    } else {
        certificate(dice, d, age, studies)
    };
    let works = !studies
        && dice.percent(match age {
            0..=9 => 0,
            10..=14 => 3,
            15..=64 if is_man => 90,
            15..=64 if is_wife => 46,
            15..=64 => 55,
            65..=74 => 48,
            _ => 16,
        });
    let worked = match (age, works) {
        (0..=4, _) => "",
        (_, true) => "1",
        (_, false) => "2",
    };
    let work_status = if !works {
        ""
    } else if is_wife && dice.percent(38) {
        "8"
    } else if d <= 2 {
        dice.weighted(&[
            ("6", 38),
            ("1", 28),
            ("7", 15),
            ("2", 10),
            ("4", 7),
            ("8", 2),
        ])
    } else if d <= 5 {
        dice.weighted(&[
            ("1", 34),
            ("6", 22),
            ("4", 18),
            ("2", 15),
            ("7", 10),
            ("3", 1),
        ])
    } else {
        dice.weighted(&[
            ("1", 27),
            ("4", 32),
            ("2", 16),
            ("5", 13),
            ("3", 7),
            ("6", 5),
        ])
    };
    let cover = if pbi {
        "1"
    } else if work_status == "5" {
        "4"
    } else {
        dice.weighted(&[("0", 58), ("2", 24), ("4", 16), ("8", 2)])
    };
    Life {
        school,
        certificate,
        worked,
        work_status,
        cover,
    }
}

/// Code of the highest certificate; old and poor people have less, students have the one before their school.
fn certificate(dice: &mut Dice, d: u64, age: u8, studies: bool) -> &'static str {
    let level = if studies {
        match age {
            ..=15 => 1,
            16..=18 => 2,
            _ => 3,
        }
    } else {
        let shift = i64::from(age.saturating_sub(20) / 10) * 9 - d as i64 * 5;
        match dice.range(0, 99) + shift {
            ..=-8 => 4,
            -7..=36 => 3,
            37..=62 => 2,
            63..=98 => 1,
            _ => 0,
        }
    };
    let possible = match age {
        ..=14 => 1,
        15..=17 => 2,
        18..=22 => 3,
        _ => 4,
    };
    match level.min(possible) {
        0 => "23",
        1 => dice.weighted(&[("3", 84), ("4", 14), ("1", 2)]),
        2 => dice.weighted(&[("8", 72), ("9", 25), ("6", 3)]),
        3 => dice.weighted(&[("13", 48), ("15", 32), ("14", 16), ("11", 4)]),
        _ => dice.weighted(&[("19", 68), ("18", 29), ("21", 3)]),
    }
}
