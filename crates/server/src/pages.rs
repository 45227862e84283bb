//! Register rows in pages, compressed once and sent many times.

use crate::{
    devices,
    error::{Result, ServerError},
    household::{int, unsigned},
    hub::ROW_LIVE,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::DeviceId;
use lawang_records::{Row, pack_page};
use lawang_sync::{RowsReply, RowsRequest, compress};

/// Households on a page: a whole village. Packed by columns and compressed they are some 100 KB, and a
/// page too large for a bad line travels in parts that are never sent twice.
pub(crate) const PAGE_ROWS: usize = 2_000;
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

/// Number of a village's newest row.
fn newest(tx: &Tx<'_>, village: &str) -> Result<u64> {
    let newest: Option<i64> = tx.one(
        "SELECT max(row_seq) FROM row_log WHERE village = ?1",
        params![village],
        |r| r.get(0),
    )?;
    Ok(unsigned(newest.unwrap_or(0)))
}

/// Last row and number of rows of a page that can be sent as it is.
fn known(tx: &Tx<'_>, village: &str, after: u64) -> Result<Option<(u64, u32)>> {
    let newest = newest(tx, village)?;
    if newest <= after {
        return Ok(Some((after, 0)));
    }
    let extent: Option<(i64, u32)> = tx.optional(
        "SELECT to_row, rows FROM page WHERE village = ?1 AND after = ?2",
        params![village, int(after)],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    Ok(extent
        .map(|(to, rows)| (unsigned(to), rows))
        .filter(|(to, rows)| *rows as usize == PAGE_ROWS || *to == newest))
}

fn cached(tx: &Tx<'_>, village: &str, after: u64) -> Result<Option<Page>> {
    let Some((to, rows)) = known(tx, village, after)? else {
        return Ok(None);
    };
    let body = if rows == 0 {
        // Nothing after it: an empty page, which tells the device that it has them all.
        compress(&pack_page(&[]), 1)
    } else {
        tx.one(
            "SELECT body FROM page WHERE village = ?1 AND after = ?2",
            params![village, int(after)],
            |r| r.get(0),
        )?
    };
    Ok(Some(Page { to, rows, body }))
}

/// Builds a page beside the writer, and keeps it.
fn build(server: &Server, village: &str, after: u64) -> Result<Page> {
    let (to, rows) = server.store.read(|tx| {
        let found: Vec<(i64, Vec<u8>, bool)> = tx.query(
            &format!(
                "SELECT row_seq, body, {ROW_LIVE} FROM row_log WHERE village = ?1 AND row_seq > ?2
                 ORDER BY row_seq LIMIT ?3"
            ),
            params![village, int(after), PAGE_ROWS as i64],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?;
        let to = found.last().map_or(after, |(seq, _, _)| unsigned(*seq));
        let rows = found
            .iter()
            .filter(|(_, _, live)| *live)
            .map(|(_, body, _)| Row::from_bytes(body))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|_| ServerError::Damaged("a register row".into()))?;
        Ok((to, rows))
    })?;
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let page = Page {
        to,
        rows: count,
        body: compress(&pack_page(&rows), LEVEL),
    };
    server.store.write(|tx| {
        tx.execute(
            "INSERT INTO page (village, after, to_row, rows, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (village, after) DO UPDATE
             SET to_row = excluded.to_row, rows = excluded.rows, body = excluded.body",
            params![village, int(after), int(page.to), page.rows, page.body],
        )?;
        Ok(())
    })?;
    Ok(page)
}

impl Server {
    /// Number of the newest row of all: when it grew, there are pages to build.
    pub fn newest_row(&self) -> Result<u64> {
        self.store.read(|tx| {
            let newest: Option<i64> =
                tx.one("SELECT max(row_seq) FROM row_log", params![], |r| r.get(0))?;
            Ok(unsigned(newest.unwrap_or(0)))
        })
    }

    /// Builds the pages that a first download needs and that are not there yet, one village after the
    /// other, until `stop` says so. Gives the number of pages built. For a thread in the background.
    pub fn build_pages(&self, stop: &dyn Fn() -> bool) -> Result<usize> {
        let villages: Vec<String> = self.store.read(|tx| {
            let sql = "SELECT DISTINCT village FROM row_log ORDER BY 1";
            tx.query(sql, params![], |r| r.get(0))
        })?;
        let mut built = 0;
        for village in villages {
            let mut after = 0;
            loop {
                if stop() {
                    return Ok(built);
                }
                let (to, rows) = match self.store.read(|tx| known(tx, &village, after))? {
                    Some(extent) => extent,
                    None => {
                        built += 1;
                        let page = build(self, &village, after)?;
                        (page.to, page.rows)
                    }
                };
                if rows as usize != PAGE_ROWS {
                    break;
                }
                after = to;
            }
        }
        Ok(built)
    }
}
