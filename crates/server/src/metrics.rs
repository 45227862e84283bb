//! What the server counts for those who run it: numbers and stable words, no person, no village, no device.

use crate::{
    error::Result,
    evidence,
    household::{self, int, unsigned},
    server::Server,
    store::params,
};
use lawang_sync::Verdict;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::time::Duration;

type Labels = Vec<(&'static str, String)>;
type Counts = Family<Labels, Counter>;

const DAY: u64 = 24 * 3_600_000;
/// Days since a device's last exchange, up to and including; with the name of the group.
const SILENCE: &[(u64, &str)] = &[(1, "1"), (3, "3"), (7, "7"), (14, "14"), (30, "30")];
/// What became of what a hub was given for its district, by its number in the table `forward`.
const FORWARD_STATES: &[&str] = &["waiting", "answered", "refused"];
/// Bounds of the times that requests take, seconds.
const SECONDS: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Counters since the start of the process.
pub(crate) struct Metrics {
    requests: Counts,
    seconds: Histogram,
    bytes: Counts,
    exchanges: Counts,
    things: Counts,
    refused: Counts,
    not_kept: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Counts::default(),
            seconds: Histogram::new(SECONDS.iter().copied()),
            bytes: Counts::default(),
            exchanges: Counts::default(),
            things: Counts::default(),
            refused: Counts::default(),
            not_kept: Counter::default(),
        }
    }
}

fn label(key: &'static str, value: &str) -> Labels {
    vec![(key, value.to_owned())]
}

impl Metrics {
    /// One request of a device. `result`: `ok`, or the code with which it was refused.
    pub(crate) fn request(&self, result: &str, up: usize, down: usize, took: Duration) {
        self.requests.get_or_create(&label("result", result)).inc();
        self.seconds.observe(took.as_secs_f64());
        for (way, bytes) in [("up", up), ("down", down)] {
            let count = self.bytes.get_or_create(&label("direction", way));
            count.inc_by(bytes as u64);
        }
    }

    /// An attachment that could not be taken because of the store that keeps it.
    pub(crate) fn attachment_not_kept(&self) {
        self.not_kept.inc();
    }

    /// The end of an exchange.
    pub(crate) fn exchange(&self, agreed: bool) {
        let result = if agreed { "agreed" } else { "differing" };
        self.exchanges.get_or_create(&label("result", result)).inc();
    }

    /// Verdicts on a batch.
    pub(crate) fn verdicts(&self, verdicts: &[Verdict]) {
        for verdict in verdicts {
            match verdict {
                Verdict::Accepted(_) => {
                    self.things
                        .get_or_create(&label("verdict", "accepted"))
                        .inc();
                }
                Verdict::Refused(code) => {
                    self.things
                        .get_or_create(&label("verdict", "refused"))
                        .inc();
                    self.refused.get_or_create(&label("reason", code)).inc();
                }
            }
        }
    }
}

impl Server {
    /// All counters, and the store's numbers as they are now, in the text format of OpenMetrics.
    pub fn metrics(&self, now: u64) -> Result<String> {
        let mut registry = Registry::with_prefix("lawang");
        let own = &self.metrics;
        registry.register("requests", "Requests of devices", own.requests.clone());
        registry.register(
            "request_seconds",
            "How long requests of devices took",
            own.seconds.clone(),
        );
        registry.register("bytes", "Bytes of bodies", own.bytes.clone());
        registry.register(
            "exchanges",
            "Exchanges that came to their closing comparison",
            own.exchanges.clone(),
        );
        registry.register("things", "Rows and changes received", own.things.clone());
        registry.register("refused", "Refused things by reason", own.refused.clone());
        registry.register(
            "attachments_unavailable",
            "Requests about attachments that their store did not answer",
            own.not_kept.clone(),
        );
        let lines: Family<Labels, Gauge> = Family::default();
        let devices: Family<Labels, Gauge> = Family::default();
        let forwarded: Family<Labels, Gauge> = Family::default();
        self.store.read(|tx| {
            let head = evidence::head(tx)?;
            for (log, number) in [
                ("changes", household::head(tx)?),
                ("rows", head.map_or(0, |head| head.rows)),
                ("refused", head.map_or(0, |head| head.refused)),
                ("entries", head.map_or(0, |head| head.position)),
            ] {
                lines.get_or_create(&label("log", log)).set(int(number));
            }
            let count = |group: &str| {
                devices.get_or_create(&label("silent_days", group)).inc();
            };
            if self.hub().is_some() {
                for state in FORWARD_STATES {
                    forwarded.get_or_create(&label("state", state)).set(0);
                }
                let sql = "SELECT state, count(*) FROM forward GROUP BY state";
                tx.each(sql, params![], |r| {
                    let state = usize::try_from(r.get::<i64>(0)?).ok();
                    if let Some(name) = state.and_then(|at| FORWARD_STATES.get(at)) {
                        let gauge = forwarded.get_or_create(&label("state", name));
                        gauge.set(r.get(1)?);
                    }
                    Ok(())
                })?;
            }
            tx.each(
                "SELECT revoked_at, last_agreed FROM device",
                params![],
                |r| {
                    let revoked: Option<i64> = r.get(0)?;
                    let agreed: Option<i64> = r.get(1)?;
                    match agreed.map(unsigned) {
                        _ if revoked.is_some() => count("revoked"),
                        None => count("never"),
                        Some(at) => {
                            let days = now.saturating_sub(at) / DAY;
                            let group = SILENCE.iter().find(|(most, _)| days < *most);
                            count(group.map_or("more", |(_, name)| name));
                        }
                    }
                    Ok(())
                },
            )
        })?;
        registry.register("log_lines", "Newest number of each log", lines);
        registry.register(
            "forward",
            "What devices gave this hub for the district, by what became of it",
            forwarded,
        );
        registry.register(
            "devices",
            "Devices by days since their last agreed exchange (fewer than so many)",
            devices,
        );
        let mut text = String::new();
        encode(&mut text, &registry)
            .map_err(|e| crate::ServerError::Damaged(format!("metrics: {e}")))?;
        Ok(text)
    }

    /// Whether the store answers; gives the number of entries of the chained log.
    pub fn health(&self) -> Result<u64> {
        self.store
            .read(|tx| Ok(evidence::head(tx)?.map_or(0, |head| head.position)))
    }
}
