//! Exchanges as a person or a program starts them: with the district, at a hub that was named, or, when the district
//! cannot be reached, at a hub that was found on the network.

use crate::{
    app::{App, lock},
    device::Device,
    duplicates,
    environment::{FoundHub, HubFinder},
    error::AppError,
    sync::{self, CancelToken, HttpTransport, Hub, Live, exchange},
    views,
    visit::timestamp,
};
use lawang_domain::VisitState;
use lawang_store::Identity;
use lawang_sync::{Progress, Stage};
use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How long hubs get to answer when nobody looked for them before.
const LOOK: Duration = Duration::from_secs(3);

/// The exchange in the background.
#[derive(Default)]
pub(crate) struct Running {
    cancel: Option<CancelToken>,
    live: Option<Live>,
    /// Name of the hub with which it is; empty: the district.
    hub: String,
    ended: Option<Result<views::SyncReport, AppError>>,
}

/// All that an exchange needs apart from where it goes.
struct Trip {
    device: Arc<Mutex<Device>>,
    identity: Identity,
    environment: Arc<dyn crate::environment::Environment>,
    finder: Option<Arc<dyn HubFinder>>,
    ca: std::path::PathBuf,
    cancel: CancelToken,
}

/// What is told while it runs.
enum News {
    Step(Stage, Progress),
    /// From here on it is with a hub of this name.
    AtHub(String),
}

/// Whether a hub may help where this went wrong.
fn away(error: &AppError) -> bool {
    matches!(error.code, "no_connection" | "not_lawang_server")
}

impl Trip {
    fn district(&self, address: Option<&str>) -> Result<HttpTransport, AppError> {
        HttpTransport::new(
            &self.identity,
            address,
            Some(&self.ca),
            self.environment.clone(),
        )
    }

    fn with_district(
        &self,
        address: Option<&str>,
        news: &mut dyn FnMut(News),
    ) -> Result<views::SyncReport, AppError> {
        let mut transport = self.district(address)?;
        let report = exchange(
            &self.device,
            &mut transport,
            &self.cancel,
            |stage, numbers| {
                news(News::Step(stage, numbers));
            },
        )?;
        let language = lock(&self.device).language().to_owned();
        Ok(sync::sync_report(
            &report,
            self.environment.now_ms(),
            &language,
            None,
        ))
    }

    fn at_hub(&self, hub: &Hub, news: &mut dyn FnMut(News)) -> Result<views::SyncReport, AppError> {
        news(News::AtHub(hub.certificate.name.clone()));
        let mut transport = HttpTransport::to_hub(&self.identity, hub, self.environment.clone())?;
        let report = sync::exchange_at_hub(
            &self.device,
            hub,
            &mut transport,
            &self.cancel,
            |stage, numbers| news(News::Step(stage, numbers)),
        )?;
        let language = lock(&self.device).language().to_owned();
        let name = Some(hub.certificate.name.as_str());
        Ok(sync::sync_report(
            &report,
            self.environment.now_ms(),
            &language,
            name,
        ))
    }

    fn find(&self, address: &str) -> Result<Option<Hub>, AppError> {
        let revoked = lock(&self.device).revoked_hubs()?;
        sync::find_hub(address, &self.identity, &revoked, self.environment.now_ms())
    }

    /// Where a person said: a hub's code or address, or another address of the district.
    fn to(&self, place: &str, news: &mut dyn FnMut(News)) -> Result<views::SyncReport, AppError> {
        let address = sync::scanned(place);
        if sync::normal_address(address)? != self.identity.address
            && let Some(hub) = self.find(address)?
        {
            return self.at_hub(&hub, news);
        }
        self.with_district(Some(address), news)
    }

    /// Hubs of this district on the network, then those that were used before.
    fn hubs(&self, wait: Duration) -> Result<Vec<String>, AppError> {
        let mut addresses: Vec<String> = found(self.finder.as_deref(), &self.identity, wait)
            .into_iter()
            .map(|hub| hub.address)
            .collect();
        for known in lock(&self.device).store.hubs()? {
            if !addresses.contains(&known.address) {
                addresses.push(known.address);
            }
        }
        Ok(addresses)
    }

    /// The district if it can be reached, otherwise the first hub that can.
    fn anywhere(&self, news: &mut dyn FnMut(News)) -> Result<views::SyncReport, AppError> {
        // With a hub in sight nobody has to wait until the district has been given up.
        let near = !found(self.finder.as_deref(), &self.identity, Duration::ZERO).is_empty();
        let mut first = None;
        if !near || sync::answers(&self.identity.address, Some(&self.ca)) {
            match self.with_district(None, news) {
                Err(error) if away(&error) => first = Some(error),
                other => return other,
            }
        }
        let mut told = None;
        for address in self.hubs(if near { Duration::ZERO } else { LOOK })? {
            if self.cancel.cancelled() {
                break;
            }
            match self.find(&address) {
                Ok(Some(hub)) => match self.at_hub(&hub, news) {
                    Err(error) if away(&error) => {}
                    other => return other,
                },
                Ok(None) => {}
                Err(error) if away(&error) => {}
                // A hub that is not trusted is worth more words than a district that is away.
                Err(error) => told = Some(error),
            }
        }
        match told.or(first) {
            Some(error) => Err(error),
            // The hub was gone when it was wanted.
            None => self.with_district(None, news),
        }
    }

    fn run(
        &self,
        place: Option<&str>,
        news: &mut dyn FnMut(News),
    ) -> Result<views::SyncReport, AppError> {
        match place.map(str::trim).filter(|place| !place.is_empty()) {
            Some(place) => self.to(place, news),
            None => self.anywhere(news),
        }
    }
}

/// Hubs of this district that answer on the network now.
fn found(finder: Option<&dyn HubFinder>, identity: &Identity, wait: Duration) -> Vec<FoundHub> {
    let Some(finder) = finder else {
        return Vec::new();
    };
    let mut hubs = finder.found(wait);
    hubs.retain(|hub| hub.district == identity.server);
    hubs
}

impl App {
    fn trip(&self) -> Result<Trip, AppError> {
        self.not_in_preview()?;
        let device = self.device()?;
        let identity = lock(&device).identity().clone();
        Ok(Trip {
            device,
            identity,
            environment: self.environment().clone(),
            finder: self.hub_finder(),
            ca: self.ca(),
            cancel: CancelToken::default(),
        })
    }

    /// One exchange, waiting for its end; for programs. `place`: another address of the district, or a hub's address or
    /// code; without it the district, or a hub on the network when the district cannot be reached.
    pub fn sync_now(
        &self,
        place: Option<&str>,
        mut show: impl FnMut(Stage, Progress),
    ) -> Result<views::SyncReport, AppError> {
        self.trip()?.run(place, &mut |news| {
            if let News::Step(stage, numbers) = news {
                show(stage, numbers);
            }
        })
    }

    /// Starts an exchange in the background. `place`: as [`App::sync_now`].
    pub fn sync_start(&self, place: Option<String>) -> Result<views::SyncStatus, AppError> {
        let trip = self.trip()?;
        if let Some(place) = &place {
            sync::normal_address(sync::scanned(place))?;
        }
        {
            let mut running = lock(&self.exchange);
            if running.cancel.is_some() {
                return Err(AppError::new("sync_running", "an exchange is running"));
            }
            *running = Running {
                cancel: Some(trip.cancel.clone()),
                ..Running::default()
            };
        }
        let shared = self.exchange.clone();
        let searching = self.searching.clone();
        thread::spawn(move || {
            let device = trip.device.clone();
            let done = trip.run(place.as_deref(), &mut |news| {
                let mut running = lock(&shared);
                match news {
                    News::Step(stage, progress) => running.live = Some(Live { stage, progress }),
                    News::AtHub(name) => {
                        running.hub = name;
                        running.live = None;
                    }
                }
            });
            let mut running = lock(&shared);
            running.cancel = None;
            running.ended = Some(done);
            drop(running);
            // What came may be somebody who is here already.
            duplicates::search_in_background(&device, &searching);
        });
        self.sync_status()
    }

    pub(crate) fn cancel(&self) {
        if let Some(cancel) = &lock(&self.exchange).cancel {
            cancel.cancel();
        }
    }

    /// Asks the exchange to stop.
    pub fn sync_cancel(&self) -> Result<views::SyncStatus, AppError> {
        self.cancel();
        self.sync_status()
    }

    /// Hubs on the network and those that were used before.
    fn hubs_seen(&self, device: &Device) -> Result<Vec<views::HubSeen>, AppError> {
        let mut seen: Vec<views::HubSeen> = Vec::new();
        for hub in found(
            self.hub_finder().as_deref(),
            device.identity(),
            Duration::ZERO,
        ) {
            seen.push(views::HubSeen {
                name: hub.name,
                address: hub.address,
                nearby: true,
                last: String::new(),
            });
        }
        for known in device.store.hubs()? {
            let last = timestamp(known.at);
            match seen
                .iter_mut()
                .find(|hub| hub.address == known.address || hub.name == known.name)
            {
                Some(hub) => hub.last = last,
                None => seen.push(views::HubSeen {
                    name: known.name,
                    address: known.address,
                    nearby: false,
                    last,
                }),
            }
        }
        Ok(seen)
    }

    /// Where the work is after an exchange at a hub, in words.
    pub fn at_hub_words(&self, hub: &str) -> String {
        sync::at_hub_words(hub, &self.language())
    }

    /// The text in a photo of a QR code, for the field of a hub's address.
    ///
    /// # Errors
    /// `not_an_image`, `photo_too_large`, `no_code`.
    pub fn read_hub_code(&self, photo: &[u8]) -> Result<views::HubCode, AppError> {
        let text = sync::read_code(photo)?;
        let address = sync::normal_address(sync::scanned(&text))
            .map_err(|_| AppError::new("no_code", "a code of something else"))?;
        Ok(views::HubCode { address })
    }

    /// What the exchange is doing and what waits.
    pub fn sync_status(&self) -> Result<views::SyncStatus, AppError> {
        let device = self.device()?;
        let device = lock(&device);
        let running = lock(&self.exchange);
        let language = device.language();
        let problem = |error: &AppError| {
            let (message, hint) = error.words(language);
            views::SyncProblem {
                code: error.code.into(),
                message,
                hint,
            }
        };
        let hubs = self.hubs_seen(&device)?;
        let last = device.store().sync_log(1)?;
        let (phase, problem, report) = match (&running.cancel, &running.ended, &running.live) {
            (Some(_), _, Some(live)) => (phase_of(live.stage), None, None),
            (Some(_), _, None) => (views::SyncPhase::Connecting, None, None),
            (None, Some(Ok(report)), _) if report.agreed => {
                (views::SyncPhase::Done, None, Some(report.clone()))
            }
            (None, Some(Ok(report)), _) => {
                let error = AppError::new("disagree", "the two sides differ");
                (
                    views::SyncPhase::Failed,
                    Some(problem(&error)),
                    Some(report.clone()),
                )
            }
            (None, Some(Err(error)), _) if error.code == "cancelled" => {
                (views::SyncPhase::Cancelled, None, None)
            }
            (None, Some(Err(error)), _) => (views::SyncPhase::Failed, Some(problem(error)), None),
            (None, None, _) => (views::SyncPhase::Idle, None, None),
        };
        let report = report.or_else(|| {
            last.first()
                .and_then(|row| serde_json::from_str(&row.report).ok())
        });
        let progress = running.live.map(|live| live.progress).unwrap_or_default();
        let unsent = device.store().unsent_households()?;
        let surveys = device.store().unsent_surveys()?;
        let photos = device.store().unsent_photos()?;
        Ok(views::SyncStatus {
            phase,
            households_sent: progress.households_sent,
            households_to_send: progress.households_sent + unsent + surveys,
            households_received: progress.households_received,
            households_to_receive: progress.households_received + progress.households_to_receive,
            photos_sent: progress.photos_sent,
            photos_to_send: progress.photos_sent + photos,
            photos_received: progress.photos_received,
            photos_to_receive: progress.photos_to_receive,
            bytes_up: progress.bytes_up + progress.photo_bytes_up,
            bytes_down: progress.bytes_down + progress.photo_bytes_down,
            report,
            problem,
            last_success: device
                .store()
                .last_agreed()?
                .map_or(String::new(), timestamp),
            made_here: device.made()? > 0,
            server: device.identity().address.clone(),
            unsent_households: unsent,
            unsent_photos: photos,
            unsent_surveys: surveys,
            refused_households: device.store().households_in(VisitState::Refused)?,
            proposals: {
                let (mine, received) = device.store().proposal_counts()?;
                mine + received
            },
            conflicts: device.store().conflict_count()?,
            at_hub_households: device.store().unsent_at_hubs()?,
            in_file_households: device.store().unsent_in_file(&sync::FILE)?,
            hub: running.hub.clone(),
            moves: device.moved_records()?,
            hubs,
        })
    }
}

fn phase_of(stage: Stage) -> views::SyncPhase {
    match stage {
        Stage::Connecting => views::SyncPhase::Connecting,
        Stage::Sending => views::SyncPhase::Sending,
        Stage::Receiving => views::SyncPhase::Receiving,
        Stage::Checking => views::SyncPhase::Checking,
        Stage::Photos => views::SyncPhase::SendingPhotos,
        Stage::FetchingPhotos => views::SyncPhase::ReceivingPhotos,
        Stage::Done => views::SyncPhase::Done,
    }
}
