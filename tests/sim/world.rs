//! The world of a script while it runs.

use crate::{
    ledger::{Entry, Ledger},
    network::{Node, Underway, Way},
    report::{Counts, UNEXPECTED, Violation, must},
    script::{Fault, Link, Script, Setup, Trouble},
};
use lawang_app::{AppError, CancelToken, Device, Hub, exchange, exchange_at_hub};
use lawang_domain::{Denied, DeviceId, HouseholdId, InstanceId, Role, VillageCode};
use lawang_records::Hash;
use lawang_server::{EnrolRequest, hub::HubIdentity, hub::UpstreamReport};
use lawang_sync::{HubCertificate, Report};
use lawang_tests::{
    chance::Chance,
    forms, prelist,
    world::{NOW, Tablet, enrol_as},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{MutexGuard, PoisonError},
};

/// The village of everybody, and the one of some.
pub const HERE: &str = prelist::VILLAGE;
pub const THERE: &str = lawang_tests::hubs::ELSEWHERE;
/// With which certificate all hubs answer.
const TLS: [u8; 32] = [7; 32];

/// A hub, and its id at the district.
pub struct HubNode {
    pub node: Node,
    pub device: DeviceId,
    underway: Underway,
}

/// The world.
pub struct World {
    pub seed: u64,
    pub setup: Setup,
    pub district: Node,
    pub hubs: Vec<HubNode>,
    pub tablets: Vec<Tablet>,
    pub hostile: Option<Tablet>,
    underway: BTreeMap<(usize, Option<usize>), Underway>,
    pub counts: Counts,
    pub ledger: Ledger,
    /// By the district's clock, milliseconds since 1970.
    pub now: u64,
    pub place: Option<tempfile::TempDir>,
    /// Copies of devices' databases, and how much of the ledger was written then.
    pub copies: BTreeMap<usize, (rusqlite::Connection, usize)>,
    pub backups: Vec<PathBuf>,
    pub revoked: BTreeSet<usize>,
    /// People had a village taken away at some time.
    pub moved: BTreeSet<usize>,
    /// Their databases were replaced by old copies.
    pub put_back: BTreeSet<usize>,
    /// The office took something from somebody, or a record was decided on: work may be refused.
    pub refusing: bool,
    /// Changes that were forged, and how.
    pub forged: Vec<(Hash, String)>,
    /// What was erased, and at which step: households, or persons of them. What is said of them afterwards by whoever
    /// does not know yet goes the same way.
    pub gone: Vec<(HouseholdId, Option<InstanceId>, usize)>,
    pub forms_published: bool,
    pub step: usize,
}

/// What a person does on a device while it exchanges.
pub type Work<'w> = &'w mut dyn FnMut(&mut Device, &mut Ledger);

/// The device, whoever panicked with it.
pub fn lock(tablet: &Tablet) -> MutexGuard<'_, Device> {
    tablet.device.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the policy said no, on the device or at the server.
pub fn denied(code: &str) -> bool {
    Denied::CODES.contains(&code) || code == "no_such_village"
}

pub fn villages(first: bool, second: bool) -> Vec<VillageCode> {
    let mut all = Vec::new();
    for (wanted, code) in [(first, HERE), (second, THERE)] {
        if wanted {
            all.push(code.parse().unwrap_or_else(|e| panic!("{e}")));
        }
    }
    all
}

/// In memory where the system has such a place: nothing here outlives the machine.
fn folder() -> std::io::Result<tempfile::TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() {
        return tempfile::tempdir_in(memory);
    }
    tempfile::tempdir()
}

impl World {
    /// A district with a small register, hubs and devices that have their first download.
    pub fn new(script: &Script) -> Result<Self, Violation> {
        let setup = script.setup.clone();
        let seed = script.seed;
        let place = setup
            .on_disk
            .then(|| folder().unwrap_or_else(|e| panic!("no folder: {e}")));
        let folder = place.as_ref().map(|place| place.path().join("server"));
        let district = Node::new(seed, folder, "district");
        for village in [HERE, THERE] {
            let list = prelist::small(village, setup.households);
            let server = district.server();
            server
                .import_prelist(&list, NOW, &mut |_, _| ())
                .unwrap_or_else(|e| panic!("prelist: {e}"));
        }
        if setup.short_form {
            forms::publish(district.server(), &forms::simulated("8000"), &[]);
        }
        let person = |n: usize, role: Role, both: bool, name: &str| {
            let places: &[&str] = if both { &[HERE, THERE] } else { &[HERE] };
            let seed = seed.wrapping_mul(31).wrapping_add(n as u64);
            enrol_as(district.server(), seed, places, name, role)
        };
        let tablets: Vec<Tablet> = setup
            .people
            .iter()
            .enumerate()
            .map(|(n, who)| person(n, who.role, who.both, &format!("Enumerator {n}")))
            .collect();
        let hostile = setup
            .hostile
            .then(|| person(77, Role::Enumerator, false, "Orang Lain"));
        let mut world = Self {
            seed,
            hubs: Vec::new(),
            tablets,
            hostile,
            underway: BTreeMap::new(),
            counts: Counts::default(),
            ledger: Ledger::default(),
            now: NOW,
            place,
            copies: BTreeMap::new(),
            backups: Vec::new(),
            revoked: BTreeSet::new(),
            moved: BTreeSet::new(),
            put_back: BTreeSet::new(),
            refusing: setup.people.iter().any(|p| p.role != Role::Enumerator),
            forged: Vec::new(),
            gone: Vec::new(),
            forms_published: setup.short_form,
            step: 0,
            district,
            setup,
        };
        for number in 0..world.setup.hubs {
            world.add_hub(number);
            world.quiet_upstream(number)?;
        }
        for tablet in 0..world.tablets.len() {
            world.quiet_exchange(tablet)?;
        }
        if let Some(hostile) = world.hostile.take() {
            world.as_hostile(&hostile);
            world.hostile = Some(hostile);
        }
        Ok(world)
    }

    fn add_hub(&mut self, number: usize) {
        let name = ["hub", "second hub"][number.min(1)];
        let node = Node::new(self.seed ^ (0x4855_4200 + number as u64), None, name);
        let district = self.district.server();
        let codes = villages(true, number > 0);
        let code = district
            .make_hub_code("Kecamatan", &codes, 24, NOW)
            .unwrap_or_else(|e| panic!("code: {e}"));
        let request = EnrolRequest {
            code: code.code,
            public_key: node.server().public_key(),
            app: "hub".into(),
        };
        let enrolled = district
            .enrol(&request, NOW)
            .unwrap_or_else(|e| panic!("enrol: {e}"));
        let identity = HubIdentity {
            upstream: "memory".into(),
            device: (*enrolled.device.as_bytes()).into(),
            district: district.id().into_bytes().into(),
            district_key: district.public_key().into(),
        };
        node.server()
            .become_hub(identity)
            .unwrap_or_else(|e| panic!("hub: {e}"));
        self.hubs.push(HubNode {
            node,
            device: enrolled.device,
            underway: Underway::default(),
        });
    }

    /// Devices that the district speaks with.
    pub fn active(&self) -> Vec<usize> {
        (0..self.tablets.len())
            .filter(|n| !self.revoked.contains(n))
            .collect()
    }

    /// Whether a device may differ from the district when all was sent and fetched: an old copy on which as much was made
    /// as was lost is noticed by the difference alone, and so is what was sent to a hub that had not heard of an erasure.
    pub fn may_differ(&self, tablet: usize) -> bool {
        self.put_back.contains(&tablet) || (!self.hubs.is_empty() && !self.gone.is_empty())
    }

    /// At which step an answer was erased, with all that was said of the household or the person.
    pub fn erased(&self, entry: &Entry) -> Option<usize> {
        let mut gone = self.gone.iter().filter(|_| !entry.anew);
        gone.find(|(household, person, _)| {
            entry.household == *household
                && person.is_none_or(|person| entry.path.instance_id() == Some(person))
        })
        .map(|(.., step)| *step)
    }

    /// Whether something of a household was erased.
    pub fn erased_of(&self, household: HouseholdId) -> bool {
        self.gone.iter().any(|(of, ..)| *of == household)
    }

    /// Where somebody is.
    pub fn at(&self) -> String {
        format!("seed {}, step {}", self.seed, self.step)
    }

    /// The hostile device fetches what it may see.
    pub fn as_hostile(&mut self, hostile: &Tablet) {
        let mut underway = Underway::default();
        let chance = Chance::new(self.seed);
        let mut way = Way::new(
            &mut self.district,
            hostile.id,
            (Link::default(), chance),
            &mut underway,
            &mut self.counts,
            self.now,
        );
        let _ = exchange(
            &hostile.device,
            &mut way,
            &CancelToken::default(),
            |_, _| (),
        );
    }

    /// One exchange of a device with the district, or with a hub. Gives the greetings too.
    pub fn exchange(
        &mut self,
        tablet: usize,
        hub: Option<usize>,
        link: Link,
        chance: Chance,
    ) -> (Result<Report, AppError>, u32) {
        self.exchange_while(tablet, hub, (link, chance), None)
    }

    /// The same, while the device's person goes on working.
    pub fn exchange_while(
        &mut self,
        tablet: usize,
        hub: Option<usize>,
        way: (Link, Chance),
        meanwhile: Option<(usize, Work<'_>)>,
    ) -> (Result<Report, AppError>, u32) {
        let shown = match hub.map(|hub| self.shown(hub)) {
            None => None,
            Some(Some(shown)) => Some(shown),
            Some(None) => return (Err(AppError::new("no_connection", "an unknown hub")), 0),
        };
        let underway = self.underway.entry((tablet, hub)).or_default();
        let node = match hub {
            None => &mut self.district,
            Some(hub) => &mut self.hubs[hub].node,
        };
        let device = &self.tablets[tablet];
        let ledger = &mut self.ledger;
        let mut way = Way::new(node, device.id, way, underway, &mut self.counts, self.now);
        way.meanwhile = meanwhile.map(|(after, work)| {
            let work: Box<dyn FnOnce()> = Box::new(move || work(&mut lock(device), ledger));
            (after, work)
        });
        let cancel = CancelToken::default();
        let done = match &shown {
            None => exchange(&device.device, &mut way, &cancel, |_, _| ()),
            Some(hub) => exchange_at_hub(&device.device, hub, &mut way, &cancel, |_, _| ()),
        };
        (done, way.greetings)
    }

    /// What a hub shows to devices; nothing when its certificate is too old.
    fn shown(&self, hub: usize) -> Option<Hub> {
        let bytes = self.hubs[hub].node.server().hub_certificate().ok()??;
        let key = self.district.server().public_key();
        let certificate = HubCertificate::verify(&bytes, &key, self.now).ok()?;
        Some(Hub {
            certificate,
            bytes,
            address: "memory".into(),
        })
    }

    /// One exchange of a hub with its district.
    pub fn upstream(
        &mut self,
        hub: usize,
        link: Link,
        chance: Chance,
    ) -> Result<UpstreamReport, String> {
        use lawang_app::Transport;
        let HubNode {
            node,
            device,
            underway,
        } = &mut self.hubs[hub];
        let now = self.now;
        let mut way = Way::new(
            &mut self.district,
            *device,
            (link, chance),
            underway,
            &mut self.counts,
            now,
        );
        let done = node
            .server()
            .exchange_upstream(TLS.into(), now, &mut |_, bytes| way.call(bytes))
            .map_err(|e| e.code().to_owned());
        drop(way);
        node.revive(&mut self.counts);
        done
    }

    /// An exchange without faults; both sides must agree.
    pub fn quiet_exchange(&mut self, tablet: usize) -> Result<Report, Violation> {
        let chance = Chance::new(self.seed);
        let (done, _) = self.exchange(tablet, None, Link::default(), chance);
        let at = self.at();
        let unexpected = |e| Violation {
            invariant: UNEXPECTED,
            words: format!("{at}: device {tablet} at the district: {e}"),
        };
        let mut report = done.map_err(unexpected)?;
        // Then all is fetched again.
        if !report.agreed && self.may_differ(tablet) {
            self.counts
                .add("differences that were mended by fetching again");
            let chance = Chance::new(self.seed);
            let (done, _) = self.exchange(tablet, None, Link::default(), chance);
            report = done.map_err(unexpected)?;
        }
        must(
            report.agreed,
            "device and district hold the same after quiet",
            || {
                format!(
                    "{at}: device {tablet} differs in {:?}, counts {:?}",
                    report.differing, report.progress
                )
            },
        )?;
        Ok(report)
    }

    pub fn quiet_upstream(&mut self, hub: usize) -> Result<UpstreamReport, Violation> {
        let chance = Chance::new(self.seed);
        let done = self.upstream(hub, Link::default(), chance);
        let at = self.at();
        done.map_err(|code| Violation {
            invariant: UNEXPECTED,
            words: format!("{at}: hub {hub} upstream: {code}"),
        })
    }

    /// The process of a device ends and begins again.
    pub fn restart(&mut self, tablet: usize) {
        self.tablets[tablet].restart();
    }

    /// Does something on a device, with trouble; `None` when it did not come about for a reason that is allowed: what
    /// was injected, the policy, or one of `codes`.
    pub fn on<T>(
        &mut self,
        tablet: usize,
        trouble: Option<Trouble>,
        codes: &[&str],
        work: impl FnOnce(&mut Device, &mut Counts, &mut Ledger) -> Result<T, AppError>,
    ) -> Result<Option<T>, Violation> {
        self.begin_trouble(tablet, trouble);
        let done = work(
            &mut lock(&self.tablets[tablet]),
            &mut self.counts,
            &mut self.ledger,
        );
        self.end_trouble(tablet, trouble, done.as_ref().err());
        match done {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.allowed(trouble, &error) || codes.contains(&error.code) => Ok(None),
            Err(error) => Err(Violation {
                invariant: UNEXPECTED,
                words: format!("{}: device {tablet}: {error}", self.at()),
            }),
        }
    }

    pub fn begin_trouble(&mut self, tablet: usize, trouble: Option<Trouble>) {
        let device = lock(&self.tablets[tablet]);
        match trouble {
            Some(Trouble::Crash(after)) => device.store().crash_after(Some(after)),
            Some(Trouble::Full) => {
                self.counts.add("disk of a device full");
                let limited = device.store().limit_pages(1);
                limited.unwrap_or_else(|e| panic!("no limit: {e}"));
            }
            None => {}
        }
    }

    pub fn end_trouble(
        &mut self,
        tablet: usize,
        trouble: Option<Trouble>,
        error: Option<&AppError>,
    ) {
        {
            let device = lock(&self.tablets[tablet]);
            device.store().crash_after(None);
            if trouble == Some(Trouble::Full) {
                let free = device.store().limit_pages(i64::from(u32::MAX) - 1);
                free.unwrap_or_else(|e| panic!("no limit: {e}"));
            }
        }
        if error.is_some_and(|e| e.code == "crash") {
            self.counts.add("crash of a device between two writes");
            self.restart(tablet);
        } else if matches!(trouble, Some(Trouble::Crash(_))) {
            // It had done everything before it was to die: then it dies now.
            self.counts
                .add("kill of a device right after it acknowledged");
            self.restart(tablet);
        }
    }

    /// Whether what was injected explains an error of a device.
    pub fn allowed(&self, trouble: Option<Trouble>, error: &AppError) -> bool {
        match trouble {
            Some(Trouble::Crash(_)) if error.code == "crash" => true,
            Some(Trouble::Full) if error.code == "disk_full" => true,
            _ => denied(error.code),
        }
    }

    pub fn plan_at(&mut self, hub: Option<usize>, fault: Option<Fault>) {
        let node = match hub {
            None => &mut self.district,
            Some(hub) => &mut self.hubs[hub].node,
        };
        node.plan(fault, &mut self.counts);
    }
}
