//! Chaos with real processes: a district server, a hub, devices, and bad links between them. Programs are killed
//! (`kill -9`) at random moments, connections are cut, delayed and corrupted at random bytes. Every save that the program
//! acknowledged is written into a journal; at the end everything on it must be found at the district.

mod check;
mod journal;
mod link;
mod office;
mod report;
mod servers;
mod tablet;

pub use report::Report;

use crate::chance::Chance;
use journal::Journal;
use link::{Link, Weather};
use report::Counts;
use servers::Place;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tablet::Tablet;

/// The village that the hub serves.
pub const AT_HUB: &str = crate::prelist::VILLAGE;
/// The village whose work only passes through the hub.
pub const ELSEWHERE: &str = crate::prelist::OTHER;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Chance follows from it; the scheduling of the machine does not.
    pub seed: u64,
    /// How long the faults last.
    pub time: Duration,
    pub devices: usize,
    /// Households in each of the two villages.
    pub households: usize,
    /// Shows a line now and then.
    pub talk: bool,
}

/// Carries the plan out in a folder, which keeps the databases, the journal and all logs.
///
/// # Errors
/// Something could not even be set up or healed: a server that does not start, a device that cannot be enrolled.
pub fn run(plan: &Plan, folder: &Path) -> Result<Report, String> {
    let begun = Instant::now();
    let counts = Arc::new(Counts::default());
    let mut chance = Chance::new(plan.seed);
    let place = Arc::new(Place::set_up(folder, plan.households, &counts)?);
    let links = Links::open(&place, &mut chance, &counts)?;
    let journal = Arc::new(Journal::begin(folder)?);
    let tablets = enrol(plan, folder, &place, &links, &mut chance)?;
    if plan.talk {
        eprintln!("{} devices enrolled; the weather turns bad", tablets.len());
    }
    links.weather.set_fair(false);
    let stop = Arc::new(AtomicBool::new(false));
    let storm = Instant::now();
    let reaper = thread::spawn({
        let (place, stop, chance) = (place.clone(), stop.clone(), chance.fork());
        move || servers::reap(&place, &stop, chance)
    });
    let sky = thread::spawn({
        let (weather, stop, chance) = (links.weather.clone(), stop.clone(), chance.fork());
        move || link::storms(&weather, &stop, chance)
    });
    let desk = thread::spawn({
        let (place, stop, chance) = (place.clone(), stop.clone(), chance.fork());
        let moved = tablets.last().map(|tablet| tablet.id.clone());
        let half = plan.time / 2;
        move || office::work(&place, &stop, chance, moved.as_deref(), half)
    });
    let hands: Vec<_> = tablets
        .into_iter()
        .map(|mut tablet| {
            let (journal, stop) = (journal.clone(), stop.clone());
            thread::spawn(move || {
                let done = tablet.live(&journal, &stop);
                (tablet, done)
            })
        })
        .collect();
    while storm.elapsed() < plan.time && !counts.is_broken() {
        thread::sleep(Duration::from_millis(200));
        if plan.talk && storm.elapsed().as_millis() % 30_000 < 200 {
            eprintln!("{:5.0} s  {}", storm.elapsed().as_secs_f64(), counts.line());
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut tablets = Vec::new();
    let mut trouble = Vec::new();
    for hand in hands {
        match hand.join() {
            Ok((tablet, done)) => {
                trouble.extend(done.err());
                tablets.push(tablet);
            }
            Err(_) => trouble.push("a device's driver panicked".to_owned()),
        }
    }
    for helper in [reaper, sky, desk] {
        match helper.join() {
            Ok(done) => trouble.extend(done.err()),
            Err(_) => trouble.push("a driver panicked".to_owned()),
        }
    }
    let storm = storm.elapsed();
    if plan.talk {
        eprintln!("{:5.0} s  {}", storm.as_secs_f64(), counts.line());
        eprintln!("the network is healed; everybody exchanges until all agree");
    }
    links.weather.set_fair(true);
    let mut found = check::heal_and_look(folder, &place, &links, &mut tablets, &journal)?;
    found.complaints.extend(trouble);
    Ok(Report::new(
        plan,
        &counts,
        &journal,
        found,
        storm,
        begun.elapsed(),
    ))
}

/// The links between the parties.
struct Links {
    weather: Arc<Weather>,
    /// Devices to the district.
    district: Link,
    /// Devices to the hub.
    hub: Link,
}

impl Links {
    fn open(place: &Arc<Place>, chance: &mut Chance, counts: &Arc<Counts>) -> Result<Self, String> {
        let weather = Arc::new(Weather::new(counts.clone()));
        let link =
            |port: u16, target: u16, chance: Chance| Link::open(port, target, &weather, chance);
        let district = link(0, place.district.port, chance.fork())?;
        let hub = link(0, place.hub.port, chance.fork())?;
        // The hub was told this address when it was set up.
        link(place.upstream_port, place.district.port, chance.fork())?;
        place.hub.start()?;
        Ok(Self {
            weather,
            district,
            hub,
        })
    }
}

/// Enrols the devices, in fair weather. The last one has both villages, and the office takes one away from it.
fn enrol(
    plan: &Plan,
    folder: &Path,
    place: &Arc<Place>,
    links: &Links,
    chance: &mut Chance,
) -> Result<Vec<Tablet>, String> {
    (0..plan.devices)
        .map(|n| {
            let villages: &[&str] = match n {
                n if n + 1 == plan.devices => &[AT_HUB, ELSEWHERE],
                n if n % 5 == 3 => &[AT_HUB, ELSEWHERE],
                n if n % 5 == 4 => &[ELSEWHERE],
                _ => &[AT_HUB],
            };
            let mut tablet = Tablet::enrol(n, folder, place, links, villages, chance.fork())?;
            tablet.among(plan.devices);
            Ok(tablet)
        })
        .collect()
}
