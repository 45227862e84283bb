//! The list. A command is a name, what it is given and what it answers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Nothing to give, or nothing to answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// What went wrong, in the user's language. Never holds a NIK or a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Failure {
    /// Stable word for programs, e.g. `wrong_pin`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The field that it is about, if it is about one.
    pub path: Option<String>,
}

/// Writes the list once; everything else is derived from it: names, TypeScript, the dispatcher.
macro_rules! commands {
    ($callback:ident) => {
        $callback! {
            boot: Nothing => Session,
            enrol: EnrolRequest => Session,
            unlock: UnlockRequest => Session,
            lock: Nothing => Session,
            change_pin: ChangePinRequest => Nothing,
            worklist: WorklistQuery => Worklist,
            add_household: AddHouseholdRequest => HouseholdAdded,
            surveys: SurveyQuery => SurveyList,
            new_survey: NewSurveyRequest => HouseholdAdded,
            household: HouseholdRequest => HouseholdView,
            visit_open: VisitRequest => VisitView,
            visit_answer: AnswerRequest => VisitView,
            visit_take_over: TakeOverRequest => VisitView,
            visit_add_member: AddMemberRequest => VisitView,
            visit_remove_member: RemoveMemberRequest => VisitView,
            visit_add_instance: AddInstanceRequest => VisitView,
            visit_remove_instance: RemoveInstanceRequest => VisitView,
            visit_choices: ChoicesRequest => ChoicePage,
            visit_photo: PhotoRequest => VisitView,
            visit_attach: AttachRequest => VisitView,
            visit_locate: LocateRequest => Nothing,
            visit_identify: IdentifyRequest => VisitView,
            visit_reason: ReasonRequest => Nothing,
            visit_jump: HouseholdRequest => Nothing,
            visit_summary: HouseholdRequest => VisitSummary,
            visit_submit: HouseholdRequest => Submitted,
            visit_close: HouseholdRequest => Nothing,
            photo: PhotoFetch => PhotoData,
            attachment: AttachmentFetch => AttachmentData,
            form_media: MediaRequest => MediaData,
            sync_start: SyncStart => SyncStatus,
            sync_status: Nothing => SyncStatus,
            sync_cancel: Nothing => SyncStatus,
            sync_log: Nothing => Vec<ExchangeEntry>,
            hub_code: HubPhoto => HubCode,
            courier_export: Nothing => CourierWritten,
            courier_import: CourierFile => CourierTaken,
            conflicts: Nothing => Vec<ConflictView>,
            conflict_resolve: ResolveRequest => Nothing,
            desk: DeskQuery => Desk,
            desk_household: ComparisonRequest => Comparison,
            desk_accept: AcceptRequest => Comparison,
            desk_send_back: SendBackRequest => Comparison,
            desk_comment: CommentRequest => Comparison,
            desk_assign: AssignRequest => Comparison,
            desk_removal: RemovalRequest => Comparison,
            evidence_add: EvidenceRequest => Vec<EvidenceView>,
            evidence_drop: EvidenceFile => Vec<EvidenceView>,
            evidence_save: EvidenceFile => EvidenceSaved,
            replacements: VillageRequest => Replacements,
            conflicts_settle: SettleRequest => Settled,
            settlements: Nothing => Vec<SettlementView>,
            settlement_undo: UndoRequest => Nothing,
            rules: Nothing => RulesView,
            enumerators: VillageRequest => Vec<EnumeratorWork>,
            back_checks: VillageRequest => BackChecks,
            back_check_draw: DrawRequest => BackChecks,
            desk_draft: DeskDraftRequest => Nothing,
            back_check_draws: VillageRequest => Vec<DrawCheck>,
            back_check_begin: HouseholdRequest => HouseholdAdded,
            proposals: Nothing => ProposalList,
            proposal_send: SendProposalRequest => ProposalList,
            proposal_discard: ProposalRequest => ProposalList,
            proposal_correct: ProposalRequest => ProposalOpened,
            proposal_answer: AnswerProposalRequest => ProposalList,
            duplicates: DuplicatesQuery => Duplicates,
            duplicate_pair: PairRequest => PairView,
            decide_pair: DecidePairRequest => PairView,
            check_person: CheckPersonRequest => PersonCheck,
            preview: Nothing => Preview,
            preview_language: PreviewLanguageRequest => Preview,
            preview_names: VisitRequest => NamedPage,
            maps: Nothing => Vec<MapFile>,
            map_put: MapPiece => MapStored,
            map_read: MapRange => MapBytes,
            map_remove: MapName => Vec<MapFile>,
            settings: Nothing => Settings,
            settings_change: SettingsChange => Settings,
        }
    };
}
pub(crate) use commands;
