//! TypeScript for the screens, generated from the command list.

use crate::commands::*;
use lawang_app::views::*;
use std::fmt::Write;
use ts_rs::{Config, TS};

macro_rules! declarations {
    ($out:ident, $cfg:ident: $($ty:ty),* $(,)?) => {
        $( let _ = writeln!($out, "export {}\n", <$ty as TS>::decl(&$cfg)); )*
    };
}

macro_rules! command_map {
    ($($name:ident: $args:ty => $reply:ty,)*) => {
        /// Names of all commands.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        fn map(out: &mut String, cfg: &Config) {
            out.push_str("/** Every command: what it is given, what it answers. */\nexport interface Commands {\n");
            $( let _ = writeln!(
                out,
                "  {}: {{ args: {}; reply: {} }};",
                stringify!($name),
                <$args as TS>::name(cfg),
                <$reply as TS>::name(cfg),
            ); )*
            out.push_str("}\n");
        }
    };
}
commands!(command_map);

/// The whole of `ui/src/ipc/types.ts`.
pub fn typescript() -> String {
    let cfg = Config::default().with_large_int("number");
    let mut out =
        String::from("// Generated from crates/ipc: `cargo xtask bindings`. Do not edit.\n\n");
    declarations!(out, cfg:
        Nothing, Failure, Phase, Session, Village, EnrolRequest, UnlockRequest, ChangePinRequest,
        VisitState, WorklistQuery, Worklist, StateCount, WorklistRow, AddHouseholdRequest,
        HouseholdAdded, HouseholdRequest, HouseholdView, RestrictionView, MemberRow, HistoryEntry, ChangedField,
        VisitRequest, AnswerRequest, Background, Locating, Recording, LocateRequest, IdentifyRequest, ReasonRequest, TakeOverRequest, AddMemberRequest, RemoveMemberRequest,
        AddInstanceRequest, RemoveInstanceRequest, ChoicesRequest, ChoicePage, VisitView,
        PageSummary, Page, RepeatPlace, Widget, Item, ChoiceItem, Media, GroupHead, RepeatHead,
        RosterMember, VisitSummary, Problem, Submitted, PhotoRequest, PhotoFetch, PhotoData,
        AttachRequest, AttachmentFetch, AttachmentData, MediaRequest, MediaData, SyncPhase, SyncStatus, ExchangeEntry,
        SyncReport, SyncProblem, ConflictView, ConflictValue, Preview, PreviewLanguage, FormProblem,
        PreviewLanguageRequest, NamedQuestion, NamedPage, ResolveRequest, Settings,
        SyncLogEntry, SettingsChange, FormEntry, SurveyQuery, SurveyList, SurveyRow,
        NewSurveyRequest, CarryOver, CarryProblem, MapFile, MapPiece, MapStored, MapRange, MapBytes,
        MapName, ProposalList, ProposalView, ReceivedProposal, ProposalRequest, SendProposalRequest,
        AnswerProposalRequest, ProposalOpened, SyncStart, MovedRecords, HubSeen, HubPhoto, HubCode, CourierWritten,
        CourierFile, CourierTaken,
        SuspicionKind, PairState, PairVerdict, DuplicatesQuery, Duplicates, KindCount, NikCluster, PairRow, PersonLine,
        PairRequest, PairView, PairField, PairReason, PairDecision, RefusedDecision, DecidePairRequest, CheckPersonRequest, PersonCheck,
        Alike,
        RulesView, DeskReason, DeskQuery, Desk, ReasonCount, DeskRow, ComparisonRequest, Comparison, DeskRights, ReasonChoice,
        Source, ComparedField, ComparedPhoto, CheckView, ThreadEntry, DecisionView, NeedView, NeedPoint, FindingView,
        RemovalView, OtherRemoval, EvidenceView, EvidenceRequest, EvidenceFile, EvidenceSaved, ReturnedView, AcceptRequest, SendBackRequest, NewComment, CommentRequest, AssignRequest,
        RemovalRequest, VillageRequest, Replacements, WaitingFamily, ProposedRemoval, SettleRequest, ConflictKey,
        Settled, LeftConflict, SettlementView, UndoRequest, EnumeratorWork, WorkSign, SignFamily, FieldScore,
        BackChecks, BackCheckRow, DrawRequest, DrawCheck, DrawOutcome, DeskDraft, DeskDraftRequest,
    );
    map(&mut out, &cfg);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/ipc/types.ts");

    #[test]
    fn the_typescript_of_the_screens_matches_the_command_list() {
        let wanted = typescript();
        if std::env::var_os("LAWANG_WRITE_BINDINGS").is_some() {
            std::fs::write(FILE, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            found == wanted,
            "ui/src/ipc/types.ts is out of date: run `cargo xtask bindings`"
        );
    }

    #[test]
    fn no_command_is_listed_twice() {
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }
}
