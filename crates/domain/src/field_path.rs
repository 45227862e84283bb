//! Where an answer stands: in the household, or in one instance of a repeat.

use crate::InstanceId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// `field`, or `members/<uuid>/field`.
///
/// Groups of a questionnaire take no part in it: moving a question to another page must not lose its
/// answers. A leading `group/` is accepted by [`FromStr`] and dropped, because people write it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FieldPath {
    /// The repeat's name and the instance's id; `None` for a field of the household itself.
    pub instance: Option<(String, InstanceId)>,
    /// The question's name, unique inside its repeat.
    pub key: String,
}

impl FieldPath {
    /// A field of the household.
    pub fn household(key: impl Into<String>) -> Self {
        Self {
            instance: None,
            key: key.into(),
        }
    }

    /// A field of one instance of a repeat.
    pub fn of(repeat: impl Into<String>, id: InstanceId, key: impl Into<String>) -> Self {
        Self {
            instance: Some((repeat.into(), id)),
            key: key.into(),
        }
    }

    /// The instance's id, if the field stands in one.
    pub fn instance_id(&self) -> Option<InstanceId> {
        self.instance.as_ref().map(|(_, id)| *id)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            None => f.write_str(&self.key),
            Some((repeat, id)) => write!(f, "{repeat}/{id}/{}", self.key),
        }
    }
}

/// The text is not a field path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a field: write `field`, `group/field` or `members/<uuid>/field`")]
pub struct FieldPathError(pub String);

impl FromStr for FieldPath {
    type Err = FieldPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('/').collect();
        let key = parts.last().copied().unwrap_or_default();
        let bad = || FieldPathError(text.chars().take(80).collect());
        if parts.iter().any(|p| p.is_empty()) || key.len() > 120 {
            return Err(bad());
        }
        let instance = parts[..parts.len() - 1]
            .windows(2)
            .filter_map(|w| {
                w[1].parse::<InstanceId>()
                    .ok()
                    .map(|id| (w[0].to_owned(), id))
            })
            .next_back();
        Ok(Self {
            instance,
            key: key.to_owned(),
        })
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

impl TryFrom<String> for FieldPath {
    type Error = FieldPathError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_what_it_prints() {
        let id = InstanceId(uuid::Uuid::from_u128(7));
        for path in [
            FieldPath::household("rt"),
            FieldPath::of("members", id, "name"),
        ] {
            assert_eq!(path.to_string().parse::<FieldPath>().unwrap(), path);
        }
    }

    #[test]
    fn a_group_in_front_of_a_field_is_dropped() {
        assert_eq!(
            "housing/floor_material".parse::<FieldPath>().unwrap(),
            FieldPath::household("floor_material")
        );
        let id = InstanceId(uuid::Uuid::from_u128(7));
        assert_eq!(
            format!("members/{id}/identity/name")
                .parse::<FieldPath>()
                .unwrap(),
            FieldPath::of("members", id, "name")
        );
    }

    #[test]
    fn an_empty_part_is_refused() {
        assert!("members//name".parse::<FieldPath>().is_err());
        assert!("".parse::<FieldPath>().is_err());
    }
}
