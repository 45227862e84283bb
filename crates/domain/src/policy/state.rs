//! Where a record stands in the process (domain reference, section 4).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $id:literal, $en:literal;)*) => {
        /// State of a record. Nothing is deleted by a state.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RecordState { $($(#[$doc])* $name,)* }

        impl RecordState {
            /// All states, in the order of the process.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in files and interfaces.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// In Indonesian, as it stands in a sentence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// In English.
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }
        }
    };
}

states! {
    /// No visit was submitted.
    #[default]
    Draft = "draft", "belum dikirim", "a draft";
    /// A visit was submitted and not decided on.
    Submitted = "submitted", "diajukan", "submitted";
    /// Compared with the civil registry.
    DukcapilChecked = "dukcapil_checked", "dipadankan", "compared with the civil registry";
    /// The village verified it.
    FieldVerified = "field_verified", "diverifikasi desa", "verified by the village";
    /// On the list of a village meeting.
    InMusdes = "in_musdes", "dibahas di musdes", "before the village meeting";
    /// The village meeting agreed.
    MusdesAccepted = "musdes_accepted", "disetujui musdes", "accepted by the village meeting";
    /// The village meeting did not agree.
    MusdesRejected = "musdes_rejected", "ditolak musdes", "rejected by the village meeting";
    /// Dinas Sosial verified it.
    DinsosVerified = "dinsos_verified", "diverifikasi Dinas Sosial", "verified by Dinas Sosial";
    /// The regent approved.
    RegentApproved = "regent_approved", "disahkan bupati/wali kota", "approved by the regent";
    /// At the ministry.
    SentToPusdatin = "sent_to_pusdatin", "dikirim ke Pusdatin", "sent to the ministry";
    /// The ministry accepted: the round has ended.
    Accepted = "accepted", "diterima", "accepted";
    /// A checker sent it back with a reason.
    Returned = "returned", "dikembalikan", "returned";
}

impl RecordState {
    /// Whether the village has spoken its last word on it: its desk looks at the visit no more.
    pub fn beyond_village_desk(self) -> bool {
        match self {
            Self::MusdesAccepted
            | Self::MusdesRejected
            | Self::DinsosVerified
            | Self::RegentApproved
            | Self::SentToPusdatin
            | Self::Accepted => true,
            Self::Draft
            | Self::Submitted
            | Self::DukcapilChecked
            | Self::FieldVerified
            | Self::InMusdes
            | Self::Returned => false,
        }
    }
}

impl fmt::Display for RecordState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No state has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no state of a record")]
pub struct UnknownRecordState(pub String);

impl FromStr for RecordState {
    type Err = UnknownRecordState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownRecordState(text.chars().take(40).collect()))
    }
}
