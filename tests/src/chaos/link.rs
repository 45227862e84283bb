//! A bad link: a TCP proxy that cuts at random bytes, delays, stalls, flips bits, and now and then carries nothing.

use super::report::Counts;
use crate::chance::Chance;
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// The state of all links.
pub(super) struct Weather {
    fair: AtomicBool,
    /// No network at all.
    dark: AtomicBool,
    /// Connections begun in another age are cut.
    age: AtomicU64,
    counts: Arc<Counts>,
}

impl Weather {
    pub(super) fn new(counts: Arc<Counts>) -> Self {
        Self {
            fair: AtomicBool::new(true),
            dark: AtomicBool::new(false),
            age: AtomicU64::new(0),
            counts,
        }
    }

    /// Fair: everything passes as it is.
    pub(super) fn set_fair(&self, fair: bool) {
        self.fair.store(fair, Ordering::Relaxed);
        self.dark.store(false, Ordering::Relaxed);
        self.age.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes the network away for some seconds, again and again.
pub(super) fn storms(
    weather: &Weather,
    stop: &AtomicBool,
    mut chance: Chance,
) -> Result<(), String> {
    while !stop.load(Ordering::Relaxed) {
        nap(stop, 15_000 + chance.below(25_000));
        if stop.load(Ordering::Relaxed) {
            break;
        }
        weather.dark.store(true, Ordering::Relaxed);
        weather.age.fetch_add(1, Ordering::Relaxed);
        weather.counts.dark.fetch_add(1, Ordering::Relaxed);
        nap(stop, 1_000 + chance.below(6_000));
        weather.dark.store(false, Ordering::Relaxed);
    }
    Ok(())
}

/// Sleeps, unless everything stops.
pub(super) fn nap(stop: &AtomicBool, ms: usize) {
    let until = Instant::now() + Duration::from_millis(ms as u64);
    while !stop.load(Ordering::Relaxed) && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
}

/// What happens to one connection.
#[derive(Clone, Copy)]
struct Fate {
    /// Cut after so many bytes, both ways counted together.
    cut: Option<u64>,
    /// The byte of one direction (0: up, 1: down) in which a bit is flipped.
    corrupt: Option<(usize, u64)>,
    /// Each piece waits so long, ms.
    delay: u64,
    /// Silent for so long after so many bytes, ms.
    stall: Option<(u64, u64)>,
}

/// Between 1 and 2^`powers`, each power of two as likely as any other.
fn log_uniform(chance: &mut Chance, powers: usize) -> u64 {
    let power = 1u64 << chance.below(powers);
    power + chance.below(power as usize) as u64
}

impl Fate {
    const FAIR: Self = Self {
        cut: None,
        corrupt: None,
        delay: 0,
        stall: None,
    };

    fn draw(chance: &mut Chance) -> Self {
        let mut fate = Self::FAIR;
        match chance.below(100) {
            0..=29 => {}
            30..=59 => fate.cut = Some(64 + log_uniform(chance, 18)),
            60..=76 => fate.corrupt = Some((chance.below(2), log_uniform(chance, 15))),
            77..=92 => fate.delay = 1 + log_uniform(chance, 8),
            _ => {
                fate.stall = Some((log_uniform(chance, 14), 500 + chance.below(4_000) as u64));
            }
        }
        fate
    }
}

/// A listening proxy.
pub(super) struct Link {
    pub(super) port: u16,
}

impl Link {
    /// Listens on a port (0: a free one) and forwards to a port, both of this machine.
    pub(super) fn open(
        port: u16,
        target: u16,
        weather: &Arc<Weather>,
        chance: Chance,
    ) -> Result<Self, String> {
        let listener =
            TcpListener::bind(("127.0.0.1", port)).map_err(|e| format!("a proxy's port: {e}"))?;
        let port = listener
            .local_addr()
            .map_err(|e| format!("a proxy's port: {e}"))?
            .port();
        let (weather, chance) = (weather.clone(), Arc::new(Mutex::new(chance)));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let age = weather.age.load(Ordering::Relaxed);
                if weather.dark.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else {
                    continue;
                };
                let fate = if weather.fair.load(Ordering::Relaxed) {
                    Fate::FAIR
                } else {
                    let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
                    Fate::draw(&mut chance)
                };
                weather.counts.connections.fetch_add(1, Ordering::Relaxed);
                carry(&client, &server, fate, age, &weather);
            }
        });
        Ok(Self { port })
    }

    /// `https://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }
}

/// Carries both directions until one ends.
fn carry(client: &TcpStream, server: &TcpStream, fate: Fate, age: u64, weather: &Arc<Weather>) {
    let passed = Arc::new(AtomicU64::new(0));
    for (direction, from, to) in [(0, client, server), (1, server, client)] {
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
            return;
        };
        let _ = from.set_read_timeout(Some(Duration::from_millis(200)));
        let _ = from.set_nodelay(true);
        let pump = Pump {
            from,
            to,
            direction,
            fate,
            age,
            weather: weather.clone(),
            passed: passed.clone(),
        };
        thread::spawn(move || pump.run());
    }
}

struct Pump {
    from: TcpStream,
    to: TcpStream,
    direction: usize,
    fate: Fate,
    age: u64,
    weather: Arc<Weather>,
    /// Bytes of both directions.
    passed: Arc<AtomicU64>,
}

impl Pump {
    fn run(mut self) {
        let counts = self.weather.counts.clone();
        let mut own = 0u64;
        let mut buffer = [0u8; 4096];
        loop {
            if self.weather.age.load(Ordering::Relaxed) != self.age {
                counts.cuts.fetch_add(1, Ordering::Relaxed);
                break;
            }
            let read = match self.from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    continue;
                }
                Err(_) => break,
            };
            let before = self.passed.fetch_add(read as u64, Ordering::Relaxed);
            let mut take = read;
            if let Some(limit) = self.fate.cut {
                take = read.min(limit.saturating_sub(before) as usize);
            }
            if let Some((direction, at)) = self.fate.corrupt
                && direction == self.direction
                && (own..own + take as u64).contains(&at)
            {
                buffer[(at - own) as usize] ^= 1 << (at % 8);
                counts.corrupted.fetch_add(1, Ordering::Relaxed);
            }
            if let Some((at, ms)) = self.fate.stall
                && (before..before + read as u64).contains(&at)
            {
                counts.stalls.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(ms));
            }
            if self.fate.delay > 0 {
                counts.delays.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(self.fate.delay));
            }
            own += take as u64;
            counts.bytes.fetch_add(take as u64, Ordering::Relaxed);
            if self.to.write_all(&buffer[..take]).is_err() {
                break;
            }
            if take < read {
                counts.cuts.fetch_add(1, Ordering::Relaxed);
                break;
            }
        }
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }
}
