//! Progress that a person can follow: what is done, how far it is, how long each step took.

use std::time::{Duration, Instant};

/// A row of steps.
pub struct Steps {
    total: usize,
    done: usize,
}

impl Steps {
    /// Begins a row of `total` steps.
    pub fn new(total: usize) -> Self {
        Self { total, done: 0 }
    }

    /// Does one step. `work` returns what there is to say about it, or nothing.
    pub fn step<E>(
        &mut self,
        title: &str,
        work: impl FnOnce() -> Result<String, E>,
    ) -> Result<(), E> {
        self.done += 1;
        println!("[{}/{}] {title}", self.done, self.total);
        let begun = Instant::now();
        let said = work()?;
        let seconds = begun.elapsed();
        let said = if said.is_empty() { "done" } else { &said };
        if seconds < Duration::from_secs(1) {
            println!("      {said}");
        } else {
            println!("      {said} ({})", spell(seconds));
        }
        Ok(())
    }
}

/// `47 s` or `12 min 05 s`.
pub fn spell(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_spelled_in_minutes_from_the_first_minute_on() {
        assert_eq!(spell(Duration::from_secs(59)), "59 s");
        assert_eq!(spell(Duration::from_secs(725)), "12 min 05 s");
    }
}
