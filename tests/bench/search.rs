//! Search as you type in 100,000 households, against the bare query of the full-text index.

use crate::{Line, data, median, ms, time};
use lawang_app::views::WorklistQuery;
use lawang_domain::HouseholdId;
use lawang_prelist::PrelistHousehold;
use lawang_records::{Row, RowInstance};
use lawang_sample::Size;
use lawang_store::{LogState, NewRow, Store};

const HOUSEHOLDS: usize = 100_000;
/// Typed letter by letter from the third on.
const WORDS: &[&str] = &["siti aminah", "muhammad", "sukarame", "rahmawati", "zzqx"];

/// A prelist's household as a register row.
pub fn row(household: &PrelistHousehold) -> Row {
    let mut instances: Vec<RowInstance> = household
        .members
        .iter()
        .map(|(id, fields)| RowInstance {
            id: *id,
            of: "members".into(),
            fields: fields.clone(),
        })
        .collect();
    instances.sort_by_key(|i| i.id);
    Row {
        household: household.household,
        village: household.village.to_string(),
        answers: household.answers.clone(),
        instances,
    }
}

pub fn run() -> Vec<Line> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut device = data::device(dir.path(), data::nobody());
    let bytes = data::prelist(Size::District);
    let checked = data::read(&bytes);
    let mut store = Store::open(dir.path(), &[7; 32], "x").expect("open").store;
    let all: Vec<Row> = checked.households().map(|h| row(&h)).collect();
    let more = (0..HOUSEHOLDS.saturating_sub(all.len())).map(|n| {
        let mut row = all[n].clone();
        row.household = HouseholdId(uuid::Uuid::from_u128(n as u128 + 1));
        row
    });
    let rows: Vec<Row> = all.iter().cloned().chain(more).collect();
    for chunk in rows.chunks(2_000) {
        store
            .transact(|tx| {
                for row in chunk {
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
    }
    drop((store, rows, all));
    let (building, count) = time(|| device.rebuild(|_, _| ()).expect("cards"));
    eprintln!(
        "  ({count} households; tables and index built in {:.0} s)",
        building.as_secs_f64()
    );

    // The list is on the screen before anybody types.
    device
        .worklist(&WorklistQuery {
            limit: 40,
            ..WorklistQuery::default()
        })
        .expect("the list");
    let (mut ours, mut bare, mut worst) = (Vec::new(), Vec::new(), std::time::Duration::ZERO);
    for _ in 0..5 {
        for word in WORDS {
            for end in 3..=word.len() {
                let text = &word[..end];
                let query = WorklistQuery {
                    search: text.into(),
                    limit: 40,
                    ..WorklistQuery::default()
                };
                let (took, _) = time(|| device.worklist(&query).expect("found"));
                worst = worst.max(took);
                ours.push(took);
                let expression = text
                    .split_whitespace()
                    .filter(|w| w.len() >= 3)
                    .map(|w| format!("\"{w}\""))
                    .collect::<Vec<_>>()
                    .join(" AND ");
                let (took, _) = time(|| {
                    let mut select = device
                        .store()
                        .raw()
                        .prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 LIMIT 1000")
                        .expect("prepared");
                    select
                        .query_map([&expression], |r| r.get::<_, i64>(0))
                        .expect("query")
                        .filter_map(Result::ok)
                        .count()
                });
                bare.push(took);
            }
        }
    }
    let sum = |all: &[std::time::Duration]| all.iter().sum::<std::time::Duration>();
    let ratio = sum(&ours).as_secs_f64() / sum(&bare).as_secs_f64();
    eprintln!("  (slowest keystroke {})", ms(worst));
    let line = Line {
        what: "search as you type in 100,000 households / bare FTS query".into(),
        ours: ms(median(ours)),
        baseline: ms(median(bare)),
        ratio,
        limit: Some(2.0),
    };
    line.print();
    vec![line]
}
