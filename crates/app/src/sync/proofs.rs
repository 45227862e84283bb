//! What the server signed is kept, so that years later anybody can check that it still holds what it acknowledged.

use crate::{device::Device, error::AppError};
use lawang_store::KeptReceipt;
use lawang_sync::{CheckReply, CheckRequest, Proof, encode};

impl Device {
    /// Keeps the receipt of an exchange in which anything was new. A short exchange says the same as the one before.
    pub(super) fn keep_proof(
        &mut self,
        request: &CheckRequest,
        reply: &CheckReply,
    ) -> Result<(), AppError> {
        if reply.checkpoint.is_none() {
            return Ok(());
        }
        let proof = Proof {
            receipt: reply.receipt.clone(),
            checkpoint: reply.checkpoint.clone(),
            check: request.clone(),
        };
        let encoded = encode(&proof);
        let proved = proof
            .verify(&self.identity.server_key)
            .map_err(|e| AppError::new("not_lawang_server", e.to_string()))?;
        self.store.keep_receipt(&KeptReceipt {
            at: i64::try_from(proved.receipt.time).unwrap_or(0),
            code: proved.receipt.code(),
            proof: encoded,
        })?;
        Ok(())
    }
}
