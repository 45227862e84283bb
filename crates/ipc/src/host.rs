//! The dispatcher: a command by name, JSON in, JSON out.

use crate::{
    commands::{Failure, Nothing, commands},
    desk,
    parse::{bytes, decoded, household, instance, path, proposal},
    system::System,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_app::{App, AppError, AppOptions, Whole, views::*};
use lawang_domain::InstanceId;
use lawang_store::VaultParams;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};

/// The core behind a window or a browser.
pub struct Host {
    app: App,
    /// Where courier files are written.
    exports: PathBuf,
}

macro_rules! dispatcher {
    ($($name:ident: $args:ty => $reply:ty,)*) => {
        /// One method a command.
        trait Commands {
            $(fn $name(&self, args: $args) -> Result<$reply, AppError>;)*
        }

        fn dispatch<C: Commands>(core: &C, name: &str, args: Value) -> Result<Value, AppError> {
            match name {
                $(stringify!($name) => {
                    let args: $args = read(args)?;
                    let reply: $reply = core.$name(args)?;
                    serde_json::to_value(reply).map_err(|e| AppError::new("malformed_request", e.to_string()))
                })*
                _ => Err(AppError::new("malformed_request", "no such command")),
            }
        }
    };
}
commands!(dispatcher);

fn read<T: DeserializeOwned>(args: Value) -> Result<T, AppError> {
    let args = if args.is_null() { json!({}) } else { args };
    // The text of the error could repeat what was sent; only its place is kept.
    serde_json::from_value(args)
        .map_err(|e| AppError::new("malformed_request", format!("{:?}", e.classify())))
}

impl Host {
    /// Takes a device's data directory into use. Cheap: nothing is decrypted before the PIN.
    pub fn open(directory: PathBuf) -> Self {
        let options = AppOptions {
            environment: Arc::new(System),
            key_store: crate::system::key_store(),
            hubs: crate::nearby::finder(),
            vault: VaultParams::default(),
        };
        Self {
            app: App::open(&directory, options),
            exports: directory.join("kurir"),
        }
    }

    /// Writes courier files here instead of into the data directory.
    #[must_use]
    pub fn exporting_to(mut self, folder: PathBuf) -> Self {
        self.exports = folder;
        self
    }

    /// A host without a device: for a questionnaire that its author looks at. Nothing is on disk.
    pub fn preview() -> Self {
        let options = AppOptions {
            environment: Arc::new(System),
            key_store: None,
            hubs: None,
            vault: VaultParams::default(),
        };
        Self {
            app: App::preview(options),
            exports: PathBuf::new(),
        }
    }

    /// The core itself, for programs.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Answers `{"command": name, "args": {...}}`; an error is a [`Failure`].
    pub fn call(&self, request: Value) -> Result<Value, Value> {
        let name = request
            .get("command")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let args = request.get("args").cloned().unwrap_or(Value::Null);
        dispatch(self, name, args).map_err(|error| {
            tracing::info!(
                command = name,
                code = error.code,
                detail = error.detail,
                "refused"
            );
            serde_json::to_value(self.failure(&error)).unwrap_or_default()
        })
    }

    /// An error in words.
    pub fn failure(&self, error: &AppError) -> Failure {
        let (message, hint) = error.words(&self.app.language());
        Failure {
            code: error.code.to_owned(),
            message,
            hint,
            path: error.path.clone(),
        }
    }
}

impl Commands for Host {
    fn boot(&self, _: Nothing) -> Result<Session, AppError> {
        self.app.session()
    }

    fn enrol(&self, args: EnrolRequest) -> Result<Session, AppError> {
        self.app.enrol(&args)
    }

    fn unlock(&self, args: UnlockRequest) -> Result<Session, AppError> {
        self.app.unlock(&args.pin)
    }

    fn lock(&self, _: Nothing) -> Result<Session, AppError> {
        self.app.lock()
    }

    fn change_pin(&self, args: ChangePinRequest) -> Result<Nothing, AppError> {
        self.app.change_pin(&args.old, &args.new)?;
        Ok(Nothing {})
    }

    fn worklist(&self, args: WorklistQuery) -> Result<Worklist, AppError> {
        self.app.with(|device| device.worklist(&args))
    }

    fn add_household(&self, args: AddHouseholdRequest) -> Result<HouseholdAdded, AppError> {
        let household = self
            .app
            .with(|device| device.add_household(&args.village))?;
        Ok(HouseholdAdded {
            household: household.to_string(),
        })
    }

    fn surveys(&self, args: SurveyQuery) -> Result<SurveyList, AppError> {
        self.app.with(|device| device.surveys(&args))
    }

    fn new_survey(&self, args: NewSurveyRequest) -> Result<HouseholdAdded, AppError> {
        let household = self
            .app
            .with(|device| device.new_survey(&args.form, &args.village))?;
        Ok(HouseholdAdded {
            household: household.to_string(),
        })
    }

    fn household(&self, args: HouseholdRequest) -> Result<HouseholdView, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| device.household(id))
    }

    fn visit_open(&self, args: VisitRequest) -> Result<VisitView, AppError> {
        let id = household(&args.household)?;
        self.app
            .with(|device| device.visit_view(id, args.page.as_deref()))
    }

    fn visit_answer(&self, args: AnswerRequest) -> Result<VisitView, AppError> {
        let (id, path) = (household(&args.household)?, path(&args.path)?);
        self.app.with(|device| {
            device.answer(id, &path, &args.value, Whole::Visit)?;
            device.visit_view(id, Some(&args.page))
        })
    }

    fn visit_take_over(&self, args: TakeOverRequest) -> Result<VisitView, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| {
            device.take_over(id, &args.page)?;
            device.visit_view(id, Some(&args.page))
        })
    }

    fn visit_add_member(&self, args: AddMemberRequest) -> Result<VisitView, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| {
            let member = device.add_member(id, Whole::Visit)?;
            device.visit_view_added(id, member, "members")
        })
    }

    fn visit_remove_member(&self, args: RemoveMemberRequest) -> Result<VisitView, AppError> {
        let id = household(&args.household)?;
        let member: InstanceId = args
            .member
            .parse()
            .map_err(|_| AppError::new("no_such_member", "not an id"))?;
        self.app.with(|device| {
            device.remove_member(id, member, args.removed, &args.reason)?;
            device.visit_view(id, Some("members"))
        })
    }

    fn visit_add_instance(&self, args: AddInstanceRequest) -> Result<VisitView, AppError> {
        let id = household(&args.household)?;
        let parent = args.parent.as_deref().map(instance).transpose()?;
        self.app.with(|device| {
            let added = device.add_instance(id, &args.repeat, parent)?;
            device.visit_view_added(id, added, &args.page)
        })
    }

    fn visit_remove_instance(&self, args: RemoveInstanceRequest) -> Result<VisitView, AppError> {
        let (id, gone) = (household(&args.household)?, instance(&args.instance)?);
        self.app.with(|device| {
            device.remove_instance(id, &args.repeat, gone, args.removed, &args.reason)?;
            device.visit_view(id, Some(&args.page))
        })
    }

    fn visit_choices(&self, args: ChoicesRequest) -> Result<ChoicePage, AppError> {
        let (id, path) = (household(&args.household)?, path(&args.path)?);
        self.app
            .with(|device| device.visit_choices(id, &path, &args.search, args.offset, args.limit))
    }

    fn visit_attach(&self, args: AttachRequest) -> Result<VisitView, AppError> {
        let (id, path) = (household(&args.household)?, path(&args.path)?);
        let bytes = bytes(&args.data).map_err(|error| error.at(&path))?;
        self.app.with(|device| {
            device.attach(id, &path, &args.name, &bytes)?;
            device.visit_view(id, Some(&args.page))
        })
    }

    fn visit_photo(&self, args: PhotoRequest) -> Result<VisitView, AppError> {
        let (id, path) = (household(&args.household)?, path(&args.path)?);
        let bytes = decoded(&args.data, "photo_too_large", "not_an_image");
        let bytes = bytes.map_err(|error| error.at(&path))?;
        self.app.with(|device| {
            device.add_photo(id, &path, &bytes)?;
            device.visit_view(id, Some(&args.page))
        })
    }

    fn visit_summary(&self, args: HouseholdRequest) -> Result<VisitSummary, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| {
            device.log_other_screen(id, "end screen")?;
            device.visit_summary(id, Whole::Visit)
        })
    }

    fn visit_jump(&self, args: HouseholdRequest) -> Result<Nothing, AppError> {
        let id = household(&args.household)?;
        self.app
            .with(|device| device.log_other_screen(id, "jump"))?;
        Ok(Nothing {})
    }

    fn visit_locate(&self, args: LocateRequest) -> Result<Nothing, AppError> {
        let id = household(&args.household)?;
        let found = match (args.latitude, args.longitude) {
            (Some(latitude), Some(longitude)) => Some([
                latitude,
                longitude,
                args.altitude.unwrap_or(0.0),
                args.accuracy.unwrap_or(0.0),
            ]),
            _ => None,
        };
        self.app
            .with(|device| device.locate(id, found, &args.problem))?;
        Ok(Nothing {})
    }

    fn visit_identify(&self, args: IdentifyRequest) -> Result<VisitView, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| {
            device.identify(id, &args.name)?;
            device.visit_view(id, Some(&args.page))
        })
    }

    fn visit_reason(&self, args: ReasonRequest) -> Result<Nothing, AppError> {
        let id = household(&args.household)?;
        self.app
            .with(|device| device.give_reason(id, &args.reason))?;
        Ok(Nothing {})
    }

    fn visit_submit(&self, args: HouseholdRequest) -> Result<Submitted, AppError> {
        let id = household(&args.household)?;
        let at = self.app.with(|device| device.submit(id, Whole::Visit))?;
        Ok(Submitted {
            household: args.household,
            at,
        })
    }

    fn visit_close(&self, args: HouseholdRequest) -> Result<Nothing, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| device.leave_visit(id))?;
        Ok(Nothing {})
    }

    fn photo(&self, args: PhotoFetch) -> Result<PhotoData, AppError> {
        self.app.with(|device| {
            Ok(PhotoData {
                url: device.photo_url(&args.photo, args.size)?,
            })
        })
    }

    fn attachment(&self, args: AttachmentFetch) -> Result<AttachmentData, AppError> {
        self.app.with(|device| device.attachment(&args.id))
    }

    fn form_media(&self, args: MediaRequest) -> Result<MediaData, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| {
            Ok(MediaData {
                url: device.form_media(id, &args.file)?,
            })
        })
    }

    fn sync_start(&self, args: SyncStart) -> Result<SyncStatus, AppError> {
        let place = args.place.trim();
        self.app
            .sync_start((!place.is_empty()).then(|| place.to_owned()))
    }

    fn hub_code(&self, args: HubPhoto) -> Result<HubCode, AppError> {
        self.app.read_hub_code(&bytes(&args.data)?)
    }

    fn courier_export(&self, _: Nothing) -> Result<CourierWritten, AppError> {
        self.app.courier_export(&self.exports)
    }

    fn courier_import(&self, args: CourierFile) -> Result<CourierTaken, AppError> {
        self.app.courier_import(&bytes(&args.data)?)
    }

    fn sync_status(&self, _: Nothing) -> Result<SyncStatus, AppError> {
        self.app.sync_status()
    }

    fn sync_log(&self, _: Nothing) -> Result<Vec<ExchangeEntry>, AppError> {
        self.app.with(|device| device.sync_history())
    }

    fn sync_cancel(&self, _: Nothing) -> Result<SyncStatus, AppError> {
        self.app.sync_cancel()
    }

    fn conflicts(&self, _: Nothing) -> Result<Vec<ConflictView>, AppError> {
        self.app.with(|device| device.conflicts())
    }

    fn conflict_resolve(&self, args: ResolveRequest) -> Result<Nothing, AppError> {
        let (id, path) = (household(&args.household)?, path(&args.path)?);
        self.app.with(|device| {
            device.resolve(id, &path, &args.value, &args.reason, Some(&args.seen))
        })?;
        Ok(Nothing {})
    }

    fn desk(&self, args: DeskQuery) -> Result<Desk, AppError> {
        // Nothing to do where everybody was compared already.
        self.app.search_duplicates()?;
        self.app.with(|device| device.desk(&args))
    }

    fn desk_household(&self, args: ComparisonRequest) -> Result<Comparison, AppError> {
        desk::open(&self.app, args)
    }

    fn desk_accept(&self, args: AcceptRequest) -> Result<Comparison, AppError> {
        desk::accept(&self.app, args)
    }

    fn desk_send_back(&self, args: SendBackRequest) -> Result<Comparison, AppError> {
        desk::send_back(&self.app, args)
    }

    fn desk_comment(&self, args: CommentRequest) -> Result<Comparison, AppError> {
        desk::comment(&self.app, args)
    }

    fn desk_assign(&self, args: AssignRequest) -> Result<Comparison, AppError> {
        desk::assign(&self.app, args)
    }

    fn desk_removal(&self, args: RemovalRequest) -> Result<Comparison, AppError> {
        desk::removal(&self.app, args)
    }

    fn evidence_add(&self, args: EvidenceRequest) -> Result<Vec<EvidenceView>, AppError> {
        let (id, bytes) = (household(&args.household)?, bytes(&args.data)?);
        self.app.with(|device| device.add_evidence(id, &bytes))
    }

    fn evidence_drop(&self, args: EvidenceFile) -> Result<Vec<EvidenceView>, AppError> {
        let id = household(&args.household)?;
        self.app.with(|device| device.drop_evidence(id, &args.file))
    }

    fn evidence_save(&self, args: EvidenceFile) -> Result<EvidenceSaved, AppError> {
        let id = household(&args.household)?;
        self.app
            .with(|device| device.save_evidence(id, &args.file, &self.exports))
    }

    fn replacements(&self, args: VillageRequest) -> Result<Replacements, AppError> {
        self.app.with(|device| device.replacements(&args.village))
    }

    fn conflicts_settle(&self, args: SettleRequest) -> Result<Settled, AppError> {
        desk::settle(&self.app, args)
    }

    fn settlements(&self, _: Nothing) -> Result<Vec<SettlementView>, AppError> {
        self.app.with(|device| device.settlements())
    }

    fn settlement_undo(&self, args: UndoRequest) -> Result<Nothing, AppError> {
        desk::undo(&self.app, args)
    }

    fn rules(&self, _: Nothing) -> Result<RulesView, AppError> {
        self.app.with(|device| device.rules_in_force())
    }

    fn enumerators(&self, args: VillageRequest) -> Result<Vec<EnumeratorWork>, AppError> {
        self.app.with(|device| device.enumerators(&args.village))
    }

    fn back_checks(&self, args: VillageRequest) -> Result<BackChecks, AppError> {
        self.app.with(|device| device.back_checks(&args.village))
    }

    fn back_check_draw(&self, args: DrawRequest) -> Result<BackChecks, AppError> {
        desk::draw(&self.app, args)
    }

    fn desk_draft(&self, args: DeskDraftRequest) -> Result<Nothing, AppError> {
        desk::keep_draft(&self.app, args)
    }

    fn back_check_draws(&self, args: VillageRequest) -> Result<Vec<DrawCheck>, AppError> {
        self.app.with(|device| device.check_draws(&args.village))
    }

    fn back_check_begin(&self, args: HouseholdRequest) -> Result<HouseholdAdded, AppError> {
        desk::begin_again(&self.app, args)
    }

    fn proposals(&self, _: Nothing) -> Result<ProposalList, AppError> {
        self.app.with(|device| device.proposals(false))
    }

    fn proposal_send(&self, args: SendProposalRequest) -> Result<ProposalList, AppError> {
        let id = proposal(&args.proposal)?;
        self.app.with(|device| {
            device.send_proposal(id.0, &args.note)?;
            device.proposals(false)
        })
    }

    fn proposal_discard(&self, args: ProposalRequest) -> Result<ProposalList, AppError> {
        let id = proposal(&args.proposal)?;
        self.app.with(|device| {
            device.discard_proposal(id.0)?;
            device.proposals(false)
        })
    }

    fn proposal_correct(&self, args: ProposalRequest) -> Result<ProposalOpened, AppError> {
        let id = proposal(&args.proposal)?;
        self.app.with(|device| device.correct_proposal(id.0))
    }

    fn proposal_answer(&self, args: AnswerProposalRequest) -> Result<ProposalList, AppError> {
        let (household, id) = (household(&args.household)?, proposal(&args.proposal)?);
        self.app.with(|device| {
            device.answer_proposal(household, id, args.take, &args.note)?;
            device.proposals(false)
        })
    }

    fn duplicates(&self, args: DuplicatesQuery) -> Result<Duplicates, AppError> {
        self.app.search_duplicates()?;
        self.app.with(|device| device.duplicates(&args))
    }

    fn duplicate_pair(&self, args: PairRequest) -> Result<PairView, AppError> {
        self.app.with(|device| device.pair(&args.pair))
    }

    fn decide_pair(&self, args: DecidePairRequest) -> Result<PairView, AppError> {
        let view = self.app.with(|device| {
            device.decide_pair(&args)?;
            device.pair(&args.pair)
        })?;
        self.app.search_duplicates()?;
        Ok(view)
    }

    fn check_person(&self, args: CheckPersonRequest) -> Result<PersonCheck, AppError> {
        let check = self.app.with(|device| device.check_person(&args))?;
        if check.preparing {
            self.app.search_duplicates()?;
        }
        Ok(check)
    }

    fn preview(&self, _: Nothing) -> Result<Preview, AppError> {
        Ok(self.app.preview_view())
    }

    fn preview_language(&self, args: PreviewLanguageRequest) -> Result<Preview, AppError> {
        self.app.preview_language(&args.language)
    }

    fn preview_names(&self, args: VisitRequest) -> Result<NamedPage, AppError> {
        let id = household(&args.household)?;
        self.app
            .preview_names(id, args.page.as_deref().unwrap_or_default())
    }

    fn maps(&self, _: Nothing) -> Result<Vec<MapFile>, AppError> {
        self.app.maps()
    }

    fn map_put(&self, args: MapPiece) -> Result<MapStored, AppError> {
        let bytes = decoded(&args.data, "malformed_request", "malformed_request")?;
        self.app
            .map_put(&args.name, args.offset, args.total, &bytes)
    }

    fn map_read(&self, args: MapRange) -> Result<MapBytes, AppError> {
        let bytes = self.app.map_read(&args.name, args.offset, args.length)?;
        Ok(MapBytes {
            data: BASE64.encode(bytes),
        })
    }

    fn map_remove(&self, args: MapName) -> Result<Vec<MapFile>, AppError> {
        self.app.map_remove(&args.name)
    }

    fn settings(&self, _: Nothing) -> Result<Settings, AppError> {
        self.app.settings()
    }

    fn settings_change(&self, args: SettingsChange) -> Result<Settings, AppError> {
        self.app.with(|device| {
            device.set_preferences(args.language.as_deref(), args.theme.as_deref())
        })?;
        self.app.settings()
    }
}
