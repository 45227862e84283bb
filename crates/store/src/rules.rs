//! The rules that the district published, as they came.

use crate::{Store, StoreError};
use rusqlite::Transaction;

/// A publication of the district's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRules {
    /// The district's number of it.
    pub version: u64,
    /// SHA-256 of its package.
    pub hash: [u8; 32],
    pub json: String,
}

impl Store {
    /// What is here, the newest first: one, or a second one before it that an older program could still read.
    pub fn rules(&self) -> Result<Vec<HeldRules>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT version, hash, json FROM rule_book ORDER BY rowid DESC")?;
        let rows = select.query_map([], |r| {
            Ok(HeldRules {
                version: r.get::<_, i64>(0)?.unsigned_abs(),
                hash: r.get::<_, Vec<u8>>(1)?.try_into().unwrap_or_default(),
                json: r.get(2)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }

    /// Keeps a publication; those before go when this program can `read` it. Pieces of it are not needed any more.
    pub fn put_rules(
        tx: &Transaction<'_>,
        rules: &HeldRules,
        read: bool,
    ) -> Result<(), StoreError> {
        if read {
            Self::drop_rules(tx)?;
        }
        tx.execute(
            "INSERT INTO rule_book (version, hash, json) VALUES (?1, ?2, ?3)",
            (
                i64::try_from(rules.version).unwrap_or(i64::MAX),
                rules.hash.as_slice(),
                &rules.json,
            ),
        )?;
        Self::drop_form_parts(tx, &rules.hash)
    }

    /// Lets go of all of them.
    pub fn drop_rules(tx: &Transaction<'_>) -> Result<(), StoreError> {
        tx.execute("DELETE FROM rule_book", [])?;
        Ok(())
    }

    /// Checks of visits are looked at again.
    pub fn forget_checks(tx: &Transaction<'_>) -> Result<(), StoreError> {
        tx.execute("UPDATE desk SET checks = NULL WHERE length(visit) = 16", [])?;
        Ok(())
    }
}
