//! The verifier's desk over one village of 1,400 visited families: each step beside a bare read of the same rows from the
//! same encrypted database, and the slowest of them all beside what a person notices as a pause.

use crate::{Line, data, median, ms, search::row, time};
use lawang_app::{Device, Environment, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_records::RowInstance;
use lawang_sample::Size;
use lawang_store::{LogState, NewRow, Store};
use lawang_tests::{
    revisit,
    world::{FakeEnvironment, form},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Families of a large village.
const FAMILIES: usize = 1_400;
const VILLAGE: &str = "18.09.01.2001";
/// What a person at a screen does not notice yet.
const PAUSE: Duration = Duration::from_millis(100);
const NAMES: &[&str] = &["siti", "muhammad", "rahma", "santoso"];
const ROUNDS: usize = 20;

/// A clock that goes on, from the day of the sample.
struct Clock {
    begun: Instant,
    chance: Arc<FakeEnvironment>,
}

impl Environment for Clock {
    fn now_ms(&self) -> i64 {
        let gone = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.chance.now_ms() + gone
    }

    fn utc_offset_minutes(&self) -> i32 {
        self.chance.utc_offset_minutes()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.chance.random(bytes);
    }
}

/// The rows of so many families of the sample, all in one village and all visited: records that began anew hold their
/// visits in their rows.
fn rows() -> Vec<lawang_records::Row> {
    let bytes = data::prelist(Size::Kecamatan);
    let checked = data::read(&bytes);
    let taken = checked.households().take(FAMILIES);
    let visit = |n: usize| {
        let at = |minute: usize| {
            let (day, hour) = (1 + n / 12 / 8 % 20, 1 + n / 12 % 8);
            format!(
                "2026-11-{day:02}T{hour:02}:{:02}:00Z",
                (n % 12 * 5 + minute) % 60
            )
        };
        let said = [
            ("person", format!("Enumerator {}", n % 5)),
            ("form", "household_visit".to_owned()),
            ("form_version", form().version().to_owned()),
            ("started", at(0)),
            ("submitted", at(4)),
        ];
        RowInstance {
            id: InstanceId(uuid::Uuid::from_u128(n as u128 + 1)),
            of: "visits".into(),
            fields: said.map(|(key, value)| (key.to_owned(), value)).into(),
        }
    };
    taken
        .enumerate()
        .map(|(n, household)| {
            let mut row = row(&household);
            row.village = VILLAGE.to_owned();
            row.instances.push(visit(n));
            row.instances.sort_by_key(|instance| instance.id);
            row
        })
        .collect()
}

/// What a visit found that the register did not know.
fn answers(device: &mut Device, household: HouseholdId, turn: usize) {
    let of = |values: &[&str]| values[turn % values.len()].to_owned();
    let mut changes: Vec<(FieldPath, String)> = revisit::FIELDS
        .iter()
        .map(|(key, values)| (FieldPath::household(*key), of(values)))
        .collect();
    let members: Vec<InstanceId> = device
        .state(household)
        .expect("state")
        .of("members")
        .to_vec();
    for member in members.iter().take(2) {
        for (key, values) in revisit::MEMBER {
            changes.push((FieldPath::of("members", *member, *key), of(values)));
        }
    }
    device.give(household, None, &changes).expect("saved");
}

/// Steps with how long each took.
#[derive(Default)]
struct Steps {
    ours: Vec<Duration>,
    bare: Vec<Duration>,
}

impl Steps {
    fn add(&mut self, ours: Duration, bare: Duration) {
        self.ours.push(ours);
        self.bare.push(bare);
    }

    fn line(self, what: &str, slowest: &mut Duration) -> Line {
        *slowest = self.ours.iter().copied().fold(*slowest, Duration::max);
        let sum = |all: &[Duration]| all.iter().sum::<Duration>().as_secs_f64();
        let line = Line {
            what: what.to_owned(),
            ratio: sum(&self.ours) / sum(&self.bare),
            ours: ms(median(self.ours)),
            baseline: ms(median(self.bare)),
            limit: None,
        };
        line.print();
        line
    }
}

/// What stands in the rows of the queue, read without order, reasons and counts.
fn bare_rows(device: &Device, condition: &str) -> usize {
    let sql = format!(
        "SELECT h.household, h.village, h.head, h.address, h.sls, h.rt, h.rw, h.state, d.visit, d.enumerator, d.submitted, d.need
         FROM household h JOIN desk d ON d.household = h.household {condition}"
    );
    let mut select = device.store().raw().prepare_cached(&sql).expect("prepared");
    let mut rows = select.query([]).expect("query");
    let mut bytes = 0;
    while let Some(row) = rows.next().expect("a row") {
        bytes += row.get::<_, Vec<u8>>(0).expect("an id").len();
        for column in [1, 2, 3, 4, 5, 6, 7, 9, 10] {
            bytes += row.get::<_, String>(column).expect("a text").len();
        }
    }
    bytes
}

/// The log of a household, read and not understood.
fn bare_log(device: &Device, household: HouseholdId) -> usize {
    let raw = device.store().raw();
    let mut bytes = 0;
    for sql in [
        "SELECT body FROM row_log WHERE household = ?1",
        "SELECT body FROM change_log WHERE household = ?1 ORDER BY id",
        "SELECT doc FROM snapshot WHERE household = ?1",
    ] {
        let mut select = raw.prepare_cached(sql).expect("prepared");
        let mut rows = select
            .query([household.as_bytes().as_slice()])
            .expect("query");
        while let Some(row) = rows.next().expect("a row") {
            bytes += row.get::<_, Vec<u8>>(0).expect("bytes").len();
        }
    }
    bytes
}

fn queue(device: &mut Device, change: impl FnOnce(&mut views::DeskQuery)) -> views::Desk {
    let mut query = views::DeskQuery::default();
    change(&mut query);
    device.desk(&query).expect("the queue")
}

pub fn run() -> Vec<Line> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut identity = data::nobody();
    identity.role = "village_verifier".into();
    let mut store = Store::open(dir.path(), &[7; 32], "x").expect("open").store;
    store
        .transact(|tx| {
            Store::set_scope(tx, &[lawang_tests::world::scope(VILLAGE)])?;
            for row in rows() {
                Store::add_row(
                    tx,
                    &NewRow {
                        household: row.household,
                        village: row.village.clone(),
                        body: row.to_bytes(),
                        state: LogState::Sent,
                    },
                )?;
            }
            Ok(())
        })
        .expect("rows");
    let clock = Clock {
        begun: Instant::now(),
        chance: FakeEnvironment::new(1),
    };
    let mut device = Device::new(store, identity, form(), Arc::new(clock)).expect("a device");
    device.rebuild(|_, _| ()).expect("cards");
    let all = device.all_households().expect("list");
    let (visiting, ()) = time(|| {
        for (turn, household) in all.iter().enumerate() {
            answers(&mut device, *household, turn);
        }
    });
    let (first, opened) = time(|| queue(&mut device, |_| ()));
    let (checking, ()) = time(|| while queue(&mut device, |_| ()).unchecked > 0 {});
    let (searching, ()) = time(|| device.search_all().expect("searched"));
    eprintln!(
        "  ({} families answered in {:.0} s; {} wait; the queue for the first time {}; all checks looked at in {:.1} s and \
         all duplicates searched in {:.1} s, both in the background)",
        all.len(),
        visiting.as_secs_f64(),
        opened.total,
        ms(first),
        checking.as_secs_f64(),
        searching.as_secs_f64(),
    );

    let mut slowest = first;
    let mut lines = Vec::new();
    let mut steps = Steps::default();
    for _ in 0..ROUNDS {
        let (ours, _) = time(|| queue(&mut device, |_| ()));
        let (bare, _) = time(|| bare_rows(&device, ""));
        steps.add(ours, bare);
    }
    lines.push(steps.line(
        "desk, 1,400 families: the queue / its rows read",
        &mut slowest,
    ));

    let mut steps = Steps::default();
    let person = queue(&mut device, |_| ()).enumerators;
    for turn in 0..ROUNDS {
        let (ours, _) = time(|| {
            queue(&mut device, |query| {
                query.reasons = vec![match turn % 3 {
                    0 => views::DeskReason::Check,
                    1 => views::DeskReason::Duplicate,
                    _ => views::DeskReason::Eligibility,
                }];
                query.enumerator = person.first().cloned().unwrap_or_default();
            })
        });
        let (bare, _) = time(|| bare_rows(&device, "WHERE d.enumerator <> ''"));
        steps.add(ours, bare);
    }
    lines.push(steps.line(
        "desk: filtered by reason and person / the same",
        &mut slowest,
    ));

    let mut steps = Steps::default();
    for _ in 0..ROUNDS / 4 {
        for name in NAMES {
            for end in 3..=name.len() {
                let (ours, _) =
                    time(|| queue(&mut device, |query| query.search = name[..end].to_owned()));
                let found = format!(
                    "WHERE h.id IN (SELECT rowid FROM search WHERE search MATCH '\"{}\"')",
                    &name[..end]
                );
                let (bare, _) = time(|| bare_rows(&device, &found));
                steps.add(ours, bare);
            }
        }
    }
    lines.push(steps.line(
        "desk: a letter of a search / the bare query of the index",
        &mut slowest,
    ));

    let waiting = queue(&mut device, |_| ()).rows;
    let mut steps = Steps::default();
    let (mut shown, mut changed) = (0, 0);
    for row in waiting.iter().take(ROUNDS * 3) {
        let household: HouseholdId = row.household.parse().expect("an id");
        let (ours, found) = time(|| device.comparison(household, false).expect("shown"));
        let (bare, _) = time(|| bare_log(&device, household));
        shown += 1;
        changed += found.fields.iter().filter(|field| field.changed).count();
        steps.add(ours, bare);
    }
    eprintln!(
        "  ({} answers that changed in each of {shown} households)",
        changed / shown.max(1)
    );
    lines.push(steps.line(
        "desk: old against new / the household's log read",
        &mut slowest,
    ));

    let mut steps = Steps::default();
    for row in waiting.iter().take(ROUNDS) {
        let household: HouseholdId = row.household.parse().expect("an id");
        let (ours, _) = time(|| {
            let next = queue(&mut device, |_| ()).rows;
            let next: HouseholdId = next
                .iter()
                .map(|row| row.household.parse().expect("an id"))
                .find(|other| *other != household)
                .expect("another");
            device.comparison(next, false).expect("shown")
        });
        let (bare, _) = time(|| bare_rows(&device, "") + bare_log(&device, household));
        steps.add(ours, bare);
    }
    lines.push(steps.line("desk: on to the next household / both read", &mut slowest));

    let line = Line {
        what: "desk: the slowest of all these / what nobody notices as a pause".into(),
        ours: ms(slowest),
        baseline: ms(PAUSE),
        ratio: slowest.as_secs_f64() / PAUSE.as_secs_f64(),
        limit: Some(1.0),
    };
    line.print();
    lines.push(line);
    lines
}
