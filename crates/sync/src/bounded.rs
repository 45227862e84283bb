//! Lists of which nobody vouches for the length.

use minicbor::{Decode, Decoder, data::Type, decode::Error};

/// Most questionnaires or villages that a device names. A regency has fewer than a thousand villages.
pub(crate) const MOST_NAMED: usize = 4096;

/// A list of at most [`MOST_NAMED`] things: what comes behind is not even read, because a list of the smallest things
/// takes thirty times the room that it has on the wire, and each costs a look into the database.
pub(crate) fn named<'b, C, T: Decode<'b, C>>(
    decoder: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Vec<T>, Error> {
    let mut list = Vec::new();
    for thing in decoder.array_iter_with(context)? {
        if list.len() == MOST_NAMED {
            return Err(Error::message("the list is too long"));
        }
        list.push(thing?);
    }
    Ok(list)
}

/// The same where there may be no list.
pub(crate) fn maybe_named<'b, C, T: Decode<'b, C>>(
    decoder: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Option<Vec<T>>, Error> {
    if matches!(decoder.datatype()?, Type::Null | Type::Undefined) {
        decoder.skip()?;
        return Ok(None);
    }
    named(decoder, context).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CheckRequest, FormHeld, Hello, VillageCheck, decode, encode};

    fn hello(forms: Option<usize>) -> Hello {
        let form = FormHeld {
            id: String::new(),
            version: String::new(),
            hash: None,
        };
        Hello {
            protocol: 1,
            incarnation: [1; 8].into(),
            made: 0,
            form: String::new(),
            app: String::new(),
            time: 0,
            forms: forms.map(|count| vec![form; count]),
        }
    }

    #[test]
    fn a_greeting_names_some_thousands_of_questionnaires_and_not_millions() {
        for forms in [None, Some(0), Some(MOST_NAMED)] {
            let hello = hello(forms);
            assert_eq!(decode(&encode(&hello)), Some(hello));
        }
        let many = encode(&hello(Some(MOST_NAMED + 1)));
        assert_eq!(decode::<Hello>(&many), None);
        // Null is as good as missing.
        let mut null = encode(&hello(None));
        null[0] += 1;
        null.push(0xf6);
        assert_eq!(decode(&null), Some(hello(None)));
    }

    #[test]
    fn a_check_names_some_thousands_of_villages_and_not_more() {
        let village = VillageCheck {
            code: String::new(),
            last_row: 0,
            rows: 0,
            changes: 0,
            digest: [0; 32].into(),
        };
        for (count, taken) in [(MOST_NAMED, true), (MOST_NAMED + 1, false)] {
            let check = CheckRequest {
                cursor: 0,
                villages: vec![village.clone(); count],
            };
            assert_eq!(decode::<CheckRequest>(&encode(&check)).is_some(), taken);
        }
    }
}
