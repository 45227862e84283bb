//! The rules of the district: every publication is kept, the newest is offered to devices and hubs.

use crate::{
    error::{Result, ServerError},
    household::{int, unsigned},
    server::Server,
    store::{Tx, params},
};
use lawang_rules::RuleBook;
use lawang_sync::{FormPart, FormRequest, Package, RulesOffer};

/// Most bytes of a package in one answer.
const MAX_PART: u32 = 1024 * 1024;

/// What is offered: the newest publication, if there is one.
pub(crate) fn offer(tx: &Tx<'_>) -> Result<Option<RulesOffer>> {
    tx.optional(
        "SELECT version, hash, length(body), signature FROM rule_book ORDER BY version DESC LIMIT 1",
        params![],
        |r| {
            Ok(RulesOffer {
                version: unsigned(r.get(0)?),
                hash: r.get::<[u8; 32]>(1)?.into(),
                len: unsigned(r.get(2)?),
                signature: r.get::<[u8; 64]>(3)?.into(),
            })
        },
    )
}

/// Keeps a publication, here as the district or as a hub.
pub(crate) fn keep(tx: &Tx<'_>, offer: &RulesOffer, body: &[u8], now: u64) -> Result<()> {
    tx.execute(
        "INSERT INTO rule_book (version, hash, signature, body, published_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            int(offer.version),
            offer.hash.as_slice(),
            offer.signature.as_slice(),
            body,
            int(now)
        ],
    )?;
    Ok(())
}

/// At a hub: lets go of publications that the district, restored to what was before, does not know any more.
pub(crate) fn drop_after(tx: &Tx<'_>, version: u64) -> Result<()> {
    tx.execute(
        "DELETE FROM rule_book WHERE version > ?1",
        params![int(version)],
    )?;
    Ok(())
}

/// All sets of the newest publication; before the first one those of the country.
pub(crate) fn book(tx: &Tx<'_>) -> Result<RuleBook> {
    let found: Option<([u8; 32], Vec<u8>)> = tx.optional(
        "SELECT hash, body FROM rule_book ORDER BY version DESC LIMIT 1",
        params![],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    let Some((hash, body)) = found else {
        return Ok(RuleBook::national().clone());
    };
    let damaged = || ServerError::Damaged("rules".to_owned());
    let package = Package::unpack(&body, &hash).map_err(|_| damaged())?;
    let json = String::from_utf8(package.form.into()).map_err(|_| damaged())?;
    RuleBook::read(&json).map_err(|_| damaged())
}

/// A piece of a publication; `None`: there is none of this hash.
pub(crate) fn part(server: &Server, request: &FormRequest) -> Result<Option<FormPart>> {
    server.store.read(|tx| {
        tx.optional(
            "SELECT length(body), substr(body, ?2 + 1, ?3) FROM rule_book WHERE hash = ?1
             ORDER BY version DESC LIMIT 1",
            params![
                request.hash.as_slice(),
                int(request.offset),
                request.max.clamp(1, MAX_PART),
            ],
            |r| {
                Ok(FormPart {
                    hash: request.hash,
                    total: unsigned(r.get(0)?),
                    offset: request.offset,
                    bytes: r.get::<Vec<u8>>(1)?.into(),
                })
            },
        )
    })
}
