//! Who stands in the register twice: found on the device, shown, decided about, and heard of everywhere.

mod aid;
mod decided;
mod elsewhere;
mod found;
mod one_nik;
mod refused;

use lawang_app::{Device, Searched, Whole, views::*};
use lawang_domain::{FieldPath, HouseholdId, InstanceId, Role};
use lawang_tests::{
    network::Faults,
    people::{Someone, family, person, prelist_of},
    prelist::VILLAGE,
    world::{NOW, Tablet, World, enrol_as},
};

const RUDI: Someone<'_> = Someone {
    family: 0,
    name: "RUDI HARTONO",
    nik: "1809010703819001",
    birth_date: "1981-03-07",
    sex: "1",
    mother: "SUPARMI",
    relation: "1",
    presence: "1",
    no_kk: "",
    aid: &[],
};

/// The village: RUDI stands in families 0, 1 and 2 under three spellings; the others are whoever they are.
fn people() -> Vec<Someone<'static>> {
    let other = |family, name, nik, birth_date, sex, mother, relation| Someone {
        family,
        name,
        nik,
        birth_date,
        sex,
        mother,
        relation,
        ..Someone::default()
    };
    vec![
        RUDI,
        other(
            0,
            "SITI NURJANAH",
            "1809015204839001",
            "1983-04-12",
            "2",
            "WAGIYEM",
            "2",
        ),
        Someone {
            family: 1,
            name: "RUDY HARTONO",
            ..RUDI
        },
        other(
            1,
            "MARSINAH",
            "1809014106559001",
            "1955-06-01",
            "2",
            "TUKIYEM",
            "6",
        ),
        Someone {
            family: 2,
            name: "RUDI HERTONO",
            nik: "",
            relation: "3",
            ..RUDI
        },
        other(
            2,
            "BAMBANG WIJAYA",
            "1809011510779001",
            "1977-10-15",
            "1",
            "NGATINI",
            "1",
        ),
        other(
            3,
            "DEWI LESTARI",
            "1809016211909001",
            "1990-11-22",
            "2",
            "SUMARNI",
            "1",
        ),
        other(
            3,
            "JOKO SUSILO",
            "1809010101889001",
            "1988-01-01",
            "1",
            "PONIRAH",
            "2",
        ),
        other(
            4,
            "AGUS SETIAWAN",
            "1809012809929001",
            "1992-09-28",
            "1",
            "ROMLAH",
            "1",
        ),
        other(
            4,
            "RINA MARLINA",
            "1809014512949001",
            "1994-12-05",
            "2",
            "KARTINI",
            "2",
        ),
    ]
}

/// Strangers, so that names have frequencies.
fn strangers(families: usize) -> Vec<(String, String, String)> {
    let given = [
        "Slamet", "Wahyu", "Ratna", "Yanti", "Hendra", "Tono", "Lilis", "Eko", "Puji", "Sari",
    ];
    let last = [
        "Wibowo",
        "Kusuma",
        "Rahayu",
        "Pratama",
        "Utami",
        "Saputra",
        "Anggraini",
        "Nugroho",
    ];
    (0..families)
        .map(|n| {
            let name = format!("{} {}", given[n % given.len()], last[(n / 3) % last.len()]);
            let date = format!(
                "{}-{:02}-{:02}",
                1950 + n % 55,
                1 + n % 12,
                1 + (n * 7) % 28
            );
            let nik = format!(
                "180902{:02}{:02}{:02}9{:03}",
                1 + (n * 7) % 28,
                1 + n % 12,
                (1950 + n % 55) % 100,
                n % 1000
            );
            (name, nik, date)
        })
        .collect()
}

/// A verifier (0) and an enumerator (1) of a village with these people and some strangers.
fn village_of(people: &[Someone<'_>]) -> World {
    let mut world = World::new(5, 1, 0);
    let more = strangers(120);
    let mut all = people.to_vec();
    all.extend(
        more.iter()
            .enumerate()
            .map(|(n, (name, nik, date))| Someone {
                family: 1000 + n,
                name,
                nik,
                birth_date: date,
                sex: "1",
                relation: "1",
                ..Someone::default()
            }),
    );
    let list = prelist_of(VILLAGE, &all);
    world
        .server
        .import_prelist(&list, NOW, &mut |_, _| ())
        .expect("imported");
    for (seed, name, role) in [
        (41, "Ibu Sri", Role::VillageVerifier),
        (42, "Pak Dedi", Role::Enumerator),
    ] {
        let tablet = enrol_as(&world.server, seed, &[VILLAGE], name, role);
        world.tablets.push(tablet);
    }
    for tablet in 0..2 {
        quiet(&mut world, tablet);
    }
    world
}

fn village() -> World {
    village_of(&people())
}

fn quiet(world: &mut World, tablet: usize) -> lawang_sync::Report {
    let report = world.exchange(tablet, Faults::default()).expect("exchange");
    assert!(report.agreed, "device {tablet} and the server differ");
    report
}

fn on<T>(tablet: &Tablet, work: impl FnOnce(&mut Device) -> T) -> T {
    work(&mut tablet.device.lock().expect("a device"))
}

fn list(tablet: &Tablet, all: bool) -> Vec<PairRow> {
    on(tablet, |device| {
        device.search_all().expect("searched");
        let query = DuplicatesQuery {
            all,
            limit: 200,
            ..DuplicatesQuery::default()
        };
        device.duplicates(&query).expect("listed").rows
    })
}

fn place(family: HouseholdId, member: InstanceId) -> (String, String) {
    (family.to_string(), member.to_string())
}

/// The pair of two people of the list.
fn find(rows: &[PairRow], a: usize, b: usize) -> Option<PairRow> {
    let (a, b) = (person(a).to_string(), person(b).to_string());
    rows.iter()
        .find(|row| {
            (row.left.member == a && row.right.member == b)
                || (row.left.member == b && row.right.member == a)
        })
        .cloned()
}

/// Which side of a pair a person is on: 1 or 2.
fn side(row: &PairRow, place: usize) -> u8 {
    if row.left.member == person(place).to_string() {
        1
    } else {
        2
    }
}

fn decide(
    tablet: &Tablet,
    pair: &str,
    verdict: PairVerdict,
    keep: u8,
    take: &[&str],
) -> Result<PairView, lawang_app::AppError> {
    tablet.environment.advance(1_000);
    on(tablet, |device| {
        let seen = device.pair(pair)?.seen;
        device.decide_pair(&DecidePairRequest {
            pair: pair.to_owned(),
            seen,
            verdict,
            keep,
            take: take.iter().map(|t| (*t).to_owned()).collect(),
            reason: "dilihat di rumahnya".to_owned(),
        })?;
        device.search_all()?;
        device.pair(pair)
    })
}

fn text(tablet: &Tablet, household: HouseholdId, member: InstanceId, key: &str) -> String {
    on(tablet, |device| {
        let state = device.state(household).expect("state");
        state
            .text(&FieldPath::of("members", member, key))
            .to_owned()
    })
}

fn give(tablet: &Tablet, household: HouseholdId, member: InstanceId, key: &str, value: &str) {
    on(tablet, |device| {
        let path = FieldPath::of("members", member, key);
        device
            .give(household, None, &[(path, value.to_owned())])
            .expect("saved");
    });
}
