//! What every engine must do, whatever it is.

use super::{Store, params};
use crate::error::{Result, ServerError};

fn put(store: &Store, key: &str, value: &[u8]) -> Result<u64> {
    store.write(|tx| tx.execute("INSERT INTO meta VALUES (?1, ?2)", params![key, value]))
}

fn value(store: &Store, key: &str) -> Option<Vec<u8>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    store
        .read(|tx| tx.optional(sql, params![key], |r| r.get(0)))
        .unwrap()
}

pub(super) fn holds(store: &Store) {
    what_is_refused_is_rolled_back(store);
    a_conflict_is_trouble_and_leaves_the_store_usable(store);
    rows_come_in_order_and_stop_at_an_error(store);
    numbers_grow(store);
    nothing_is_not_an_empty_value(store);
}

fn what_is_refused_is_rolled_back(store: &Store) {
    let refused: Result<()> = store.write(|tx| {
        tx.execute("INSERT INTO meta VALUES (?1, ?2)", params!["gone", [1_u8]])?;
        Err(ServerError::refused("no", "no"))
    });
    assert_eq!(refused.unwrap_err().code(), "no");
    assert_eq!(value(store, "gone"), None);
    assert_eq!(put(store, "kept", b"1").unwrap(), 1);
    assert_eq!(value(store, "kept"), Some(b"1".to_vec()));
}

fn a_conflict_is_trouble_and_leaves_the_store_usable(store: &Store) {
    assert_eq!(put(store, "kept", b"2").unwrap_err().code(), "database");
    assert_eq!(value(store, "kept"), Some(b"1".to_vec()));
    let sql = "INSERT INTO meta VALUES (?1, ?2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    let touched = store.write(|tx| tx.execute(sql, params!["kept", b"3".as_slice()]));
    assert_eq!(touched.unwrap(), 1);
    assert_eq!(value(store, "kept"), Some(b"3".to_vec()));
}

fn rows_come_in_order_and_stop_at_an_error(store: &Store) {
    for key in ["row b", "row a", "row c"] {
        put(store, key, b"").unwrap();
    }
    let sql = "SELECT key FROM meta WHERE key LIKE 'row %' ORDER BY key";
    let all = |store: &Store| -> Vec<String> {
        store
            .read(|tx| tx.query(sql, params![], |r| r.get(0)))
            .unwrap()
    };
    assert_eq!(all(store), ["row a", "row b", "row c"]);
    let mut seen = 0;
    let stopped = store.read(|tx| {
        tx.each(sql, params![], |_| {
            seen += 1;
            Err(ServerError::refused("stop", "stop"))
        })
    });
    assert_eq!((stopped.unwrap_err().code(), seen), ("stop", 1));
    let wrong = store.read(|tx| tx.one(sql, params![], |r| r.get::<i64>(0)));
    assert_eq!(wrong.unwrap_err().code(), "damaged_store");
    assert_eq!(all(store).len(), 3);
}

fn numbers_grow(store: &Store) {
    let note = || {
        store.write(|tx| {
            tx.one(
                "INSERT INTO reveal_log (at, what, account) VALUES (?1, ?2, ?3) RETURNING id",
                params![1_i64, "list", "admin"],
                |r| r.get::<i64>(0),
            )
        })
    };
    let (first, second) = (note().unwrap(), note().unwrap());
    assert!(first < second, "{first} {second}");
}

fn nothing_is_not_an_empty_value(store: &Store) {
    let insert = "INSERT INTO household (id, village, register_digest) VALUES (?1, ?2, ?3)";
    let nothing: Option<[u8; 32]> = None;
    let read = |id: [u8; 16]| -> Option<Vec<u8>> {
        let sql = "SELECT register_digest FROM household WHERE id = ?1";
        store
            .read(|tx| tx.one(sql, params![id], |r| r.get(0)))
            .unwrap()
    };
    store
        .write(|tx| {
            tx.make_room("18.09.01.2001")?;
            tx.execute(insert, params![[1_u8; 16], "18.09.01.2001", nothing])?;
            tx.execute(
                insert,
                params![[2_u8; 16], "18.09.01.2001", Vec::<u8>::new()],
            )
        })
        .unwrap();
    assert_eq!(read([1; 16]), None);
    assert_eq!(read([2; 16]), Some(Vec::new()));
}
