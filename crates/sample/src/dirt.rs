//! What is wrong in the register's copy, and with whom: exact shares, drawn without replacement.

use crate::{
    dice::{Dice, Stream},
    plan::Family,
};
use lawang_domain::Nik;
use std::collections::HashSet;

/// Shares in the register's copy, in 1/10,000 of the persons.
pub mod per_person {
    /// NIK of somebody in another family.
    pub const DUPLICATE_NIK: usize = 60;
    /// One digit wrong, or two neighbours swapped; the NIK still looks sound.
    pub const NIK_DIGIT: usize = 100;
    /// No NIK by its format.
    pub const NIK_FORMAT: usize = 50;
    /// No NIK at all.
    pub const NIK_MISSING: usize = 150;
    /// Listed in a second family.
    pub const IN_TWO_KK: usize = 80;
    /// Name written otherwise.
    pub const NAME_VARIANT: usize = 600;
    /// Birth date not as in the NIK.
    pub const BIRTH_DATE: usize = 300;
    /// Birth date unknown, registered as 1 January, also in the NIK.
    pub const FIRST_OF_JANUARY: usize = 200;
    /// Sex not as in the NIK.
    pub const SEX: usize = 40;
    /// Died, but active.
    pub const DIED: usize = 150;
    /// Moved away, but active.
    pub const MOVED: usize = 250;
}

/// Shares in the register's copy, in 1/10,000 of the families.
pub mod per_family {
    /// A No. KK that was replaced by a newer one.
    pub const OLD_NO_KK: usize = 400;
    /// RT and RW blank or 000.
    pub const RT_RW: usize = 500;
    /// Last update more than two years ago.
    pub const STALE: usize = 3500;
    /// Well-off, but aided.
    pub const WELL_OFF_AIDED: usize = 400;
    /// Poor, but on no list.
    pub const POOR_MISSING: usize = 500;
    /// Husband and wife each on a list of their own.
    pub const COUPLE_AIDED: usize = 70;
}

/// How many of `total` a share is.
pub fn count(total: usize, per_ten_thousand: usize) -> usize {
    (total * per_ten_thousand + 5_000) / 10_000
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum NikDirt {
    #[default]
    None,
    /// The NIK of this other person.
    Duplicate(u32),
    Digit,
    Format,
    Missing,
    /// The whole row is this other person, who also stands in the own family.
    OtherPerson(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum DateDirt {
    #[default]
    None,
    Differs,
    FirstOfJanuary,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Presence {
    #[default]
    Here,
    Died,
    Moved,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PersonDirt {
    pub nik: NikDirt,
    pub date: DateDirt,
    pub presence: Presence,
    pub name: bool,
    pub sex: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FamilyDirt {
    pub old_card: bool,
    pub rt_rw: bool,
    pub stale: bool,
    pub well_off_aided: bool,
    pub poor_missing: bool,
    pub couple_aided: bool,
}

pub(crate) struct Dirt {
    pub persons: Vec<PersonDirt>,
    pub families: Vec<FamilyDirt>,
}

/// The first `count` of `order` for which `fits`, in that order.
fn take(order: &[u32], count: usize, mut fits: impl FnMut(usize) -> bool) -> Vec<usize> {
    order
        .iter()
        .map(|i| *i as usize)
        .filter(|i| fits(*i))
        .take(count)
        .collect()
}

/// `family_of`: the place in `families` of each person, in the order of the rows.
pub(crate) fn plan_dirt(seed: u64, families: &[Family], family_of: &[u32]) -> Dirt {
    let mut dice = Dice::new(seed, Stream::Dirt, 0);
    let slots: Vec<_> = families
        .iter()
        .flat_map(|f| f.slots.iter().copied())
        .collect();
    let n = slots.len();
    let mut persons = vec![PersonDirt::default(); n];

    // The NIK: kinds that exclude each other, and clean persons to copy from.
    let order = dice.order(n);
    let mut used = vec![false; n];
    let guests = take(&order, count(n, per_person::IN_TWO_KK), |i| {
        !matches!(slots[i].relation, 1 | 2)
    });
    guests.iter().for_each(|i| used[*i] = true);
    let mut kinds: Vec<usize> = Vec::new();
    for (kind, share) in [
        per_person::DUPLICATE_NIK,
        per_person::NIK_DIGIT,
        per_person::NIK_FORMAT,
        per_person::NIK_MISSING,
    ]
    .into_iter()
    .enumerate()
    {
        kinds.extend(std::iter::repeat_n(kind, count(n, share)));
    }
    let spoiled = take(&order, kinds.len(), |i| !used[i]);
    spoiled.iter().for_each(|i| used[*i] = true);
    let grown = |i: usize| matches!(slots[i].relation, 1 | 2) && (18..=48).contains(&slots[i].age);
    let doubles = take(&order, guests.len() + n.min(50), |i| !used[i] && grown(i));
    doubles.iter().for_each(|i| used[*i] = true);
    let owners = take(&order, kinds.len() + n.min(50), |i| !used[i]);

    let mut from = doubles.into_iter();
    for guest in guests {
        // The spare ones make up for those of the same family.
        if let Some(source) = from.find(|s| family_of[*s] != family_of[guest]) {
            persons[guest].nik = NikDirt::OtherPerson(source as u32);
        }
    }
    let mut from = owners.into_iter();
    for (i, kind) in spoiled.into_iter().zip(kinds) {
        persons[i].nik = match kind {
            0 => match from.find(|s| family_of[*s] != family_of[i]) {
                Some(owner) => NikDirt::Duplicate(owner as u32),
                None => NikDirt::Missing,
            },
            1 => NikDirt::Digit,
            2 => NikDirt::Format,
            _ => NikDirt::Missing,
        };
    }

    // What does not show in a row that is somebody else's is not planted there.
    let own = |p: &PersonDirt| !matches!(p.nik, NikDirt::OtherPerson(_));
    let order = dice.order(n);
    for i in take(&order, count(n, per_person::FIRST_OF_JANUARY), |i| {
        own(&persons[i]) && slots[i].age >= 30
    }) {
        persons[i].date = DateDirt::FirstOfJanuary;
    }
    for i in take(&order, count(n, per_person::BIRTH_DATE), |i| {
        persons[i].nik == NikDirt::None && persons[i].date == DateDirt::None
    }) {
        persons[i].date = DateDirt::Differs;
    }
    let order = dice.order(n);
    for i in take(&order, count(n, per_person::SEX), |i| {
        persons[i].nik == NikDirt::None
    }) {
        persons[i].sex = true;
    }
    let order = dice.order(n);
    for i in take(&order, count(n, per_person::NAME_VARIANT), |i| {
        own(&persons[i])
    }) {
        persons[i].name = true;
    }
    let order = dice.order(n);
    let mut mortal = Dice::new(seed, Stream::Dirt, 1);
    for i in take(&order, count(n, per_person::DIED), |i| {
        own(&persons[i]) && (slots[i].age >= 58 || mortal.percent(12))
    }) {
        persons[i].presence = Presence::Died;
    }
    let order = dice.order(n);
    for i in take(&order, count(n, per_person::MOVED), |i| {
        own(&persons[i]) && persons[i].presence == Presence::Here && slots[i].age >= 15
    }) {
        persons[i].presence = Presence::Moved;
    }

    let families = family_dirt(&mut dice, families);
    Dirt { persons, families }
}

fn family_dirt(dice: &mut Dice, families: &[Family]) -> Vec<FamilyDirt> {
    let n = families.len();
    let mut dirt = vec![FamilyDirt::default(); n];
    let order = dice.order(n);
    for i in take(&order, count(n, per_family::OLD_NO_KK), |_| true) {
        dirt[i].old_card = true;
    }
    let order = dice.order(n);
    for i in take(&order, count(n, per_family::RT_RW), |_| true) {
        dirt[i].rt_rw = true;
    }
    let order = dice.order(n);
    for i in take(&order, count(n, per_family::STALE), |_| true) {
        dirt[i].stale = true;
    }
    let aided = |i: usize| families[i].pkh || families[i].sembako;
    let order = dice.order(n);
    for i in take(&order, count(n, per_family::WELL_OFF_AIDED), aided) {
        dirt[i].well_off_aided = true;
    }
    // Poor in truth: first those whom the register takes for better off, then whoever is on no list.
    let wanted = count(n, per_family::POOR_MISSING);
    let unlisted = |i: usize| !aided(i) && !families[i].blt;
    let mut poor = take(&order, wanted, |i| {
        unlisted(i) && !(1..=4).contains(&families[i].decile)
    });
    let more = take(&order, wanted - poor.len(), |i| {
        unlisted(i) && (1..=4).contains(&families[i].decile)
    });
    poor.extend(more);
    for i in poor {
        dirt[i].poor_missing = true;
    }
    let order = dice.order(n);
    for i in take(&order, count(n, per_family::COUPLE_AIDED), |i| {
        families[i].sembako && families[i].slots.iter().any(|s| s.relation == 2)
    }) {
        dirt[i].couple_aided = true;
    }
    dirt
}

/// A NIK with one digit wrong or two neighbours swapped, that still looks sound and is nobody's.
/// The serial keeps its 9, the mark of a synthetic number.
pub(crate) fn wrong_digit(dice: &mut Dice, nik: u64, taken: &mut HashSet<u64>) -> String {
    const PLACES: [usize; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15];
    let right = format!("{nik:016}").into_bytes();
    for _ in 0..400 {
        let mut wrong = right.clone();
        let at = dice.pick(&PLACES);
        if dice.percent(40) && PLACES.contains(&(at + 1)) {
            wrong.swap(at, at + 1);
        } else {
            wrong[at] = b'0' + dice.below(10) as u8;
        }
        let text = String::from_utf8_lossy(&wrong).into_owned();
        let sound = text.parse::<Nik>().is_ok();
        if sound && wrong != right && taken.insert(text.parse().unwrap_or(nik)) {
            return text;
        }
    }
    String::new()
}

/// Something in the NIK's place that is no NIK by its format.
pub(crate) fn wrong_format(dice: &mut Dice, nik: u64) -> String {
    let text = format!("{nik:016}");
    match dice.below(7) {
        0 | 1 => text[..15].to_owned(),
        2 => format!("{text}{}", dice.below(10)),
        3 => text.replacen('0', "O", 1),
        4 => "0".repeat(16),
        5 => format!("{}00{}", &text[..6], &text[8..]),
        _ => format!("{}13{}", &text[..8], &text[10..]),
    }
}
