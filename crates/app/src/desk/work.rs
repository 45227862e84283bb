//! How people work: what the visits themselves tell of it. Signs, no judgement: a person looks.

use super::checks::{distance, seconds_between};
use crate::{device::Device, error::AppError, views};
use chrono::DateTime;
use lawang_rules::Paradata;
use lawang_store::Visited;
use std::collections::BTreeMap;

/// Most visits within any hour, with those of the fullest one. `visits` in the order in which they were submitted.
fn fullest_hour<'a>(visits: &[&'a Visited]) -> Vec<&'a Visited> {
    let at = |visit: &Visited| {
        DateTime::parse_from_rfc3339(&visit.desk.submitted).map_or(0, |at| at.timestamp())
    };
    let mut first = 0;
    let mut best = (0, 0);
    for last in 0..visits.len() {
        while at(visits[last]) - at(visits[first]) >= 3_600 {
            first += 1;
        }
        if last + 1 - first > best.1 - best.0 {
            best = (first, last + 1);
        }
    }
    visits[best.0..best.1].to_vec()
}

/// Visits made at one point: the largest number around any of them. A grid of cells as large as the distance keeps it
/// from comparing all with all.
fn one_point<'a>(visits: &[&'a Visited], metres: u32) -> Vec<&'a Visited> {
    // A degree of latitude is 111 km; cells are a little larger than the distance, so neighbours suffice.
    let size = f64::from(metres.max(1)) / 100_000.0;
    let cell = |(lat, lon): (f64, f64)| ((lat / size).floor() as i64, (lon / size).floor() as i64);
    let mut cells: BTreeMap<(i64, i64), Vec<&Visited>> = BTreeMap::new();
    for visit in visits {
        if let Some(place) = visit.desk.position {
            cells.entry(cell(place)).or_default().push(visit);
        }
    }
    let mut best = Vec::new();
    for visit in visits {
        let Some(place) = visit.desk.position else {
            continue;
        };
        let (row, column) = cell(place);
        let mut around: Vec<&'a Visited> = Vec::new();
        for (down, right) in (-1..=1).flat_map(|d| (-1..=1).map(move |r| (d, r))) {
            for other in cells
                .get(&(row + down, column + right))
                .into_iter()
                .flatten()
            {
                if other
                    .desk
                    .position
                    .is_some_and(|p| distance(place, p) <= metres)
                {
                    around.push(other);
                }
            }
        }
        if around.len() > best.len() {
            best = around;
        }
    }
    best
}

/// The largest group of visits with the same answers.
fn alike<'a>(visits: &[&'a Visited]) -> Vec<&'a Visited> {
    let mut groups: BTreeMap<&[u8], Vec<&'a Visited>> = BTreeMap::new();
    for visit in visits.iter().filter(|v| !v.desk.alike.is_empty()) {
        groups.entry(&visit.desk.alike).or_default().push(visit);
    }
    groups
        .into_values()
        .max_by_key(Vec::len)
        .unwrap_or_default()
}

/// What the visits of one person tell.
fn work_of(
    person: &str,
    visits: &[&Visited],
    limits: Paradata,
    english: bool,
) -> views::EnumeratorWork {
    let mut lengths: Vec<u32> = visits
        .iter()
        .filter_map(|v| seconds_between(&v.desk.started, &v.desk.submitted))
        .collect();
    lengths.sort_unstable();
    let fast: Vec<&Visited> = visits
        .iter()
        .copied()
        .filter(|v| {
            seconds_between(&v.desk.started, &v.desk.submitted)
                .is_some_and(|seconds| seconds < limits.shortest_seconds)
        })
        .collect();
    let hour = fullest_hour(visits);
    let most_an_hour = u32::try_from(hour.len()).unwrap_or(u32::MAX);
    let point = one_point(visits, limits.one_point_metres);
    let same = alike(visits);
    let mut signs = Vec::new();
    let mut sign = |code: &str, about: &[&Visited], id: String, en: String| {
        signs.push(views::WorkSign {
            code: code.into(),
            words: if english { en } else { id },
            households: about
                .iter()
                .map(|visit| views::SignFamily {
                    household: visit.household.to_string(),
                    head: String::new(),
                    address: String::new(),
                    rt: String::new(),
                    rw: String::new(),
                })
                .collect(),
        });
    };
    if !fast.is_empty() {
        let (n, minutes) = (fast.len(), limits.shortest_seconds / 60);
        sign(
            "too_fast",
            &fast,
            format!("{n} kunjungan kurang dari {minutes} menit"),
            format!("{n} visits of less than {minutes} minutes"),
        );
    }
    if most_an_hour > limits.most_an_hour {
        sign(
            "too_many",
            &hour,
            format!("{most_an_hour} kunjungan dalam satu jam"),
            format!("{most_an_hour} visits within one hour"),
        );
    }
    if point.len() >= limits.one_point_visits as usize {
        let n = point.len();
        sign(
            "one_point",
            &point,
            format!("{n} kunjungan dari satu titik yang sama"),
            format!("{n} visits from one and the same point"),
        );
    }
    if same.len() >= limits.alike_visits as usize {
        let n = same.len();
        sign(
            "all_alike",
            &same,
            format!("{n} kunjungan dengan jawaban rumah yang persis sama"),
            format!("{n} visits with exactly the same answers about the house"),
        );
    }
    views::EnumeratorWork {
        person: person.to_owned(),
        visits: u32::try_from(visits.len()).unwrap_or(u32::MAX),
        seconds: lengths.get(lengths.len() / 2).copied(),
        most_an_hour,
        signs,
        checked: 0,
        asked_twice: 0,
        differ: 0,
        fields: Vec::new(),
    }
}

impl Device {
    /// People know a family by its head and where it lives.
    fn name(&self, family: &mut views::SignFamily) -> Result<(), AppError> {
        let household = family
            .household
            .parse()
            .map_err(|_| AppError::new("not_found", "no such household"))?;
        if let Some(card) = self.store.card(household)? {
            family.head = card.head;
            family.address = card.address;
            family.rt = card.rt;
            family.rw = card.rw;
        }
        Ok(())
    }

    /// How the work of each person in a village looks, those with signs first.
    ///
    /// # Errors
    /// The store's.
    pub fn enumerators(&self, village: &str) -> Result<Vec<views::EnumeratorWork>, AppError> {
        let village = Some(village).filter(|v| !v.is_empty());
        let visited = self.visits_made(village)?;
        let mut by_person: BTreeMap<&str, Vec<&Visited>> = BTreeMap::new();
        for visit in &visited {
            by_person
                .entry(&visit.desk.enumerator)
                .or_default()
                .push(visit);
        }
        let limits = self.rules_today().paradata;
        let english = self.language == "en";
        let mut all: Vec<views::EnumeratorWork> = by_person
            .into_iter()
            .map(|(person, visits)| work_of(person, &visits, limits, english))
            .collect();
        for work in &mut all {
            self.add_second_visits(work, village)?;
            let signs = work.signs.iter_mut();
            for family in signs.flat_map(|sign| sign.households.iter_mut()) {
                self.name(family)?;
            }
        }
        all.sort_by_key(|work| std::cmp::Reverse(work.signs.len()));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lawang_domain::HouseholdId;
    use lawang_rules::RuleBook;
    use lawang_store::DeskCard;
    use uuid::Uuid;

    fn visit(n: u128, minute: u32, long: u32, place: (f64, f64), answers: u8) -> Visited {
        let at = |minute: u32| {
            let hour = 1 + minute / 60;
            format!("2026-11-21T{hour:02}:{:02}:00Z", minute % 60)
        };
        Visited {
            household: HouseholdId(Uuid::from_u128(n)),
            desk: DeskCard {
                started: at(minute),
                submitted: at(minute + long),
                position: Some(place),
                alike: vec![answers],
                ..DeskCard::default()
            },
        }
    }

    fn signs(visits: &[Visited]) -> Vec<String> {
        let limits = RuleBook::national()
            .at("2026-11-26".parse().unwrap())
            .paradata;
        let mut all: Vec<&Visited> = visits.iter().collect();
        all.sort_by(|a, b| a.desk.submitted.cmp(&b.desk.submitted));
        let work = work_of("Budi", &all, limits, true);
        assert_eq!(work.visits as usize, visits.len());
        work.signs.into_iter().map(|sign| sign.code).collect()
    }

    #[test]
    fn a_days_honest_work_shows_no_sign() {
        let honest: Vec<Visited> = (0..20)
            .map(|n| {
                let place = (-5.36 + f64::from(n) * 0.000_5, 105.1);
                visit(n as u128, n * 25, 22, place, n as u8)
            })
            .collect();
        assert_eq!(signs(&honest), Vec::<String>::new());
    }

    #[test]
    fn forty_households_in_an_hour_from_one_point_with_the_same_answers_show_every_sign() {
        let made_up: Vec<Visited> = (0..40)
            .map(|n| {
                visit(
                    n as u128,
                    n,
                    1,
                    (-5.36, 105.1 + f64::from(n % 3) * 0.000_03),
                    7,
                )
            })
            .collect();
        assert_eq!(
            signs(&made_up),
            ["too_fast", "too_many", "one_point", "all_alike"]
        );
    }

    #[test]
    fn visits_on_both_sides_of_a_cell_of_the_grid_are_found_together() {
        let visits: Vec<Visited> = (0..6)
            .map(|n| {
                visit(
                    n as u128,
                    n * 60,
                    20,
                    (-0.000_02 + f64::from(n) * 0.000_01, 0.0),
                    n as u8,
                )
            })
            .collect();
        assert_eq!(signs(&visits), ["one_point"]);
    }
}
