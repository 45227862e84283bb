//! One answer, durable, against one bare insert into SQLCipher in its own transaction.

use crate::{Line, data, median, ms, time};
use lawang_app::Whole;
use lawang_domain::FieldPath;
use lawang_sample::Size;
use lawang_store::{LogState, NewRow, Store};

const RUNS: usize = 400;

pub fn run() -> Vec<Line> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut device = data::device(dir.path(), data::nobody());
    let bytes = data::prelist(Size::Village);
    let checked = data::read(&bytes);
    let village = checked
        .households()
        .next()
        .expect("a household")
        .village
        .to_string();
    // The list as it is after the first download.
    let mut store = Store::open(dir.path(), &[7; 32], "x").expect("open").store;
    let households: Vec<_> = checked
        .households()
        .map(|h| crate::search::row(&h))
        .collect();
    store
        .transact(|tx| {
            for row in &households {
                Store::add_row(
                    tx,
                    &NewRow {
                        household: row.household,
                        village: village.clone(),
                        body: row.to_bytes(),
                        state: LogState::Sent,
                    },
                )?;
            }
            Store::set_scope(tx, &[lawang_tests::world::scope(&village)])
        })
        .expect("rows");
    drop(store);
    device.rebuild(|_, _| ()).expect("cards");
    let household = households[0].household;
    let path = FieldPath::household("floor_material");
    device
        .answer(household, &path, "1", Whole::Everything)
        .expect("warm");

    let plain = rusqlite::Connection::open(dir.path().join("plain.db")).expect("open");
    plain
        .pragma_update(None, "key", format!("x'{}'", "07".repeat(32)))
        .expect("key");
    plain
        .pragma_update(None, "journal_mode", "WAL")
        .expect("WAL");
    plain
        .pragma_update(None, "synchronous", "FULL")
        .expect("FULL");
    plain
        .execute_batch("CREATE TABLE answer (id INTEGER PRIMARY KEY, path TEXT, value TEXT)")
        .expect("table");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for n in 0..RUNS {
        let value = if n % 2 == 0 { "2" } else { "8" };
        ours.push(
            time(|| {
                device
                    .answer(household, &path, value, Whole::Everything)
                    .expect("saved")
            })
            .0,
        );
        bare.push(
            time(|| {
                plain
                    .prepare_cached("INSERT INTO answer (path, value) VALUES (?1, ?2)")
                    .expect("prepared")
                    .execute(("floor_material", value))
                    .expect("inserted")
            })
            .0,
        );
    }
    let (ours, bare) = (median(ours), median(bare));
    let line = Line {
        what: "durable save of one answer / bare SQLCipher insert".into(),
        ours: ms(ours),
        baseline: ms(bare),
        ratio: ours.as_secs_f64() / bare.as_secs_f64(),
        limit: Some(2.0),
    };
    line.print();
    vec![line]
}
