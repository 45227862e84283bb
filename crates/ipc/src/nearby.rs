//! Hubs on the network, by multicast DNS (RFC 6762, RFC 6763). Whatever is said there is only a hint where to ask: a hub
//! is trusted for the certificate that the district signed.

use lawang_app::{FoundHub, HUB_SERVICE, HubFinder, hub_text};
use mdns_sd::{ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent};
use std::{
    collections::BTreeMap,
    net::{IpAddr, UdpSocket},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// More than this on one network is nonsense that somebody sends.
const MAX_FOUND: usize = 50;

#[derive(Default)]
struct Seen {
    hubs: Mutex<BTreeMap<String, FoundHub>>,
    news: Condvar,
}

/// Listens from the first question on.
#[derive(Default)]
pub(crate) struct Nearby {
    daemon: Mutex<Option<ServiceDaemon>>,
    seen: Arc<Seen>,
}

/// The finder of this host. `LAWANG_NEARBY=off` leaves it out, for machines whose network is not to be asked.
pub(crate) fn finder() -> Option<Arc<dyn HubFinder>> {
    if std::env::var_os("LAWANG_NEARBY").is_some_and(|v| v == "off") {
        return None;
    }
    Some(Arc::new(Nearby::default()))
}

/// How likely an address of the hub can be reached, smaller first: a laptop often has more networks than the office's.
/// Nothing is sent: the system only says from which address it would.
fn distance(ip: &IpAddr) -> u8 {
    let IpAddr::V4(there) = ip else { return 4 };
    let from = UdpSocket::bind("0.0.0.0:0")
        .and_then(|socket| socket.connect((*there, 9)).map(|()| socket))
        .and_then(|socket| socket.local_addr());
    match from.map(|address| address.ip()) {
        Ok(IpAddr::V4(here)) if here != *there => {
            let same = (u32::from(here) ^ u32::from(*there)).leading_zeros();
            match same {
                24.. => 0,
                16.. => 1,
                _ => 3,
            }
        }
        // This very machine, or no way there.
        Ok(_) => 2,
        Err(_) => 5,
    }
}

/// The address to ask, if the announcement makes sense.
fn hub_of(service: &ResolvedService) -> Option<FoundHub> {
    let text = |key: &str| service.txt_properties.get_property_val_str(key);
    let mut addresses: Vec<IpAddr> = service
        .addresses
        .iter()
        .map(ScopedIp::to_ip_addr)
        // Without its scope a link-local address of IPv6 leads nowhere.
        .filter(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()))
        .collect();
    addresses.sort_by_key(|ip| (distance(ip), *ip));
    let host = match addresses.first()? {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    Some(FoundHub {
        name: text(hub_text::NAME)?.chars().take(80).collect(),
        district: text(hub_text::DISTRICT)?.parse().ok()?,
        address: format!("https://{host}:{}", service.port),
    })
}

impl Nearby {
    fn listen(&self) {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        if daemon.is_some() {
            return;
        }
        let started = ServiceDaemon::new().and_then(|d| d.browse(HUB_SERVICE).map(|r| (d, r)));
        let (running, events) = match started {
            Ok(started) => started,
            Err(error) => {
                tracing::warn!(%error, "the network cannot be asked for hubs");
                return;
            }
        };
        *daemon = Some(running);
        let seen = self.seen.clone();
        thread::spawn(move || {
            while let Ok(event) = events.recv() {
                let mut hubs = seen.hubs.lock().unwrap_or_else(PoisonError::into_inner);
                match event {
                    ServiceEvent::ServiceResolved(service) => {
                        let name = service.fullname.clone();
                        match hub_of(&service) {
                            Some(hub) if hubs.len() < MAX_FOUND || hubs.contains_key(&name) => {
                                hubs.insert(name, hub);
                            }
                            _ => {}
                        }
                    }
                    ServiceEvent::ServiceRemoved(_, name) => {
                        hubs.remove(&name);
                    }
                    _ => {}
                }
                drop(hubs);
                seen.news.notify_all();
            }
        });
    }
}

impl HubFinder for Nearby {
    fn found(&self, wait: Duration) -> Vec<FoundHub> {
        self.listen();
        let hubs = self
            .seen
            .hubs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (hubs, _) = self
            .seen
            .news
            .wait_timeout_while(hubs, wait, |hubs| hubs.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        hubs.values().cloned().collect()
    }
}

impl Drop for Nearby {
    fn drop(&mut self) {
        let daemon = self
            .daemon
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(daemon) = daemon {
            // The program ends all the same.
            let _ = daemon.shutdown();
        }
    }
}
