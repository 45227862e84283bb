//! Typed identifiers, so that a household can never be passed where a member is meant.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Namespace of the UUIDv5 that are derived from the register's own identifiers.
pub const NAMESPACE_LAWANG: Uuid = Uuid::from_u128(0x6c61_7761_6e67_5000_8000_7075_736b_6573);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The 16 bytes of the UUID, as stored in tables and sent on the wire.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id! {
    /// A household (Regsosek: a family by No. KK), for as long as the register exists.
    HouseholdId
}
id! {
    /// One instance of a repeat: a member of the household, or a visit to it.
    InstanceId
}
id! {
    /// An enrolled device.
    DeviceId
}

impl HouseholdId {
    /// The id of a household that the register already knows, from the register's own key.
    pub fn from_register(register_id: &str) -> Self {
        Self(Uuid::new_v5(
            &NAMESPACE_LAWANG,
            format!("household:{register_id}").as_bytes(),
        ))
    }
}

impl InstanceId {
    /// The id of a person that the register already knows, from the register's own key.
    pub fn from_person(person_id: &str) -> Self {
        Self(Uuid::new_v5(
            &NAMESPACE_LAWANG,
            format!("person:{person_id}").as_bytes(),
        ))
    }
}
