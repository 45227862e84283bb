//! The rules of the district on this device: fetched, kept, and everything judged again when they change.

use crate::{
    cards, desk_card::desk_card, device::Device, error::AppError, forms::is_survey, views,
};
use lawang_rules::RuleBook;
use lawang_store::{HeldRules, Store};
use lawang_sync::{FormOffer, HelloReply, Package};
use std::sync::Arc;

/// Version and hash that the district offered last; what is fetched has to be that.
const OFFERED: &str = "rules_offered";
/// What stands in the tables was judged by other rules.
const STALE: &str = "rules_stale";
/// Households judged again in one transaction.
const CHUNK: usize = 200;
/// A file of rules that claims to be larger is not fetched.
const MAX_RULES: u64 = 4 * 1024 * 1024;

/// The rules that are here: the newest that this program can read, else those of the country.
pub(crate) fn held(store: &Store) -> Result<Arc<RuleBook>, AppError> {
    for row in store.rules()? {
        match RuleBook::read(&row.json) {
            Ok(book) => return Ok(Arc::new(book)),
            // Of a newer district: the ones before go on being used.
            Err(error) => tracing::error!(version = row.version, %error, "rules cannot be used"),
        }
    }
    Ok(Arc::new(RuleBook::national().clone()))
}

impl Device {
    /// At a greeting. `from_hub`: who answers is not the district, and may be behind.
    pub(crate) fn note_rules(
        &mut self,
        reply: &HelloReply,
        from_hub: bool,
    ) -> Result<(), AppError> {
        let newest = self.store.rules()?.into_iter().next();
        let Some(offer) = &reply.rules else {
            if from_hub || newest.is_none() {
                return Ok(());
            }
            // The district has none: it was restored to what was before.
            self.store.transact(|tx| {
                Store::drop_rules(tx)?;
                Store::put_meta(tx, OFFERED, &[])?;
                Store::put_meta(tx, STALE, &[1])
            })?;
            self.rules = held(&self.store)?;
            return self.judge_again();
        };
        if !offer.signed_by(&self.identity.server_key) {
            tracing::error!("rules that the district did not sign");
            return Ok(());
        }
        if from_hub && newest.is_some_and(|held| held.version >= offer.version) {
            return Ok(());
        }
        let mut said = offer.version.to_be_bytes().to_vec();
        said.extend_from_slice(&offer.hash[..]);
        if self.store.meta(OFFERED)?.unwrap_or_default() != said {
            self.store
                .transact(|tx| Store::put_meta(tx, OFFERED, &said))?;
        }
        Ok(())
    }

    /// Version and hash that the district signed.
    fn offered(&self) -> Result<Option<(u64, [u8; 32])>, AppError> {
        let said = self.store.meta(OFFERED)?.unwrap_or_default();
        let parts = said.split_first_chunk::<8>();
        Ok(parts.and_then(|(version, hash)| {
            Some((u64::from_be_bytes(*version), hash.try_into().ok()?))
        }))
    }

    /// How much of the offered rules is here; `None`: there is nothing to fetch.
    pub(crate) fn rules_bytes(&self, offer: &FormOffer) -> Result<Option<u64>, AppError> {
        let signed = self.offered()?.is_some_and(|(_, hash)| hash == *offer.hash);
        let newest = self.store.rules()?.into_iter().next();
        if !signed || offer.len > MAX_RULES || newest.is_some_and(|held| held.hash == *offer.hash) {
            return Ok(None);
        }
        Ok(Some(self.store.form_part_bytes(&offer.hash)?))
    }

    /// Takes a whole package, and judges everything by it.
    pub(crate) fn take_rules(&mut self, hash: &[u8; 32], body: &[u8]) -> Result<(), AppError> {
        let json = Package::unpack(body, hash)
            .ok()
            .and_then(|package| String::from_utf8(package.form.into()).ok());
        let (Some(json), Some((version, offered))) = (json, self.offered()?) else {
            tracing::error!("rules that came damaged");
            return Ok(self.store.transact(|tx| Store::drop_form_parts(tx, hash))?);
        };
        if offered != *hash {
            return Ok(self.store.transact(|tx| Store::drop_form_parts(tx, hash))?);
        }
        let readable = RuleBook::read(&json).is_ok();
        let row = HeldRules {
            version,
            hash: *hash,
            json,
        };
        self.store.transact(|tx| {
            Store::put_rules(tx, &row, readable)?;
            Store::put_meta(tx, STALE, &[1])
        })?;
        self.rules = held(&self.store)?;
        self.judge_again()
    }

    /// Puts into the tables what follows from the answers by the rules of now, if they stand there by others. A kill
    /// in between is made good at the next start.
    pub(crate) fn judge_again(&mut self) -> Result<(), AppError> {
        if self.store.meta(STALE)?.unwrap_or_default().is_empty() {
            return Ok(());
        }
        let all = self.store.all_records()?;
        for chunk in all.chunks(CHUNK) {
            let mut changed = Vec::new();
            for household in chunk {
                let (row, village) = self.store.row(*household)?;
                let state = if self.store.changes(*household)?.is_empty() {
                    cards::state_of_row(&row)
                } else {
                    self.state(*household)?
                };
                if is_survey(&state) {
                    continue;
                }
                let card = desk_card(&self.rules, &state);
                if self.store.desk_card(*household)?.as_ref() != Some(&card) {
                    changed.push((*household, village, card));
                }
            }
            self.store.transact(|tx| {
                changed.iter().try_for_each(|(household, village, card)| {
                    Store::put_desk(tx, *household, village, card)
                })
            })?;
        }
        Ok(self.store.transact(|tx| {
            // Signs of impossible work follow from the rules as well.
            Store::forget_checks(tx)?;
            Store::put_meta(tx, STALE, &[])
        })?)
    }

    /// The rules in force today, and which they are.
    ///
    /// # Errors
    /// The store's.
    pub fn rules_in_force(&self) -> Result<views::RulesView, AppError> {
        let today = self.today();
        let rules = self.rules.at(today);
        let newest = self.store.rules()?.into_iter().next();
        let reason = |r: &lawang_rules::Reason| views::ReasonChoice {
            code: r.code.clone(),
            label: r.words(&self.language).to_owned(),
        };
        Ok(views::RulesView {
            version: newest.map_or(0, |held| u32::try_from(held.version).unwrap_or(u32::MAX)),
            from: rules.from.to_string(),
            next: self
                .rules
                .sets()
                .iter()
                .find(|later| later.from > today)
                .map_or(String::new(), |later| later.from.to_string()),
            source: rules.source.clone(),
            formula: rules.need.name.clone(),
            overdue_years: rules.overdue_years,
            cutoff_day: rules.cutoff_day,
            objection_days: rules.objection_days,
            quorum_percent: rules.quorum_percent,
            far_metres: rules.paradata.far_metres,
            return_reasons: rules.return_reasons.iter().map(reason).collect(),
            removal_reasons: rules.removal_reasons.iter().map(reason).collect(),
        })
    }
}
