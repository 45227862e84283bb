//! What a district server does by itself once a day: links all persons anew and tells the villages, by
//! `lawang admin duplicates --publish` in a process of its own. It takes both cores and its memory is given back at its end.

use crate::{edge::now_ms, error::CliError};
use chrono::{DateTime, Days, Local, NaiveTime, TimeZone};
use lawang_server::Server;
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// How often it looks whether it should stop, and after how many of these whether it is time.
const TICK: Duration = Duration::from_millis(200);
const LOOK_AFTER: u32 = 100;
/// So much of what the process says about a failure is kept.
const SAID: u64 = 4_000;

/// When the register is matched, by the clock of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchAt {
    /// Never by itself.
    Off,
    /// Every day at this time.
    Daily(NaiveTime),
}

impl std::str::FromStr for MatchAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        NaiveTime::parse_from_str(text, "%H:%M")
            .map(Self::Daily)
            .map_err(|_| "write a time of the day such as 02:00, or off".to_owned())
    }
}

/// The last time that it was due. `None`: the clock was set forward over it.
fn last_due<Tz: TimeZone>(now: &DateTime<Tz>, at: NaiveTime) -> Option<DateTime<Tz>> {
    let today = now.with_time(at).earliest();
    let before = || {
        let yesterday = now.clone().checked_sub_days(Days::new(1))?;
        yesterday.with_time(at).earliest()
    };
    today.filter(|due| due <= now).or_else(before)
}

/// Runs beside the server until it is dropped.
pub struct Nightly {
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Nightly {
    /// `data`, `url`: where the server's store is.
    pub fn start(
        server: Arc<Server>,
        at: MatchAt,
        data: &Path,
        url: Option<String>,
    ) -> Result<Self, CliError> {
        let stopping = Arc::new(AtomicBool::new(false));
        let MatchAt::Daily(at) = at else {
            return Ok(Self {
                stopping,
                thread: None,
            });
        };
        let work = Work {
            // Now: the file may be another one by the time that it is needed.
            program: std::env::current_exe()?,
            data: data.to_owned(),
            url,
            stopping: stopping.clone(),
        };
        let thread = std::thread::spawn(move || work.watch(&server, at));
        Ok(Self {
            stopping,
            thread: Some(thread),
        })
    }
}

/// A run that is under way is broken off: each village is told in one transaction, and the next night tells the rest.
impl Drop for Nightly {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    program: PathBuf,
    data: PathBuf,
    url: Option<String>,
    stopping: Arc<AtomicBool>,
}

impl Work {
    fn watch(&self, server: &Server, at: NaiveTime) {
        let mut wait = 0;
        while !self.stopping.load(Ordering::Relaxed) {
            if wait > 0 {
                wait -= 1;
                std::thread::sleep(TICK);
                continue;
            }
            wait = LOOK_AFTER;
            let now = now_ms();
            let here = i64::try_from(now)
                .ok()
                .and_then(|now| Local.timestamp_millis_opt(now).single());
            let Some(due) = here.and_then(|here| last_due(&here, at)) else {
                continue;
            };
            let due = u64::try_from(due.timestamp_millis()).unwrap_or(0);
            match server.claim_matching(due, now) {
                Ok(true) => self.run(),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "whether the register is to be matched cannot be read")
                }
            }
        }
    }

    fn run(&self) {
        tracing::info!("all persons of the register are matched");
        let mut command = Command::new(&self.program);
        command
            .args(["admin", "duplicates", "--publish", "--json", "--data"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        // Not as an argument: everybody on this machine sees those.
        if let Some(url) = &self.url {
            command.env("LAWANG_DATABASE_URL", url);
        }
        match command.spawn().and_then(|child| self.wait(child)) {
            Ok(None) => tracing::info!("matching was broken off, the server stops"),
            Ok(Some((true, _))) => tracing::info!("the register is matched, the villages are told"),
            Ok(Some((false, said))) => tracing::warn!(said, "the register could not be matched"),
            Err(error) => tracing::warn!(%error, "the register could not be matched"),
        }
    }

    /// Whether it went well, and what it said. `None`: the server stops.
    fn wait(&self, mut child: Child) -> std::io::Result<Option<(bool, String)>> {
        let said = child.stderr.take().map(|stderr| {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                let _ = stderr.take(SAID).read_to_end(&mut said);
                String::from_utf8_lossy(&said).into_owned()
            })
        });
        loop {
            if let Some(status) = child.try_wait()? {
                let said = said.and_then(|thread| thread.join().ok());
                return Ok(Some((status.success(), said.unwrap_or_default())));
            }
            if self.stopping.load(Ordering::Relaxed) {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(TICK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::FixedOffset;

    #[test]
    fn it_is_due_today_once_the_time_has_come_and_else_since_yesterday() {
        let jakarta = FixedOffset::east_opt(7 * 3600).expect("an offset");
        let now = |hour, minute| {
            jakarta
                .with_ymd_and_hms(2026, 3, 1, hour, minute, 0)
                .single()
                .expect("a moment")
        };
        let MatchAt::Daily(two) = "02:00".parse().expect("a time") else {
            panic!("02:00 is a time");
        };
        assert_eq!(last_due(&now(2, 0), two), Some(now(2, 0)));
        assert_eq!(last_due(&now(23, 59), two), Some(now(2, 0)));
        let before = last_due(&now(1, 59), two).expect("a moment");
        assert_eq!(before.to_rfc3339(), "2026-02-28T02:00:00+07:00");
    }

    #[test]
    fn a_time_that_is_none_is_refused_and_off_is_never() {
        assert_eq!("off".parse(), Ok(MatchAt::Off));
        for text in ["", "25:00", "2", "02:60", "noon"] {
            assert!(text.parse::<MatchAt>().is_err(), "{text}");
        }
    }
}
