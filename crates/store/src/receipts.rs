//! What the server signed, kept for years.

use crate::{Store, StoreError};

/// A proof that the server gave at the end of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptReceipt {
    /// Milliseconds since 1970 by the server's clock.
    pub at: i64,
    /// As people read it aloud.
    pub code: String,
    /// An encoded [`lawang_sync::Proof`].
    pub proof: Vec<u8>,
}

impl Store {
    /// Keeps a proof.
    pub fn keep_receipt(&mut self, receipt: &KeptReceipt) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.execute(
                "INSERT INTO receipt (at, code, proof) VALUES (?1, ?2, ?3)",
                (receipt.at, &receipt.code, &receipt.proof),
            )?;
            Ok(())
        })
    }

    /// All proofs, oldest first.
    pub fn receipts(&self) -> Result<Vec<KeptReceipt>, StoreError> {
        let mut select = self
            .conn
            .prepare("SELECT at, code, proof FROM receipt ORDER BY id")?;
        let rows = select.query_map([], |r| {
            Ok(KeptReceipt {
                at: r.get(0)?,
                code: r.get(1)?,
                proof: r.get(2)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(Into::into)
    }
}
