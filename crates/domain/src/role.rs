//! Who a person is in the register's process.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $label:literal;)*) => {
        /// A role (Permensos 3/2021 and the practice of the districts).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            /// All roles, in the order of the process.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in files and interfaces.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The Indonesian title shown on screens.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

roles! {
    /// Sees their own data, drafts a self-update, proposes and objects in their own village.
    Citizen = "citizen", "Warga";
    /// Visits assigned households; approves nothing.
    Enumerator = "enumerator", "Petugas Pendata";
    /// PSM at the Puskesos: verifies, returns, settles conflicts and duplicates in the village.
    VillageVerifier = "village_verifier", "Pemeriksa Desa (PSM)";
    /// Enters, imports, prepares the Musdes, uploads minutes.
    VillageOperator = "village_operator", "Operator Desa";
    /// Kepala Desa or Lurah: leads the Musdes, signs.
    VillageHead = "village_head", "Kepala Desa/Lurah";
    /// Own PKH families: components, proposes graduation.
    PkhFacilitator = "pkh_facilitator", "Pendamping PKH";
    /// Watches a kecamatan, second check.
    Tksk = "tksk", "TKSK";
    /// Enters and returns at the Dinas Sosial.
    DinsosOperator = "dinsos_operator", "Operator Dinas Sosial";
    /// Verifies at the Dinas Sosial.
    DinsosVerifier = "dinsos_verifier", "Pemeriksa Dinas Sosial";
    /// Approves at the Dinas Sosial.
    DinsosHead = "dinsos_head", "Kepala Dinas Sosial";
    /// Bupati or Wali Kota: the approval document.
    Regent = "regent", "Bupati/Wali Kota";
    /// Results of matching only.
    DukcapilOfficer = "dukcapil_officer", "Petugas Dukcapil";
    /// PT Pos: approved beneficiaries, returns of incomplete rows, proof of delivery.
    PostOfficer = "post_officer", "Petugas PT Pos";
    /// Reads.
    Province = "province", "Dinas Sosial Provinsi";
    /// Reads.
    Auditor = "auditor", "Auditor";
}

impl Role {
    /// Whether this person is shown what registers outside say of the register's persons: those who verify, and
    /// nobody who visits.
    pub fn sees_findings(self) -> bool {
        matches!(
            self,
            Self::VillageVerifier
                | Self::VillageOperator
                | Self::Tksk
                | Self::DinsosOperator
                | Self::DinsosVerifier
                | Self::DinsosHead
                | Self::DukcapilOfficer
        )
    }

    /// Who settles what others decided against each other: the higher number. 0 decides nothing.
    pub fn authority(self) -> u8 {
        match self {
            Self::DukcapilOfficer => 1,
            Self::VillageVerifier => 2,
            Self::VillageHead => 3,
            Self::Tksk => 4,
            Self::DinsosOperator => 5,
            Self::DinsosVerifier => 6,
            Self::DinsosHead => 7,
            Self::Regent => 8,
            Self::Citizen
            | Self::Enumerator
            | Self::VillageOperator
            | Self::PkhFacilitator
            | Self::PostOfficer
            | Self::Province
            | Self::Auditor => 0,
        }
    }

    /// Whether the person sees proposals for removal, and so is given what they rest on.
    pub fn sees_evidence(self) -> bool {
        self.looks_at_photos() || self == Self::PkhFacilitator
    }

    /// Whether the person checks visits, and so is given the photos that others took.
    pub fn looks_at_photos(self) -> bool {
        match self {
            Self::VillageVerifier
            | Self::VillageOperator
            | Self::VillageHead
            | Self::Tksk
            | Self::DinsosOperator
            | Self::DinsosVerifier
            | Self::DinsosHead
            | Self::Regent => true,
            Self::Citizen
            | Self::Enumerator
            | Self::PkhFacilitator
            | Self::DukcapilOfficer
            | Self::PostOfficer
            | Self::Province
            | Self::Auditor => false,
        }
    }
}

/// No role has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is no role; roles are citizen, enumerator, village_verifier, village_operator, village_head, pkh_facilitator, tksk, dinsos_operator, dinsos_verifier, dinsos_head, regent, dukcapil_officer, post_officer, province, auditor"
)]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_what_it_prints_and_is_named_in_the_error() {
        let error = "boss".parse::<Role>().unwrap_err().to_string();
        for role in Role::ALL {
            assert_eq!(role.to_string().parse::<Role>().unwrap(), *role);
            assert!(error.contains(role.as_str()), "{role}");
        }
    }
}
