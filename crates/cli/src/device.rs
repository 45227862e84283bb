//! `lawang device`: what the window does, without the window.

mod desk;
mod dump;
mod duplicates;
mod findings;
mod receipts;
mod review;
mod run;
pub mod ui;

use lawang_domain::{HouseholdId, InstanceId};
use std::{net::SocketAddr, path::PathBuf};

/// Do what the window does, on a device's data folder. The PIN comes from LAWANG_PIN or is asked for.
#[derive(clap::Args)]
#[command(after_help = "Example: LAWANG_PIN=246810 lawang device --data ./tablet sync --json")]
pub struct Args {
    /// The device's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make this folder a device of a server.
    #[command(
        after_help = "Example: lawang device --data ./tablet enrol --server https://lawang.example.go.id --code 7KQ2M-94XYZ"
    )]
    Enrol {
        /// The server's address.
        #[arg(long, value_name = "URL")]
        server: String,
        /// The code from `lawang admin enrol`.
        #[arg(long)]
        code: String,
    },
    /// List households.
    #[command(
        after_help = "Example: lawang device --data ./tablet households --search siti --limit 20"
    )]
    Households {
        /// Words of a name or address, RT, RW.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// At most so many.
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
    },
    /// Show a household.
    #[command(
        after_help = "Example: lawang device --data ./tablet show 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    Show {
        /// Its id.
        household: HouseholdId,
        /// Print full NIK and No. KK; logged.
        #[arg(long)]
        reveal: bool,
    },
    /// Add a household that the register does not know.
    #[command(
        after_help = "Example: lawang device --data ./tablet add-household --answers new.json --json"
    )]
    AddHousehold {
        /// JSON object of answers by field.
        #[arg(long, value_name = "FILE")]
        answers: PathBuf,
    },
    /// Answer questions; evaluated and checked by the questionnaire.
    #[command(
        after_help = "Example: lawang device --data ./tablet set 5f0c0000-0000-4000-8000-000000000001 floor_material 2 rt 003"
    )]
    Set {
        /// The household.
        household: HouseholdId,
        /// PATH VALUE, as often as wanted.
        #[arg(required = true, num_args = 2.., value_names = ["PATH", "VALUE"], allow_hyphen_values = true)]
        answers: Vec<String>,
    },
    /// Add a member.
    #[command(
        after_help = "Example: lawang device --data ./tablet add-member 5f0c0000-0000-4000-8000-000000000001 --answers baby.json"
    )]
    AddMember {
        /// The household.
        household: HouseholdId,
        /// JSON object of answers by field.
        #[arg(long, value_name = "FILE")]
        answers: PathBuf,
    },
    /// Submit a visit; refused with the list of what is missing or wrong.
    #[command(
        after_help = "Example: lawang device --data ./tablet submit 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    Submit {
        /// The household.
        household: HouseholdId,
    },
    /// Exchange with the server.
    #[command(after_help = "Example: lawang device --data ./tablet sync --json")]
    Sync {
        /// Another address of the same server, or the address or code of a hub of its district.
        #[arg(long, value_name = "URL")]
        server: Option<String>,
    },
    /// Write everything that the district does not have into a file, sealed to the district.
    #[command(
        after_help = "Example: lawang device --data ./tablet export-batch card/tablet-3.lawang --json"
    )]
    ExportBatch {
        /// File to write.
        file: PathBuf,
    },
    /// Take a file of the district's answers, from `lawang admin export-answers`.
    #[command(
        after_help = "Example: lawang device --data ./tablet import-batch card/answers.lawang --json"
    )]
    ImportBatch {
        /// The file.
        file: PathBuf,
    },
    /// List answers with several values.
    #[command(after_help = "Example: lawang device --data ./tablet conflicts --json")]
    Conflicts,
    /// Settle a conflict.
    #[command(
        after_help = "Example: lawang device --data ./tablet resolve 5f0c0000-0000-4000-8000-000000000001 floor_material --value 2 --reason 'seen myself'"
    )]
    Resolve {
        /// The household.
        household: HouseholdId,
        /// The field.
        path: String,
        /// The value that holds.
        #[arg(long, allow_hyphen_values = true)]
        value: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// What was looked at (`seen` of `conflicts --json`): refused when other values stand there by now.
        #[arg(long, value_name = "TEXT")]
        seen: Option<String>,
    },
    /// Who may stand in the register twice, with reasons. Searches to the end first.
    #[command(after_help = "Example: lawang device --data ./tablet duplicates --json")]
    Duplicates {
        /// Also what was decided.
        #[arg(long)]
        all: bool,
        /// Only this village.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
        /// Only with a member of this household.
        #[arg(long, value_name = "ID")]
        household: Option<HouseholdId>,
    },
    /// Two persons side by side, from `lawang device duplicates`.
    #[command(
        after_help = "Example: lawang device --data ./tablet pair 5f0c0000-0000-4000-8000-000000000003 --json"
    )]
    Pair {
        /// The pair.
        pair: String,
    },
    /// Decide about a pair: the same person, one person in two families, or different persons.
    #[command(
        after_help = "Example: lawang device --data ./tablet decide-pair 5f0c0000-0000-4000-8000-000000000003 --verdict same --keep 1 --reason 'seen both KK'"
    )]
    DecidePair {
        /// The pair.
        pair: String,
        /// What holds.
        #[arg(long, value_parser = ["same", "two_families", "different"])]
        verdict: String,
        /// With `same`: which record stays, 1 left, 2 right; without it the one that says more.
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=2))]
        keep: Option<u8>,
        /// With `same`: a question whose answer is taken from the one that goes; as often as wanted.
        #[arg(long, value_name = "FIELD")]
        take: Vec<String>,
        /// What `lawang device pair` said under `seen`; without it the pair as it is now.
        #[arg(long, value_name = "TEXT")]
        seen: Option<String>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Where a record stands, and what was decided on it.
    #[command(
        after_help = "Example: lawang device --data ./tablet review 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    Review {
        /// The household.
        household: HouseholdId,
    },
    /// Send a record back to whoever visits, with a reason and comments on answers.
    #[command(
        after_help = "Example: lawang device --data ./tablet return 5f0c0000-0000-4000-8000-000000000001 --reason 'photo is missing' --comment floor_material 'look again'"
    )]
    Return {
        /// The household.
        household: HouseholdId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// A comment on one answer, as often as wanted.
        #[arg(long, num_args = 2, value_names = ["PATH", "TEXT"], action = clap::ArgAction::Append)]
        comment: Vec<String>,
    },
    /// Take the step forward that is this person's to take.
    #[command(
        after_help = "Example: lawang device --data ./tablet approve 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    Approve {
        /// The household.
        household: HouseholdId,
        /// What to say about it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Say who is to visit a household.
    #[command(
        after_help = "Example: lawang device --data ./tablet assign 5f0c0000-0000-4000-8000-000000000001 --person 'Siti Aminah'"
    )]
    Assign {
        /// The household.
        household: HouseholdId,
        /// Who.
        #[arg(long, value_name = "NAME")]
        person: String,
        /// With which device, from `lawang admin devices`.
        #[arg(long, value_name = "ID", default_value = "")]
        device: String,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    #[command(flatten)]
    Desk(desk::DeskCommand),
    /// Edits that the server refused, with reasons, and what others propose.
    #[command(after_help = "Example: lawang device --data ./tablet proposals --json")]
    Proposals {
        /// Also those that were dealt with.
        #[arg(long)]
        all: bool,
    },
    /// Send refused edits to whoever may make them.
    #[command(
        after_help = "Example: lawang device --data ./tablet send-proposal 5f0c0000-0000-4000-8000-000000000002 --note 'they moved in May' --json"
    )]
    SendProposal {
        /// From `lawang device proposals`.
        proposal: InstanceId,
        /// What to say about it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Lay refused edits aside for good, or take a refused decision about a pair back; they stay in the log, marked.
    #[command(
        after_help = "Example: lawang device --data ./tablet discard-proposal 5f0c0000-0000-4000-8000-000000000002 --yes"
    )]
    DiscardProposal {
        /// From `lawang device proposals`.
        proposal: InstanceId,
        /// I know that these answers will not reach the server.
        #[arg(long)]
        yes: bool,
    },
    /// Answer what somebody proposes: take the edits over, or say why not.
    #[command(
        after_help = "Example: lawang device --data ./tablet answer-proposal 5f0c0000-0000-4000-8000-000000000001 5f0c0000-0000-4000-8000-000000000002 --take"
    )]
    AnswerProposal {
        /// The household.
        household: HouseholdId,
        /// From `lawang device proposals`.
        proposal: InstanceId,
        /// Take the edits over into the record.
        #[arg(long)]
        take: bool,
        /// What to say about it; needed when they are not taken.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// List questionnaires that can be filled in here.
    #[command(after_help = "Example: lawang device --data ./tablet forms --json")]
    Forms,
    /// Begin a submission of another questionnaire than the household visit; `set`, `submit` and `show` take its id.
    #[command(
        after_help = "Example: lawang device --data ./tablet new-survey village_needs --village 18.09.01.2001 --json"
    )]
    NewSurvey {
        /// The questionnaire's identifier, from `lawang device forms`.
        form: String,
        /// The village it belongs to; may be left out when the device has only one.
        #[arg(long, value_name = "CODE")]
        village: Option<String>,
    },
    /// List submissions of other questionnaires.
    #[command(
        after_help = "Example: lawang device --data ./tablet surveys --form village_needs --json"
    )]
    Surveys {
        /// Only of this questionnaire.
        #[arg(long, value_name = "ID")]
        form: Option<String>,
    },
    /// Lists of entities that this device holds, to be chosen in questionnaires.
    #[command(after_help = "Example: lawang device --data ./tablet entities --list trees --json")]
    Entities {
        /// Only this list.
        #[arg(long, value_name = "NAME")]
        list: Option<String>,
    },
    /// Say which answers of a household do not fit the version that its next visit uses. Changes nothing.
    #[command(
        after_help = "Example: lawang device --data ./tablet carry-over 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    CarryOver {
        /// The household, or a submission.
        household: HouseholdId,
    },
    /// What the server signed at the end of exchanges; `lawang admin check-receipt` checks it years later.
    #[command(
        after_help = "Example: lawang device --data ./tablet receipts --export receipts.json --json"
    )]
    Receipts {
        /// Write them to this file, for `lawang admin check-receipt`.
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
    /// What the civil registry and the lists of programmes say of a family's members, for those who verify.
    #[command(
        after_help = "Example: lawang device --data ./laptop findings 5f0c0000-0000-4000-8000-000000000001 --json"
    )]
    Findings {
        /// The household; all of them without it.
        household: Option<HouseholdId>,
    },
    /// What is here and what is not yet sent.
    #[command(after_help = "Example: lawang device --data ./tablet status --json")]
    Status,
    /// The same screens in a browser, on this machine only.
    #[command(
        after_help = "Example: lawang device --data ./tablet serve-ui --listen 127.0.0.1:7000"
    )]
    ServeUi {
        /// A loopback address.
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
        listen: SocketAddr,
    },
    /// Build tables and search anew from the change log.
    #[command(after_help = "Example: lawang device --data ./tablet rebuild --json")]
    Rebuild,
}

pub use run::run;
