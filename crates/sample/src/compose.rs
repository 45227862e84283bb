//! Who lives in a family: relation, sex, age and marital status, coherent with each other.

use crate::dice::Dice;
use lawang_domain::Sex::{self, Female, Male};

/// One member without a name. Codes are those of REGSOSEK22-K.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    /// 1 head, 2 spouse, 3 child, 4 child-in-law, 5 grandchild, 6 parent, 8 other.
    pub relation: u8,
    pub sex: Sex,
    /// Full years on the reference day.
    pub age: u8,
    /// 1 single, 2 married, 3 divorced, 4 widowed.
    pub marital: u8,
}

impl Slot {
    /// Child up to 18 or elderly from 60 (PKH components that the age alone shows).
    pub(crate) fn is_pkh_component(&self) -> bool {
        self.age <= 18 || self.age >= 60
    }
}

fn slot(relation: u8, sex: Sex, age: i64, marital: u8) -> Slot {
    Slot {
        relation,
        sex,
        age: age.clamp(0, 99) as u8,
        marital,
    }
}

fn other(sex: Sex) -> Sex {
    if sex == Male { Female } else { Male }
}

fn any_sex(dice: &mut Dice) -> Sex {
    if dice.percent(51) { Male } else { Female }
}

/// The members of a family of `size`, the head first.
pub(crate) fn compose(dice: &mut Dice, size: u8) -> Vec<Slot> {
    let mut members = Vec::with_capacity(usize::from(size));
    let couple = match size {
        1 => false,
        2 => dice.percent(58),
        3 => dice.percent(84),
        _ => dice.percent(92),
    };
    let alone = size == 1;
    // Age of the woman of the house (or of the head alone) gives the ages of all others.
    let base = match size {
        1 if dice.percent(68) => dice.range(60, 88),
        1 => dice.range(21, 59),
        2 if dice.percent(62) => dice.range(48, 76),
        2 => dice.range(19, 47),
        3 => dice.range(22, 54),
        4 => dice.range(26, 54),
        5 => dice.range(31, 56),
        _ => dice.range(37, 58),
    };
    if couple {
        let husband = base + dice.range(-2, 7);
        members.push(slot(1, Male, husband.max(19), 2));
        members.push(slot(2, Female, base, 2));
    } else {
        let sex = if dice.percent(if base > 55 { 74 } else { 58 }) {
            Female
        } else {
            Male
        };
        let marital = if alone && base < 35 {
            dice.weighted(&[(1, 80), (3, 20)])
        } else if base > 55 {
            dice.weighted(&[(4, 80), (3, 14), (1, 6)])
        } else {
            dice.weighted(&[(3, 52), (4, 44), (1, if alone { 20 } else { 0 })])
        };
        members.push(slot(1, sex, base, marital));
    }
    fill(dice, &mut members, usize::from(size), base);
    members
}

/// Parents, grown children with their own spouse and child, and children, until the family is full.
fn fill(dice: &mut Dice, members: &mut Vec<Slot>, size: usize, base: i64) {
    let rest = size - members.len();
    if rest == 0 {
        return;
    }
    let mut parents = 0;
    if base < 60 && dice.percent(if size >= 5 { 30 } else { 9 }) {
        parents = if rest >= 3 && dice.percent(25) { 2 } else { 1 };
    }
    let mut grown = 0;
    if rest - parents >= 3 && base >= 44 && dice.percent(45) {
        grown = 3;
    }
    let mut others = 0;
    if base >= 50 && rest > parents + grown && dice.percent(14) {
        others = 1;
    }
    let children = rest - parents - grown - others;

    if grown > 0 {
        let sex = any_sex(dice);
        let age = (base - dice.range(19, 23)).max(19);
        members.push(slot(3, sex, age, 2));
    }
    // The eldest first, two years or more apart, none born before the mother was 17.
    let mut age = base - dice.range(18, 27);
    if base > 52 {
        age = base - dice.range(22, 34);
    }
    for _ in 0..children {
        if age < 0 {
            others += 1;
            continue;
        }
        // A child that the mother is too old for is a grandchild.
        let relation = if base - age <= 46 { 3 } else { 5 };
        let marital = match age {
            0..=21 => 1,
            22..=29 => dice.weighted(&[(1, 92), (3, 8)]),
            _ => dice.weighted(&[(1, 62), (3, 26), (4, 12)]),
        };
        let sex = any_sex(dice);
        members.push(slot(relation, sex, age, marital));
        age -= dice.range(2, 5);
    }
    if grown > 0 {
        let child = members[members
            .iter()
            .position(|m| m.relation == 3 && m.marital == 2)
            .unwrap_or(0)];
        let age = (i64::from(child.age) + dice.range(-4, 4)).max(18);
        members.push(slot(4, other(child.sex), age, 2));
        let mother = age.min(i64::from(child.age));
        let sex = any_sex(dice);
        let newest = (mother - 17).clamp(0, 9);
        let age = dice.range(0, newest);
        members.push(slot(5, sex, age, 1));
    }
    for i in 0..parents {
        let sex = if parents == 2 && i == 0 || parents == 1 && dice.percent(24) {
            Male
        } else {
            Female
        };
        let age = (base + dice.range(19, 33)).min(96);
        members.push(slot(6, sex, age, if parents == 2 { 2 } else { 4 }));
    }
    for _ in 0..others {
        let sex = any_sex(dice);
        let age = dice.range(6, 70);
        let marital = if age < 25 {
            1
        } else {
            dice.weighted(&[(1, 60), (3, 20), (4, 20)])
        };
        members.push(slot(8, sex, age, marital));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Stream;

    #[test]
    fn families_are_full_and_their_ages_fit_their_relations() {
        for index in 0..20_000 {
            let mut dice = Dice::new(3, Stream::Composition, index);
            let size = 1 + (index % 8) as u8;
            let family = compose(&mut dice, size);
            assert_eq!(family.len(), usize::from(size));
            let heads = family.iter().filter(|m| m.relation == 1).count();
            assert!(heads == 1 && family[0].relation == 1);
            let spouse = family.iter().find(|m| m.relation == 2);
            assert_eq!(family[0].marital == 2, spouse.is_some());
            let mother = spouse.unwrap_or(&family[0]);
            for member in &family {
                let gap = i64::from(mother.age) - i64::from(member.age);
                match member.relation {
                    3 => assert!((16..=47).contains(&gap), "{family:?}"),
                    5 => assert!(gap >= 30, "{family:?}"),
                    6 => assert!(gap <= -19, "{family:?}"),
                    1 | 2 => assert!(member.age >= 19),
                    _ => {}
                }
                assert!(member.age >= 18 || member.marital == 1, "{family:?}");
            }
        }
    }
}
