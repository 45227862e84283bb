//! Hybrid logical clock: times that never run backwards on a device and follow what it has seen.
//!
//! Used to show and to order what people did; never to decide which of two answers is right.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How far ahead of the local clock a remote time may be before it is not believed, ms (24 hours).
pub const MAX_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

const COUNTER_BITS: u32 = 16;

/// A time: milliseconds since 1970 in the upper 48 bits, a counter in the lower 16.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HybridTime(pub u64);

impl HybridTime {
    /// The first time of a millisecond.
    pub fn at_ms(ms: u64) -> Self {
        Self(ms.min(u64::MAX >> COUNTER_BITS) << COUNTER_BITS)
    }

    /// Milliseconds since 1970, UTC.
    pub fn ms(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    /// Position among the times of the same millisecond.
    pub fn counter(self) -> u16 {
        (self.0 & 0xffff) as u16
    }
}

impl fmt::Debug for HybridTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HybridTime({}+{})", self.ms(), self.counter())
    }
}

/// The remote time was not believed; the clock did not move.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a time {ahead_ms} ms ahead of this clock was not taken over")]
pub struct ClockError {
    /// How far ahead it was.
    pub ahead_ms: u64,
}

/// The clock. Its owner keeps [`HybridClock::last`] across restarts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HybridClock {
    last: HybridTime,
}

impl HybridClock {
    /// A clock that goes on after `last`.
    pub fn resume(last: HybridTime) -> Self {
        Self { last }
    }

    /// The last time it gave or took over.
    pub fn last(&self) -> HybridTime {
        self.last
    }

    /// A new time, later than all it gave and took over before, not before `now_ms`.
    pub fn tick(&mut self, now_ms: u64) -> HybridTime {
        let next = HybridTime(self.last.0.saturating_add(1));
        self.last = next.max(HybridTime::at_ms(now_ms));
        self.last
    }

    /// Takes a remote time over, so that the next own time is later.
    ///
    /// # Errors
    /// [`ClockError`] when it is more than [`MAX_AHEAD_MS`] ahead of `now_ms`: one device with a wrong clock must not
    /// drag the times of all others along.
    pub fn observe(&mut self, remote: HybridTime, now_ms: u64) -> Result<(), ClockError> {
        let ahead_ms = remote.ms().saturating_sub(now_ms);
        if ahead_ms > MAX_AHEAD_MS {
            return Err(ClockError { ahead_ms });
        }
        self.last = self.last.max(remote);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_one_clock_always_grow() {
        let mut clock = HybridClock::default();
        let mut before = clock.last();
        for now in [1000, 1000, 1000, 900, 1001, 5, 2000] {
            let time = clock.tick(now);
            assert!(time > before);
            assert!(time.ms() >= now);
            before = time;
        }
        assert_eq!(before, HybridTime::at_ms(2000));
    }

    #[test]
    fn a_full_counter_goes_over_into_the_next_millisecond() {
        let mut clock = HybridClock::resume(HybridTime((7 << 16) | 0xffff));
        let time = clock.tick(7);
        assert_eq!((time.ms(), time.counter()), (8, 0));
    }

    #[test]
    fn an_observed_time_is_passed_by_the_next_tick() {
        let mut clock = HybridClock::default();
        clock.observe(HybridTime::at_ms(5000), 1000).unwrap();
        assert!(clock.tick(1001) > HybridTime::at_ms(5000));
        clock.observe(HybridTime::at_ms(10), 1002).unwrap();
        assert!(clock.last() > HybridTime::at_ms(5000));
    }

    #[test]
    fn a_clock_two_years_ahead_is_not_believed() {
        let mut clock = HybridClock::default();
        clock.tick(1_000_000);
        let last = clock.last();
        let two_years = 2 * 365 * MAX_AHEAD_MS;
        let error = clock
            .observe(HybridTime::at_ms(1_000_000 + two_years), 1_000_000)
            .unwrap_err();
        assert_eq!(error.ahead_ms, two_years);
        assert_eq!(clock.last(), last);
    }
}
