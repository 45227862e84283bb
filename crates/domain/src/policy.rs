//! Who may do what: pure functions of role and place, asked by device and server alike.

use crate::{Message, Role, VillageCode};

/// Why something may not be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denied {
    /// The role does not do this.
    #[error("the role {0} may not write field answers")]
    Role(Role),
    /// The role does it, but not in this village.
    #[error("village {0} is not assigned")]
    Village(VillageCode),
}

impl Denied {
    /// Stable name for interfaces.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Role(_) => "role_not_allowed",
            Self::Village(_) => "village_not_assigned",
        }
    }

    /// The sentence shown to a person.
    pub fn message(&self) -> Message {
        let id = match self {
            Self::Role(role) => {
                format!("{} tidak boleh mengisi jawaban kunjungan", role.title())
            }
            Self::Village(village) => format!("desa {village} bukan wilayah tugas Anda"),
        };
        Message::new(id, self.to_string())
    }
}

/// Whether field answers of a household in `village` may be written by `role` assigned to `assigned`.
///
/// The ones who visit and the ones who correct in the village: enumerator, village verifier, village operator.
/// Everybody else sends a record back with a reason instead of editing it, so that maker and checker differ.
///
/// # Errors
/// [`Denied`] with the reason.
pub fn may_write_field_answers(
    role: Role,
    assigned: &[VillageCode],
    village: VillageCode,
) -> Result<(), Denied> {
    match role {
        Role::Enumerator | Role::VillageVerifier | Role::VillageOperator => {}
        other => return Err(Denied::Role(other)),
    }
    if assigned.contains(&village) {
        Ok(())
    } else {
        Err(Denied::Village(village))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_roles_write_field_answers_and_only_in_their_villages() {
        let here: VillageCode = "18.09.01.2001".parse().unwrap();
        let there: VillageCode = "18.09.01.2002".parse().unwrap();
        for role in Role::ALL {
            let writes = matches!(
                role.as_str(),
                "enumerator" | "village_verifier" | "village_operator"
            );
            assert_eq!(
                may_write_field_answers(*role, &[here], here).is_ok(),
                writes
            );
            assert!(may_write_field_answers(*role, &[here], there).is_err());
            assert!(may_write_field_answers(*role, &[], here).is_err());
        }
    }
}
