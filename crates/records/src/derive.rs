//! Texts of a change that its receiver can work out, left out on the wire.
//!
//! Half of what a visit of one answer weighs is an id that nobody can guess and the same time written three times. Ids are
//! therefore made from four random bytes, the actor and the household ([`derived_id`]), and only the four bytes travel;
//! times travel as distances from that of the change. Wherever such a text is found in a column it gives way to two
//! bytes; any other text stays, so that a change of any program goes through.
//!
//! A visit begins at a whole second, and its four bytes follow from that ([`timed_id`]): of the visit only the second travels,
//! in a byte or two.

use crate::{
    MAX_CHANGE, UnpackError,
    leb::{Reader, zigzag},
};
use chrono::{DateTime, SecondsFormat, Utc};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Begins what stands for a text. It occurs in no UTF-8, and seldom in the numbers between.
const MARK: u8 = 0xff;
/// The byte [`MARK`] itself.
const MARK_ITSELF: u8 = 0;
/// An id that follows from the next four of the nonces.
const ID: u8 = 1;
/// Milliseconds since 1970 in thirteen digits.
const MILLISECONDS: u8 = 2;
/// A moment in UTC, to the second: `2026-11-26T03:04:05Z`.
const MOMENT: u8 = 3;
/// An id whose nonce follows from the second that stands among the moments; it is the last time that was named from here on.
const TIMED_ID: u8 = 4;
/// The milliseconds that the change named last, once more.
const AGAIN: u8 = 5;

/// Random bytes of a derived id.
const NONCE: usize = 4;
/// Length of an id as text.
const ID_TEXT: usize = 36;
const MILLISECONDS_TEXT: usize = 13;
const MOMENT_TEXT: usize = 20;
/// How far the milliseconds may be from the change's time: what is further away is some other number.
const NEAR: i64 = 400 * 86_400_000;
/// Bytes at the end of an actor that count: automerge puts others before them.
const ACTOR: usize = 16;

/// What the places of the texts are filled with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Fillings {
    /// Four bytes for each id.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) nonces: Vec<u8>,
    /// Zigzag LEB128 distances from the change's time, ms.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) milliseconds: Vec<u8>,
    /// The same in seconds from the last milliseconds of the change, else from its time.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) moments: Vec<u8>,
}

/// What is known of a change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of<'a> {
    pub actor: &'a [u8],
    pub household: &'a [u8; 16],
    /// Seconds since 1970.
    pub time: i64,
}

/// How the sender leaves times out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// Each by itself.
    Apart,
    /// Also with ids that follow from a time; this one, in seconds, if the change names any.
    Shared(Option<i64>),
}

/// The id of a new instance of a record: a UUID (version 8) whose first four bytes are `nonce` and whose others follow from
/// all three. Devices never share an actor; one that was restored from an old copy has the same until it is told,
/// which is what the nonce is for.
pub fn derived_id(actor: &[u8], household: &[u8; 16], nonce: [u8; 4]) -> Uuid {
    let actor = &actor[actor.len().saturating_sub(ACTOR)..];
    let mut hash = Sha256::new();
    hash.update(b"lawang instance\0");
    hash.update(household);
    hash.update(nonce);
    hash.update(actor);
    let full: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id[..NONCE].copy_from_slice(&nonce);
    id[NONCE..].copy_from_slice(&full[..16 - NONCE]);
    Builder::from_custom_bytes(id).into_uuid()
}

/// The id of a visit that began in this second. One device does not begin two visits of a household at once; if an id is
/// taken all the same, a nonce of chance is as good.
pub fn timed_id(actor: &[u8], household: &[u8; 16], seconds: i64) -> Uuid {
    derived_id(actor, household, nonce_of(household, seconds))
}

/// What stands for chance in the id of a visit. The actor is in the rest of the id.
fn nonce_of(household: &[u8; 16], seconds: i64) -> [u8; NONCE] {
    let mut hash = Sha256::new();
    hash.update(b"lawang visit\0");
    hash.update(household);
    hash.update(seconds.to_be_bytes());
    let full: [u8; 32] = hash.finalize().into();
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&full[..NONCE]);
    nonce
}

/// The first whole second among the milliseconds in these columns: the one from which an id may follow.
pub(crate) fn whole_second<'a>(columns: impl Iterator<Item = &'a [u8]>, of: Of<'_>) -> Option<i64> {
    for column in columns {
        let mut at = 0;
        while let Some(rest) = column.get(at..).filter(|rest| !rest.is_empty()) {
            match milliseconds_at(rest, of) {
                Some(value) if value % 1000 == 0 => return Some(value / 1000),
                Some(_) => at += MILLISECONDS_TEXT,
                None => at += 1,
            }
        }
    }
    None
}

fn moment(seconds: i64) -> Option<String> {
    let time = DateTime::<Utc>::from_timestamp(seconds, 0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The text of this length at the beginning of these bytes.
fn text(bytes: &[u8], len: usize) -> Option<&str> {
    std::str::from_utf8(bytes.get(..len)?).ok()
}

/// The nonce of the derived id with which these bytes begin.
fn id_at(bytes: &[u8], of: Of<'_>) -> Option<[u8; NONCE]> {
    if bytes.get(8) != Some(&b'-') || bytes.get(13) != Some(&b'-') {
        return None;
    }
    let text = text(bytes, ID_TEXT)?;
    let id: Uuid = text.parse().ok()?;
    let nonce: [u8; NONCE] = id.as_bytes()[..NONCE].try_into().ok()?;
    let same = derived_id(of.actor, of.household, nonce) == id && id.to_string() == text;
    same.then_some(nonce)
}

fn milliseconds_at(bytes: &[u8], of: Of<'_>) -> Option<i64> {
    if !matches!(bytes.first(), Some(b'1'..=b'9')) {
        return None;
    }
    let text = text(bytes, MILLISECONDS_TEXT)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let value: i64 = digits.then(|| text.parse().ok())??;
    let near = value.checked_sub(of.time.checked_mul(1000)?)?;
    (near.abs() <= NEAR).then_some(value)
}

fn moment_at(bytes: &[u8]) -> Option<i64> {
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let text = text(bytes, MOMENT_TEXT)?;
    let seconds = DateTime::parse_from_rfc3339(text).ok()?.timestamp();
    (moment(seconds)? == text).then_some(seconds)
}

/// One column of a change, with the texts that follow from something taken out. `last`: the milliseconds that the
/// change named last.
pub(crate) fn take_out(
    column: &[u8],
    of: Of<'_>,
    times: Times,
    last: &mut Option<i64>,
    into: &mut Fillings,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(column.len());
    let mut at = 0;
    while let Some(byte) = column.get(at) {
        let rest = &column[at..];
        let (kind, len) = if let Some(nonce) = id_at(rest, of) {
            match times {
                Times::Shared(Some(seconds)) if nonce == nonce_of(of.household, seconds) => {
                    zigzag(&mut into.moments, seconds.wrapping_sub(of.time));
                    *last = Some(seconds.wrapping_mul(1000));
                    (TIMED_ID, ID_TEXT)
                }
                _ => {
                    into.nonces.extend_from_slice(&nonce);
                    (ID, ID_TEXT)
                }
            }
        } else if let Some(value) = milliseconds_at(rest, of) {
            if times != Times::Apart && *last == Some(value) {
                (AGAIN, MILLISECONDS_TEXT)
            } else {
                zigzag(&mut into.milliseconds, value - of.time * 1000);
                *last = Some(value);
                (MILLISECONDS, MILLISECONDS_TEXT)
            }
        } else if let Some(seconds) = moment_at(rest) {
            let from = last.map_or(of.time, |ms| ms.div_euclid(1000));
            zigzag(&mut into.moments, seconds.wrapping_sub(from));
            (MOMENT, MOMENT_TEXT)
        } else if *byte == MARK {
            (MARK_ITSELF, 1)
        } else {
            out.push(*byte);
            at += 1;
            continue;
        };
        out.extend_from_slice(&[MARK, kind]);
        at += len;
    }
    out
}

/// Fillings as they are read.
pub(crate) struct Filling<'a> {
    nonces: Reader<'a>,
    milliseconds: Reader<'a>,
    moments: Reader<'a>,
}

impl Fillings {
    pub(crate) fn reader(&self) -> Filling<'_> {
        Filling {
            nonces: Reader(&self.nonces),
            milliseconds: Reader(&self.milliseconds),
            moments: Reader(&self.moments),
        }
    }
}

impl Filling<'_> {
    /// The column as it was, at most as large as a change may be.
    pub(crate) fn put_in(
        &mut self,
        column: &[u8],
        of: Of<'_>,
        last: &mut Option<i64>,
    ) -> Result<Vec<u8>, UnpackError> {
        let mut out = Vec::with_capacity(column.len());
        let mut bytes = column.iter();
        while let Some(byte) = bytes.next() {
            if *byte != MARK {
                out.push(*byte);
                continue;
            }
            match *bytes.next().ok_or(UnpackError::Malformed)? {
                MARK_ITSELF => out.push(MARK),
                ID => {
                    let mut nonce = [0; NONCE];
                    nonce.copy_from_slice(self.nonces.take(NONCE)?);
                    let id = derived_id(of.actor, of.household, nonce);
                    out.extend_from_slice(id.to_string().as_bytes());
                }
                TIMED_ID => {
                    let seconds = of.time.wrapping_add(self.moments.zigzag()?);
                    *last = Some(seconds.wrapping_mul(1000));
                    let id = timed_id(of.actor, of.household, seconds);
                    out.extend_from_slice(id.to_string().as_bytes());
                }
                AGAIN => {
                    let value = last.ok_or(UnpackError::Malformed)?;
                    out.extend_from_slice(value.to_string().as_bytes());
                }
                MILLISECONDS => {
                    let distance = self.milliseconds.zigzag()?;
                    let value = of.time.wrapping_mul(1000).wrapping_add(distance);
                    *last = Some(value);
                    out.extend_from_slice(value.to_string().as_bytes());
                }
                MOMENT => {
                    let from = last.map_or(of.time, |ms| ms.div_euclid(1000));
                    let seconds = from.wrapping_add(self.moments.zigzag()?);
                    let text = moment(seconds).ok_or(UnpackError::Malformed)?;
                    out.extend_from_slice(text.as_bytes());
                }
                _ => return Err(UnpackError::Malformed),
            }
            if out.len() > MAX_CHANGE {
                return Err(UnpackError::TooLarge);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACTOR_OF: &[u8] = b"device-a-device-";
    const HOUSEHOLD: [u8; 16] = [3; 16];
    const OF: Of<'_> = Of {
        actor: ACTOR_OF,
        household: &HOUSEHOLD,
        time: 1_795_660_370,
    };

    fn packed(column: &[u8], times: Times) -> (Vec<u8>, Fillings) {
        let mut fillings = Fillings::default();
        let short = take_out(column, OF, times, &mut None, &mut fillings);
        let back = fillings.reader().put_in(&short, OF, &mut None);
        assert_eq!(back.as_deref(), Ok(column));
        (short, fillings)
    }

    fn there_and_back(column: &[u8]) -> usize {
        let shared = Times::Shared(whole_second([column].into_iter(), OF));
        packed(column, shared);
        packed(column, Times::Apart).0.len()
    }

    /// What columns are made of, and what only looks like it.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<[u8; 4]>()
                .prop_map(|n| derived_id(ACTOR_OF, &HOUSEHOLD, n).to_string().into_bytes()),
            any::<[u8; 4]>()
                .prop_map(|n| derived_id(ACTOR_OF, &[4; 16], n).to_string().into_bytes()),
            any::<[u8; 4]>().prop_map(|n| derived_id(ACTOR_OF, &HOUSEHOLD, n)
                .to_string()
                .to_uppercase()
                .into_bytes()),
            any::<u128>().prop_map(|n| Uuid::from_u128(n).to_string().into_bytes()),
            any::<i32>().prop_map(|n| (OF.time * 1000 + i64::from(n)).to_string().into_bytes()),
            (-9i64..9).prop_map(|n| ((OF.time + n) * 1000).to_string().into_bytes()),
            (-9i64..9).prop_map(|n| timed_id(ACTOR_OF, &HOUSEHOLD, OF.time + n)
                .to_string()
                .into_bytes()),
            any::<u64>().prop_map(|n| n.to_string().into_bytes()),
            any::<i32>().prop_map(|n| moment(i64::from(n)).unwrap_or_default().into_bytes()),
            Just(b"2026-02-30T25:00:00Z".to_vec()),
            prop::collection::vec(any::<u8>(), 0..12),
            Just(vec![MARK]),
        ]
    }

    proptest! {
        #[test]
        fn whatever_a_column_holds_it_comes_back_as_it_was(pieces in prop::collection::vec(piece(), 0..12)) {
            there_and_back(&pieces.concat());
        }

        #[test]
        fn whatever_comes_from_outside_breaks_nothing(column in prop::collection::vec(prop_oneof![Just(MARK), 0u8..7, any::<u8>()], 0..60), nonces in prop::collection::vec(any::<u8>(), 0..20), numbers in prop::collection::vec(any::<u8>(), 0..40), time in any::<i64>()) {
            let fillings = Fillings { nonces, milliseconds: numbers.clone(), moments: numbers };
            let _ = fillings.reader().put_in(&column, Of { time, ..OF }, &mut None);
            let of = Of { time, ..OF };
            let times = Times::Shared(whole_second([&column[..]].into_iter(), of));
            take_out(&column, of, times, &mut None, &mut Fillings::default());
        }
    }

    #[test]
    fn what_follows_from_something_takes_two_bytes() {
        let id = derived_id(ACTOR_OF, &HOUSEHOLD, [1, 2, 3, 4]);
        assert_eq!(id.get_version_num(), 8);
        assert_eq!(there_and_back(format!("visits{id}").as_bytes()), 8);
        assert_eq!(there_and_back(b"1795660370123" as &[u8]), 2);
        assert_eq!(there_and_back(b"2026-11-26T02:32:50Z" as &[u8]), 2);
        // An actor that automerge derived from the device's own stands for the same device.
        let derived = [&[0x13, 0xb2, 0x23, 0x09, 1][..], ACTOR_OF].concat();
        assert_eq!(derived_id(&derived, &HOUSEHOLD, [1, 2, 3, 4]), id);
    }

    #[test]
    fn of_a_visit_that_began_at_a_whole_second_only_the_second_travels() {
        let seconds = OF.time - 40;
        let id = timed_id(ACTOR_OF, &HOUSEHOLD, seconds);
        let began = moment(seconds).unwrap();
        let column = format!("{id}{}000{began}", seconds);
        let times = Times::Shared(whole_second([column.as_bytes()].into_iter(), OF));
        assert_eq!(times, Times::Shared(Some(seconds)));
        let (short, fillings) = packed(column.as_bytes(), times);
        assert_eq!(short, [MARK, TIMED_ID, MARK, AGAIN, MARK, MOMENT]);
        assert!(fillings.nonces.is_empty() && fillings.milliseconds.is_empty());
        assert_eq!(fillings.moments.len(), 2);
        // Of another second it is an id like any other.
        let other = timed_id(ACTOR_OF, &HOUSEHOLD, seconds + 1);
        let column = format!("{other}{seconds}000");
        let (_, fillings) = packed(column.as_bytes(), times);
        assert_eq!(fillings.nonces.len(), NONCE);
        // No device's clock, and no time at all, is no reason to give up.
        assert_eq!(whole_second([&b"no time at all"[..]].into_iter(), OF), None);
    }

    #[test]
    fn few_bytes_do_not_become_more_than_a_change_may_have() {
        let column: Vec<u8> = [MARK, MOMENT].repeat(MAX_CHANGE / 10);
        let fillings = Fillings {
            moments: vec![0; MAX_CHANGE / 10],
            ..Fillings::default()
        };
        let done = fillings.reader().put_in(&column, OF, &mut None);
        assert_eq!(done, Err(UnpackError::TooLarge));
    }
}
