//! The register's vocabulary, pure: no JSON, no SQL, no network, no clock.

mod clock;
mod family_card;
mod field_path;
mod finding;
mod ids;
mod message;
mod nik;
mod policy;
mod region;
mod role;
mod visit_state;

pub use clock::{ClockError, HybridClock, HybridTime, MAX_AHEAD_MS};
pub use family_card::{FamilyCardError, FamilyCardNumber, FamilyCardWarning};
pub use field_path::{FieldPath, FieldPathError};
pub use finding::{
    AddressResult, AidProgramme, Because, CivilFlag, DUKCAPIL, ELSEWHERE, Elsewhere, FindingDetail,
    FindingResult, MatchedBy, PROGRAMMES, UnknownResult, band,
};
pub use ids::{DeviceId, HouseholdId, InstanceId, NAMESPACE_LAWANG};
pub use message::Message;
pub use nik::{Nik, NikError, NikWarning, Sex, mask_long_numbers, mask_number};
pub use policy::{
    Contest, Decision, Denied, DocumentKind, EVENTS, Event, RecordContext, RecordState, Standing,
    Taken, Target, UnknownRecordState, Writer, answers_open, contradict, may_touch, may_write,
    settling_open, standing,
};
pub use region::{AreaCode, AreaCodeError, AreaLevel, VillageCode, VillageCodeError, VillageKind};
pub use role::{Role, UnknownRole};
pub use visit_state::{UnknownVisitState, VisitState};
