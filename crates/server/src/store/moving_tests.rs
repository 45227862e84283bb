use super::*;
use crate::{
    cluster::{fresh_database, run},
    common::{self, HERE, NOW},
    server::{Options, Server},
};
use std::path::Path;

fn district(dir: &Path) -> Server {
    let server = Server::open(dir, &Options::default()).unwrap();
    common::village(&server);
    server.chain_all(NOW).unwrap();
    server
}

fn listed(server: &Server) -> Result<Vec<crate::admin::HouseholdLine>> {
    let mut all = Vec::new();
    server.households(None, false, &mut |line| {
        all.push(line);
        Ok(())
    })?;
    Ok(all)
}

fn store(dir: &Path) -> Store {
    Store::open(dir, None, &|| Ok([7; 32])).unwrap()
}

fn newly(url: &str, dir: &Path) -> Result<Server> {
    Server::open_database(url, Some(dir), &Options::default())
}

#[test]
fn a_district_moves_with_all_that_it_holds_and_its_old_store_is_closed_for_those_who_have_it_open()
{
    let dir = tempfile::tempdir().unwrap();
    let old = district(dir.path());
    let tablet = common::Tablet::enrol(&old, 3, &[HERE]);
    let before = listed(&old).unwrap();
    let head = old.verify_log().unwrap().unwrap().head;
    let url = fresh_database();
    assert_eq!(
        newly(&url, dir.path()).map(|_| ()).unwrap_err().code(),
        "two_stores"
    );
    let url = fresh_database();
    let mut heard = 0;
    let report = store(dir.path())
        .move_to(&url, &mut |_| heard += 1)
        .unwrap();
    assert_eq!(heard, report.tables.len());
    let lines = |name: &str| {
        report
            .tables
            .iter()
            .find(|t| t.table == name)
            .unwrap()
            .lines
    };
    assert_eq!(
        (lines("row_log"), lines("device"), lines("household")),
        (3, 1, 3)
    );

    assert_eq!(listed(&old).unwrap_err().code(), "store_moved");
    let code = old.make_code(
        "A",
        lawang_domain::Role::Enumerator,
        &common::codes(&[HERE]),
        1,
        NOW,
    );
    assert_eq!(code.map(|_| ()).unwrap_err().code(), "store_moved");
    assert_eq!(
        Server::open(dir.path(), &Options::default())
            .map(|_| ())
            .unwrap_err()
            .code(),
        "store_moved"
    );

    let new = newly(&url, dir.path()).unwrap();
    assert_eq!((new.id(), new.public_key()), (old.id(), old.public_key()));
    assert_eq!(new.verify_log().unwrap().unwrap().head, head);
    assert_eq!(
        serde_json::to_string(&listed(&new).unwrap()).unwrap(),
        serde_json::to_string(&before).unwrap()
    );
    // Numbers go on where they were, and the same device is known.
    let csv = common::prelist(&[("R9", HERE, "P9", &[("name", "Dewi")])]);
    assert_eq!(common::import(&new, &csv).imported, 1);
    assert_eq!(new.newest_row().unwrap(), 4);
    assert_eq!(tablet.hello(&new, 0).villages.len(), 1);
    let again = store(dir.path()).move_to(&url, &mut |_| {});
    assert_eq!(again.unwrap_err().code(), "store_moved");
}

#[test]
fn a_copy_that_broke_off_is_no_district_and_the_same_command_finishes_it() {
    let dir = tempfile::tempdir().unwrap();
    let old = district(dir.path());
    let url = fresh_database();
    // As after a crash between the two commits: a copy is there, and the old store does not say that it moved.
    store(dir.path()).move_to(&url, &mut |_| {}).unwrap();
    let id = hex::encode(old.id().as_bytes());
    run(
        &url,
        &format!("INSERT INTO meta VALUES ('arriving', '\\x{id}'); DELETE FROM row_log"),
    );
    let Store {
        engine: crate::store::Engine::Sqlite(engine),
        ..
    } = store(dir.path())
    else {
        panic!("the embedded engine");
    };
    let unmark = "DELETE FROM meta WHERE key = 'moved_to'";
    engine
        .write_even_if_moved(|tx| tx.execute(unmark, params![]))
        .unwrap();
    assert_eq!(
        Server::open_database(&url, None, &Options::default())
            .map(|_| ())
            .unwrap_err()
            .code(),
        "unfinished_copy"
    );
    assert_eq!(listed(&old).unwrap().len(), 3);
    let report = store(dir.path()).move_to(&url, &mut |_| {}).unwrap();
    assert!(
        report
            .tables
            .iter()
            .any(|t| t.table == "row_log" && t.lines == 3)
    );
    assert_eq!(listed(&newly(&url, dir.path()).unwrap()).unwrap().len(), 3);
    // As after a crash behind the second commit: all is there, and only the mark is left.
    run(
        &url,
        &format!("INSERT INTO meta VALUES ('arriving', '\\x{id}')"),
    );
    store(dir.path()).move_to(&url, &mut |_| {}).unwrap();
    assert_eq!(listed(&newly(&url, dir.path()).unwrap()).unwrap().len(), 3);
}

#[test]
fn a_database_that_holds_another_district_is_not_touched_and_what_differs_is_not_moved() {
    let dir = tempfile::tempdir().unwrap();
    let old = district(dir.path());
    let url = fresh_database();
    let other = Server::open_database(&url, None, &Options::default()).unwrap();
    let code = store(dir.path())
        .move_to(&url, &mut |_| {})
        .unwrap_err()
        .code();
    assert_eq!(code, "target_not_empty");
    assert_eq!(listed(&other).unwrap().len(), 0);
    // A trigger stands for whatever might bend a value on its way.
    let url = fresh_database();
    drop(Store::open_database(&url).unwrap());
    run(
        &url,
        "CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN NEW.person = NEW.person || ' '; RETURN NEW; END $$;
         CREATE TRIGGER bend BEFORE INSERT ON enrolment_code FOR EACH ROW EXECUTE FUNCTION bend()",
    );
    old.make_code(
        "A",
        lawang_domain::Role::Enumerator,
        &common::codes(&[HERE]),
        1,
        NOW,
    )
    .unwrap();
    let code = store(dir.path())
        .move_to(&url, &mut |_| {})
        .unwrap_err()
        .code();
    assert_eq!(code, "copy_differs");
    assert_eq!(listed(&old).unwrap().len(), 3);
}
