//! Operations on lists of entities: a projection of the records that hold them.

use crate::{Store, StoreError};
use lawang_domain::HouseholdId;
use lawang_records::EntityOp;
use rusqlite::Transaction;

impl Store {
    /// Forgets a record's operations, before they are put anew: a visit that was refused makes none.
    pub fn forget_entity_ops(
        tx: &Transaction<'_>,
        household: HouseholdId,
    ) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM entity_op WHERE household = ?1")?
            .execute([household.as_bytes().as_slice()])?;
        Ok(())
    }

    /// Puts a record's operations; one that is there already is replaced. None ever leaves a record, unless it was
    /// refused.
    pub fn put_entity_ops(tx: &Transaction<'_>, ops: &[EntityOp]) -> Result<(), StoreError> {
        for op in ops {
            let body = serde_json::to_string(op).map_err(|e| StoreError::Damaged(e.to_string()))?;
            tx.prepare_cached(
                "INSERT INTO entity_op (household, id, village, list, entity, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (household, id) DO UPDATE SET village = ?3, list = ?4, entity = ?5, body = ?6",
            )?
            .execute((
                op.household.as_bytes().as_slice(),
                op.id.0.as_bytes().as_slice(),
                &op.village,
                &op.list,
                &op.entity,
                body,
            ))?;
        }
        Ok(())
    }

    /// Operations on one list or all, in one village or all, on one entity or all.
    pub fn entity_ops(
        &self,
        list: Option<&str>,
        village: Option<&str>,
        entity: Option<&str>,
    ) -> Result<Vec<EntityOp>, StoreError> {
        // Only what is asked for is said, so that the index is used.
        let asked = [("list", list), ("village", village), ("entity", entity)];
        let asked: Vec<(&str, &str)> = asked
            .into_iter()
            .filter_map(|(column, value)| Some((column, value?)))
            .collect();
        let mut sql = "SELECT body FROM entity_op".to_owned();
        for (at, (column, _)) in asked.iter().enumerate() {
            let word = if at == 0 { "WHERE" } else { "AND" };
            sql += &format!(" {word} {column} = ?");
        }
        let mut select = self
            .conn
            .prepare_cached(&format!("{sql} ORDER BY household, id"))?;
        let values = asked.iter().map(|(_, value)| *value);
        let mut rows = select.query(rusqlite::params_from_iter(values))?;
        let mut ops = Vec::new();
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            ops.push(serde_json::from_str(&body).map_err(|e| StoreError::Damaged(e.to_string()))?);
        }
        Ok(ops)
    }
}
