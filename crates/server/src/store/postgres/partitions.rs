//! One partition a kecamatan for all that grows with the households.

use super::session::Session;
use crate::error::{Result, ServerError};

/// Tables in partitions, each by a column `village`.
pub(in crate::store) const PARTITIONED: &[&str] =
    &["row_log", "change_log", "household", "page", "entity_op"];

/// `18.09.01` of `18.09.01.2001`.
pub(super) fn kecamatan(village: &str) -> Result<String> {
    let parts: Vec<&str> = village.split('.').collect();
    let numbers = parts
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    match parts.as_slice() {
        [province, regency, district, _] if numbers && village.len() <= 20 => {
            Ok(format!("{province}.{regency}.{district}"))
        }
        _ => Err(ServerError::refused(
            "unknown_village",
            "this is not the code of a village",
        )),
    }
}

/// The name of a table's partition.
pub(in crate::store) fn name(table: &str, kecamatan: &str) -> String {
    format!("{table}_{}", kecamatan.replace('.', "_"))
}

/// Makes the partitions of a kecamatan, where they are not there. Made aside and then attached, so that nobody who
/// reads the table has to wait.
pub(super) fn make(session: &mut Session, kecamatan: &str) -> Result<()> {
    let mut sql = String::new();
    for table in PARTITIONED {
        let partition = name(table, kecamatan);
        if session.exists(&partition)? {
            continue;
        }
        sql.push_str(&format!(
            "CREATE TABLE {partition} (LIKE {table} INCLUDING ALL);
             ALTER TABLE {table} ATTACH PARTITION {partition}
                 FOR VALUES FROM ('{kecamatan}.') TO ('{kecamatan}/');"
        ));
    }
    if sql.is_empty() {
        return Ok(());
    }
    session.batch(&sql)?;
    tracing::info!(kecamatan, "its partitions were made");
    Ok(())
}

/// Tables that an erasure in these villages wrote to, as they lie on the disk; without villages all of them.
pub(super) fn written(session: &mut Session, villages: &[&str]) -> Result<Vec<String>> {
    let all = session.names(
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname",
    )?;
    let mut ends = Vec::new();
    for village in villages {
        ends.push(name("", &kecamatan(village)?));
    }
    let of_another = |table: &String| {
        let partition = PARTITIONED.iter().any(|whole| {
            table
                .strip_prefix(whole)
                .is_some_and(|end| end.starts_with('_') && end.len() > 1)
        });
        partition && !ends.is_empty() && !ends.iter().any(|end| table.ends_with(end.as_str()))
    };
    let untouched = [
        "form",
        "evidence",
        "checkpoint",
        "batch",
        "store_version",
        "part",
    ];
    Ok(all
        .into_iter()
        .filter(|table| !of_another(table) && !untouched.contains(&table.as_str()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kecamatan_is_the_start_of_a_villages_code_and_nothing_else_passes() {
        assert_eq!(kecamatan("18.09.01.2001").unwrap(), "18.09.01");
        for bad in [
            "",
            "18.09.01",
            "18.09.01.",
            "18.09.01.2001.1",
            "18.09.0'.2001",
            "a.b.c.d",
        ] {
            assert_eq!(
                kecamatan(bad).unwrap_err().code(),
                "unknown_village",
                "{bad}"
            );
        }
        assert_eq!(name("page", "18.09.01"), "page_18_09_01");
    }
}
