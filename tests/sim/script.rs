//! What happens in a small world, as plain data: a seed gives a script, a script can be shortened and kept.

use lawang_domain::Role;
use serde::{Deserialize, Serialize};

/// A world and everything that happens in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// Of identities and chance inside the world.
    pub seed: u64,
    pub setup: Setup,
    pub steps: Vec<Step>,
}

/// How a world begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Households of each of the two villages.
    pub households: usize,
    pub people: Vec<Person>,
    /// Hubs at the kecamatan; the second has both villages.
    pub hubs: usize,
    /// The district's store lies on the disk, encrypted, and can be backed up.
    pub on_disk: bool,
    /// The short questionnaire is published from the beginning, so that visits can be finished.
    pub short_form: bool,
    /// Somebody with an enrolled device forges what is sent.
    pub hostile: bool,
}

/// Whoever has a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub role: Role,
    /// Has the second village too.
    pub both: bool,
}

/// One thing that happens. `chance` decides what depends on the state of the world, so that a step does the same
/// kind of thing whatever was dropped before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub act: Act,
    pub chance: u64,
    /// Steps with the same number are about the same household, person and question, whoever takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<u64>,
    /// What goes wrong on the device meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// What goes wrong on a device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Trouble {
    /// After so many transactions the process dies before the next.
    Crash(u32),
    /// The disk is full.
    Full,
}

/// What goes wrong at a server, as [`lawang_server::Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Fault {
    CrashBefore(u32),
    CrashAfter(u32),
    Full,
}

/// What may happen to a message; in percent, where nothing else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Link {
    /// The request never arrives.
    pub lose_request: u8,
    /// The answer never arrives.
    pub lose_answer: u8,
    /// The request arrives twice.
    pub double: u8,
    /// An older request arrives again first.
    pub stale: u8,
    /// The request is held up and arrives behind the next one, when nobody waits for it.
    pub late: u8,
    /// Only the beginning of the request arrives.
    pub torn: u8,
    /// Every so many bytes, both ways together, the link breaks, at whatever byte that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_every: Option<usize>,
    /// After so many messages nothing arrives any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts_after: Option<usize>,
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum How {
    /// Typed on the screen, part of a change later.
    Type,
    /// Given at once.
    Give,
    /// A new member.
    Member,
    /// Somebody of the household is named anew.
    Rename,
    /// The same, typed on the screen.
    TypeName,
    /// A dozen answers, each given at once.
    Much,
    /// A member is struck out.
    StrikeOut,
    /// A household that is not on the list.
    Household,
    /// A survey of the village, where one was fetched.
    Survey,
}

/// What a person does while an exchange is under way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Meanwhile {
    /// After so many messages.
    pub after: usize,
    pub how: How,
}

/// What a hostile device tries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Attack {
    /// Writes answers though the office took the role away.
    Role,
    /// Writes to a village that is not its own.
    Village,
    /// Writes what only the register says.
    RegisterField,
    /// Decides as a verifier does.
    Decision,
    /// Lets the operation counter jump ahead.
    Counter,
    /// A bit flipped after the checksum was made.
    FlippedBit,
    /// Names a predecessor that stands elsewhere.
    Predecessor,
    /// Writes into an object that is not there.
    Object,
    /// Says something else under a number that its actor has used.
    ReusedActor,
    /// Signs a change that another device made.
    StolenActor,
    /// Builds on a change that nobody has.
    Dependency,
    /// A hub makes up a batch of one of its devices.
    ForgedByHub,
    /// Goes on after the office revoked it.
    Revoked,
    /// Writes into a member that was struck out.
    RemovedMember,
    /// Makes somebody or something that is there once more, so that the other map is seen no more.
    MadeAgain,
}

impl Attack {
    pub const ALL: [Self; 15] = [
        Self::Role,
        Self::Village,
        Self::RegisterField,
        Self::Decision,
        Self::Counter,
        Self::FlippedBit,
        Self::Predecessor,
        Self::Object,
        Self::ReusedActor,
        Self::StolenActor,
        Self::Dependency,
        Self::ForgedByHub,
        Self::Revoked,
        Self::RemovedMember,
        Self::MadeAgain,
    ];
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Act {
    Write {
        tablet: usize,
        how: How,
    },
    /// A tree is planted, or changed.
    Plant {
        tablet: usize,
    },
    /// A visit is finished.
    Submit {
        tablet: usize,
    },
    /// A verifier approves, or sends back.
    Decide {
        tablet: usize,
        approve: bool,
    },
    Comment {
        tablet: usize,
    },
    /// A household is given to somebody else to visit.
    Assign {
        tablet: usize,
        to: usize,
    },
    /// A refused edit is sent on, corrected or laid aside; a received one answered.
    Proposal {
        tablet: usize,
    },
    /// A conflict is settled.
    Settle {
        tablet: usize,
    },
    /// A device exchanges with the district, or with a hub.
    Exchange {
        tablet: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hub: Option<usize>,
        #[serde(default)]
        link: Link,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
        /// People do not wait until it is done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meanwhile: Option<Meanwhile>,
    },
    /// A hub exchanges with the district.
    Upstream {
        hub: usize,
        #[serde(default)]
        link: Link,
        /// At the hub.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
        /// At the district.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        district: Option<Fault>,
    },
    /// Work goes on a memory card to the district or a hub, and answers come back on it.
    Courier {
        tablet: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hub: Option<usize>,
        /// The card is damaged at one byte.
        damaged: bool,
        /// The card is read twice.
        twice: bool,
    },
    Restart {
        tablet: usize,
    },
    RestartServer {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hub: Option<usize>,
    },
    Role {
        tablet: usize,
        role: Role,
    },
    /// A person gets the first village, the second, or both.
    Villages {
        tablet: usize,
        first: bool,
        second: bool,
    },
    Revoke {
        tablet: usize,
    },
    /// Questionnaires are published.
    Publish {
        version: u32,
    },
    /// A newer prelist is imported.
    Import {
        version: u32,
    },
    /// A device's database is copied away.
    Copy {
        tablet: usize,
    },
    /// The copy takes the place of the database.
    PutBack {
        tablet: usize,
    },
    Backup,
    /// The server's disk is gone; the newest backup takes its place.
    Restore,
    Clock {
        tablet: usize,
        days: i32,
    },
    Wait {
        hours: u32,
    },
    /// A household is erased on request, or one person of it.
    Erase {
        person: bool,
    },
    /// A household goes to the other village, because one was split or merged.
    Move,
    /// Records of at least so many changes begin anew.
    Compact {
        changes: u64,
    },
    Attack {
        attack: Attack,
    },
}

impl Act {
    /// The hub at which it happens.
    pub fn hub(&self) -> Option<usize> {
        match self {
            Self::Exchange { hub, .. }
            | Self::Courier { hub, .. }
            | Self::RestartServer { hub } => *hub,
            Self::Upstream { hub, .. } => Some(*hub),
            _ => None,
        }
    }

    /// The device on which it happens.
    pub fn tablet(&self) -> Option<usize> {
        match self {
            Self::Write { tablet, .. }
            | Self::Plant { tablet }
            | Self::Submit { tablet }
            | Self::Decide { tablet, .. }
            | Self::Comment { tablet }
            | Self::Assign { tablet, .. }
            | Self::Proposal { tablet }
            | Self::Settle { tablet }
            | Self::Exchange { tablet, .. }
            | Self::Courier { tablet, .. } => Some(*tablet),
            _ => None,
        }
    }
}
