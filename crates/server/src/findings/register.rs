//! The register's persons as matching wants them.

use crate::{error::Result, projection::MEMBERS, server::Server};
use lawang_domain::{HouseholdId, InstanceId, Nik};
use lawang_matching::registry::{Known, day, sixteen, small_number};
use std::collections::BTreeMap;

/// What the NIK in the register is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NikState {
    Sound,
    /// None, or one that the village gave itself.
    Missing,
    /// No NIK by its format.
    Malformed,
}

/// A person of the register.
pub(super) struct Person {
    pub household: HouseholdId,
    pub member: InstanceId,
    /// Place in [`Register::villages`].
    pub village: u32,
    pub nik: NikState,
    /// Processing is restricted on request: nothing is written of them.
    pub restricted: bool,
    pub known: Known,
}

/// All persons, and their places by NIK.
pub(super) struct Register {
    pub persons: Vec<Person>,
    /// Codes.
    pub villages: Vec<String>,
    /// NIK and place, sorted.
    by_nik: Vec<(u64, u32)>,
    by_card: Vec<(u64, u32)>,
}

fn places(sorted: &[(u64, u32)], number: u64) -> impl Iterator<Item = usize> + '_ {
    let from = match number {
        0 => sorted.len(),
        _ => sorted.partition_point(|(n, _)| *n < number),
    };
    sorted[from..]
        .iter()
        .take_while(move |(n, _)| *n == number)
        .map(|(_, at)| *at as usize)
}

impl Register {
    /// Reads every household once; a person takes about 300 bytes.
    pub(super) fn load(server: &Server) -> Result<Self> {
        let restricted = server.restricted_persons()?;
        let mut persons = Vec::new();
        let mut villages: BTreeMap<String, u32> = BTreeMap::new();
        server.each_household(None, &mut |stored| {
            let view = stored.projection()?;
            let next = u32::try_from(villages.len()).unwrap_or(u32::MAX);
            let village = *villages.entry(stored.village.clone()).or_insert(next);
            let no_kk = sixteen(view.answer("no_kk"));
            let (rt, rw) = (
                small_number(view.answer("rt")),
                small_number(view.answer("rw")),
            );
            for member in view.present(MEMBERS) {
                let field = |key: &str| view.field(MEMBERS, member, key);
                let text = field("nik");
                let nik = match text.parse::<Nik>() {
                    _ if text.is_empty() => NikState::Missing,
                    Ok(nik) if nik.is_temporary() => NikState::Missing,
                    Ok(_) => NikState::Sound,
                    Err(_) => NikState::Malformed,
                };
                persons.push(Person {
                    household: stored.id,
                    member,
                    village,
                    nik,
                    restricted: stored.restricted || restricted.contains(&member),
                    known: Known {
                        nik: match nik {
                            NikState::Missing => 0,
                            _ => sixteen(text),
                        },
                        name: field("name").to_owned(),
                        birth_date: day(field("birth_date")),
                        sex: field("sex").parse().unwrap_or(0),
                        mother: field("mother_maiden_name").to_owned(),
                        no_kk,
                        village: stored.village.parse().ok(),
                        rt,
                        rw,
                        address: view.answer("address").to_owned(),
                    },
                });
            }
            Ok(())
        })?;
        let sorted = |of: &dyn Fn(&Person) -> u64| {
            let mut all: Vec<(u64, u32)> = (0_u32..)
                .zip(&persons)
                .map(|(at, person)| (of(person), at))
                .filter(|(number, _)| *number != 0)
                .collect();
            all.sort_unstable();
            all
        };
        let by_nik = sorted(&|p| p.known.nik);
        let by_card = sorted(&|p| p.known.no_kk);
        let mut codes = vec![String::new(); villages.len()];
        for (code, at) in villages {
            if let Some(place) = codes.get_mut(at as usize) {
                *place = code;
            }
        }
        Ok(Self {
            persons,
            villages: codes,
            by_nik,
            by_card,
        })
    }

    /// Places of the persons with a NIK.
    pub(super) fn with_nik(&self, nik: u64) -> impl Iterator<Item = usize> + '_ {
        places(&self.by_nik, nik)
    }

    /// Places of the persons whose NIK begins with the same twelve digits.
    pub(super) fn with_digits(&self, nik: u64) -> impl Iterator<Item = usize> + '_ {
        let start = nik / 10_000;
        let from = match nik {
            0 => self.by_nik.len(),
            _ => self.by_nik.partition_point(|(n, _)| *n < start * 10_000),
        };
        self.by_nik[from..]
            .iter()
            .take_while(move |(n, _)| n / 10_000 == start)
            .map(|(_, at)| *at as usize)
    }

    /// Places of the persons of a family card.
    pub(super) fn with_card(&self, no_kk: u64) -> impl Iterator<Item = usize> + '_ {
        places(&self.by_card, no_kk)
    }
}
