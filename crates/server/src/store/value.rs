//! What goes into a statement and comes out of a row, whichever engine it is.

use crate::error::{Result, ServerError};

/// A value as the engines know it: true and false are 1 and 0, everything without a type is text or bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// What can be a statement's parameter.
pub(crate) trait Param {
    fn value(&self) -> Value<'_>;
}

impl Param for i64 {
    fn value(&self) -> Value<'_> {
        Value::Int(*self)
    }
}

impl Param for u32 {
    fn value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl Param for bool {
    fn value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl Param for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Param for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Param for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> Param for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Param for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<T: Param> Param for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Param::value)
    }
}

impl<T: Param + ?Sized> Param for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

/// The parameters of a statement, `?1` first. Booleans are integers; no parameter stands where an engine
/// could not say what type it has (`?1 IS NULL` alone).
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::Param::value(&$value)),*]
    };
}
pub(crate) use params;

/// What a column can be read as.
pub(crate) trait Column: Sized {
    /// `None`: the value is of another kind.
    fn read(value: Value<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(n) => Some(n),
            _ => None,
        }
    }
}

impl Column for u32 {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).and_then(|n| n.try_into().ok())
    }
}

impl Column for bool {
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(|n| n != 0)
    }
}

impl Column for String {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl Column for Vec<u8> {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::read(other).map(Some),
        }
    }
}

/// A row as its engine holds it.
pub(super) trait Cells {
    /// The value of a column, counted from 0.
    fn value(&self, at: usize) -> Result<Value<'_>>;
}

/// A row of an answer.
pub(crate) struct Row<'a>(pub(super) &'a dyn Cells);

impl Row<'_> {
    /// The value of a column, counted from 0, as it is.
    pub(super) fn value(&self, at: usize) -> Result<Value<'_>> {
        self.0.value(at)
    }

    /// The value of a column, counted from 0.
    ///
    /// # Errors
    /// `damaged_store`: it is of another kind than what it is read as.
    pub(crate) fn get<T: Column>(&self, at: usize) -> Result<T> {
        T::read(self.0.value(at)?)
            .ok_or_else(|| ServerError::Damaged(format!("column {at} is of another kind")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(values: &'a [Value<'a>]) -> &'a [Value<'a>] {
        values
    }

    #[test]
    fn values_go_in_and_come_out_as_the_same() {
        let nothing: Option<Vec<u8>> = None;
        assert_eq!(
            of(params![7_i64, true, "a", [1_u8, 2], nothing, Some("b")]),
            [
                Value::Int(7),
                Value::Int(1),
                Value::Text("a"),
                Value::Bytes(&[1, 2]),
                Value::Null,
                Value::Text("b"),
            ]
        );
        assert_eq!(<[u8; 2]>::read(Value::Bytes(&[1, 2])), Some([1, 2]));
        assert_eq!(Option::<String>::read(Value::Null), Some(None));
        assert_eq!(bool::read(Value::Int(1)), Some(true));
    }

    #[test]
    fn a_value_of_another_kind_or_length_is_not_bent_into_shape() {
        assert_eq!(<[u8; 3]>::read(Value::Bytes(&[1, 2])), None);
        assert_eq!(String::read(Value::Null), None);
        assert_eq!(i64::read(Value::Text("7")), None);
        assert_eq!(u32::read(Value::Int(-1)), None);
        assert_eq!(Option::<i64>::read(Value::Text("7")), None);
    }
}
