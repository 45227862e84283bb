//! Restores of the server, as devices learn of them.

use minicbor::{Decode, Encode, bytes::ByteArray};

/// A restore of the server: up to these numbers it holds what it had acknowledged before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Life {
    #[n(0)]
    pub id: ByteArray<8>,
    /// In the server's order of changes.
    #[n(1)]
    pub kept: u64,
    /// In the order of rows.
    #[n(2)]
    pub kept_rows: u64,
}

impl Life {
    /// What a device that last heard of `known` (nothing: of none) has to count as lost: everything after these numbers
    /// of changes and rows. `None`: nothing happened since.
    pub fn lost_since(lives: &[Self], known: Option<[u8; 8]>) -> Option<(u64, u64)> {
        if lives.last().map(|life| *life.id) == known {
            return None;
        }
        let after = known
            .and_then(|known| lives.iter().position(|life| *life.id == known))
            .map_or(0, |at| at + 1);
        // A life that is not among these was itself lost in a restore: then everything since the oldest counts.
        let since = lives.get(after..).unwrap_or_default();
        let kept = since.iter().map(|life| life.kept).min().unwrap_or(0);
        let kept_rows = since.iter().map(|life| life.kept_rows).min().unwrap_or(0);
        Some((kept, kept_rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_what_came_after_the_oldest_backup_since() {
        let life = |id: u8, kept: u64| Life {
            id: [id; 8].into(),
            kept,
            kept_rows: kept / 10,
        };
        let lives = [life(1, 100), life(2, 50), life(3, 150)];
        let since = |known: Option<u8>| Life::lost_since(&lives, known.map(|id| [id; 8]));
        assert_eq!(since(None), Some((50, 5)));
        assert_eq!(since(Some(1)), Some((50, 5)));
        assert_eq!(since(Some(2)), Some((150, 15)));
        assert_eq!(since(Some(3)), None);
        assert_eq!(since(Some(9)), Some((50, 5)), "a life that was lost itself");
        assert_eq!(Life::lost_since(&[], None), None);
        assert_eq!(Life::lost_since(&[], Some([1; 8])), Some((0, 0)));
    }
}
