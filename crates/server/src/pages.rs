//! Register rows in pages, compressed once and sent many times.

use crate::{
    devices,
    error::{Result, ServerError},
    household::{int, unsigned},
    server::Server,
};
use lawang_domain::DeviceId;
use lawang_sync::{RowsPage, RowsReply, RowsRequest, compress, encode};
use rusqlite::{OptionalExtension, Transaction, params};

/// Households on a page. 500 rows share enough words that zstd needs about a third of what it needs
/// for each alone, and a page (some 100 KB) is soon there again after a cut.
pub(crate) const PAGE_ROWS: usize = 500;
const LEVEL: i32 = 19;

/// A page as it is stored and sent.
struct Page {
    to: u64,
    rows: u32,
    body: Vec<u8>,
}

pub(crate) fn rows(server: &Server, device: DeviceId, request: &RowsRequest) -> Result<RowsReply> {
    let village = &request.village;
    let cached = server.store.read(|tx| {
        let device = devices::find(tx, device)?;
        if !device.covers(village) {
            return Err(ServerError::refused(
                "not_your_village",
                "this village is not assigned to the device",
            ));
        }
        cached(tx, village, request.after)
    })?;
    let page = match cached {
        Some(page) => page,
        None => build(server, village, request.after)?,
    };
    Ok(RowsReply {
        village: village.clone(),
        after: request.after,
        to: page.to,
        rows: page.rows,
        page: page.body.into(),
    })
}

fn cached(tx: &Transaction<'_>, village: &str, after: u64) -> Result<Option<Page>> {
    let newest: Option<i64> = tx
        .prepare_cached("SELECT max(row_seq) FROM row_log WHERE village = ?1")?
        .query_row([village], |r| r.get(0))?;
    let newest = unsigned(newest.unwrap_or(0));
    if newest <= after {
        // Nothing after it: an empty page, which tells the device that it has them all.
        return Ok(Some(Page {
            to: after,
            rows: 0,
            body: compress(&encode(&RowsPage { rows: Vec::new() }), 1),
        }));
    }
    let page = tx
        .prepare_cached("SELECT to_row, rows, body FROM page WHERE village = ?1 AND after = ?2")?
        .query_row(params![village, int(after)], |r| {
            Ok(Page {
                to: unsigned(r.get(0)?),
                rows: r.get(1)?,
                body: r.get(2)?,
            })
        })
        .optional()?;
    Ok(page.filter(|p| p.rows as usize == PAGE_ROWS || p.to == newest))
}

/// Builds a page beside the writer, and keeps it.
fn build(server: &Server, village: &str, after: u64) -> Result<Page> {
    let (to, rows) = server.store.read(|tx| {
        let mut statement = tx.prepare_cached(
            "SELECT row_seq, body FROM row_log WHERE village = ?1 AND row_seq > ?2
             ORDER BY row_seq LIMIT ?3",
        )?;
        let found: Vec<(i64, Vec<u8>)> = statement
            .query_map(params![village, int(after), PAGE_ROWS as i64], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let to = found.last().map_or(after, |(seq, _)| unsigned(*seq));
        let rows: Vec<_> = found.into_iter().map(|(_, body)| body.into()).collect();
        Ok((to, rows))
    })?;
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let page = Page {
        to,
        rows: count,
        body: compress(&encode(&RowsPage { rows }), LEVEL),
    };
    server.store.write(|tx| {
        tx.prepare_cached(
            "INSERT INTO page (village, after, to_row, rows, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET to_row = excluded.to_row, rows = excluded.rows, body = excluded.body",
        )?
        .execute(params![village, int(after), int(page.to), page.rows, page.body])?;
        Ok(())
    })?;
    Ok(page)
}

impl Server {
    /// Builds the pages that a first download needs and that are not there yet, one village after the
    /// other, until `stop` says so. Gives the number of pages built. For a thread in the background.
    pub fn build_pages(&self, stop: &dyn Fn() -> bool) -> Result<usize> {
        let villages: Vec<String> = self.store.read(|tx| {
            let mut statement = tx.prepare("SELECT DISTINCT village FROM row_log ORDER BY 1")?;
            let all = statement.query_map([], |r| r.get(0))?;
            Ok(all.collect::<rusqlite::Result<_>>()?)
        })?;
        let mut built = 0;
        for village in villages {
            let mut after = 0;
            loop {
                if stop() {
                    return Ok(built);
                }
                let known = self.store.read(|tx| cached(tx, &village, after))?;
                let page = match known {
                    Some(page) => page,
                    None => {
                        built += 1;
                        build(self, &village, after)?
                    }
                };
                if page.rows as usize != PAGE_ROWS {
                    break;
                }
                after = page.to;
            }
        }
        Ok(built)
    }
}
