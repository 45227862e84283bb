//! A district, a hub and devices between them, in memory.

use crate::{
    chance::Chance,
    network::{Faults, Injected, Network},
    prelist,
    world::{NOW, Tablet, enrol},
};
use lawang_app::{AppError, CancelToken, Hub, Transport, exchange, exchange_at_hub};
use lawang_domain::{DeviceId, VillageCode};
use lawang_server::{
    EnrolRequest, Server,
    hub::{HubIdentity, UpstreamReport},
};
use lawang_sync::{Envelope, HubCertificate, LinkFailure, Report, Request, decode};

/// A second village that the hub does not have.
pub const ELSEWHERE: &str = "18.09.01.2002";

/// Enrols a hub for the first village, as `lawang serve --role hub` does with a code. Gives its id at the district.
pub fn enrol_hub(district: &Server, hub: &Server) -> DeviceId {
    let villages: Vec<VillageCode> =
        vec![prelist::VILLAGE.parse().unwrap_or_else(|e| panic!("{e}"))];
    let code = district
        .make_hub_code("Kecamatan", &villages, 24, NOW)
        .unwrap_or_else(|e| panic!("code: {e}"));
    let request = EnrolRequest {
        code: code.code,
        public_key: hub.public_key(),
        app: "hub".into(),
    };
    let enrolled = district
        .enrol(&request, NOW)
        .unwrap_or_else(|e| panic!("enrol: {e}"));
    hub.become_hub(HubIdentity {
        upstream: "memory".into(),
        device: (*enrolled.device.as_bytes()).into(),
        district: district.id().into_bytes().into(),
        district_key: district.public_key().into(),
    })
    .unwrap_or_else(|e| panic!("hub: {e}"));
    enrolled.device
}

/// The world with a hub.
pub struct HubWorld {
    pub district: Server,
    pub hub: Server,
    /// The hub's id at the district.
    pub hub_device: DeviceId,
    pub tablets: Vec<Tablet>,
    pub chance: Chance,
    pub injected: Injected,
    /// Everything that went between devices, hub and district through the hub's hands.
    pub traffic: Vec<u8>,
    /// Milliseconds since 1970.
    pub now: u64,
    /// SHA-256 of the certificate with which the hub answers.
    pub tls: [u8; 32],
    /// A device may have to begin anew at the hub: something that was taken back came after all.
    pub anew: bool,
}

/// A way to a server that keeps what passes.
struct Tapped<'a, T> {
    inner: T,
    traffic: &'a mut Vec<u8>,
    greetings: u32,
}

impl<T: Transport> Transport for Tapped<'_, T> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        self.traffic.extend_from_slice(message);
        let greets =
            decode::<Envelope>(message).is_some_and(|e| matches!(e.request, Request::Hello(_)));
        self.greetings += u32::from(greets);
        self.inner.call(message)
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

impl HubWorld {
    /// A district with a small register in two villages, a hub for the first, devices for `villages`.
    pub fn new(seed: u64, households: usize, tablets: &[&[&str]]) -> Self {
        let district = Server::open_in_memory(seed).unwrap_or_else(|e| panic!("{e}"));
        Self::on(district, seed, households, tablets)
    }

    /// The same on a district's empty store.
    pub fn on(district: Server, seed: u64, households: usize, tablets: &[&[&str]]) -> Self {
        for village in [prelist::VILLAGE, ELSEWHERE] {
            district
                .import_prelist(&prelist::small(village, households), NOW, &mut |_, _| ())
                .unwrap_or_else(|e| panic!("prelist: {e}"));
        }
        let hub = Server::open_in_memory(seed ^ 0x4855_4200).unwrap_or_else(|e| panic!("{e}"));
        let hub_device = enrol_hub(&district, &hub);
        let tablets = tablets
            .iter()
            .enumerate()
            .map(|(n, villages)| {
                let seed = seed.wrapping_mul(37).wrapping_add(n as u64);
                enrol(&district, seed, villages, n)
            })
            .collect();
        Self {
            district,
            hub,
            hub_device,
            tablets,
            chance: Chance::new(seed),
            injected: Injected::default(),
            traffic: Vec::new(),
            now: NOW,
            tls: [7; 32],
            anew: false,
        }
    }

    /// The hub exchanges with its district.
    pub fn upstream(&mut self) -> Result<UpstreamReport, String> {
        let (district, device, now) = (&self.district, self.hub_device, self.now);
        let traffic = &mut self.traffic;
        self.hub
            .exchange_upstream(self.tls.into(), now, &mut |_, bytes| {
                traffic.extend_from_slice(bytes);
                Ok(district.handle(device, bytes, now))
            })
            .map_err(|e| format!("{}: {e}", e.code()))
    }

    /// A device exchanges with the district.
    pub fn at_district(&mut self, tablet: usize, faults: Faults) -> Result<Report, AppError> {
        let tablet = &mut self.tablets[tablet];
        let mut seen = Vec::new();
        let mut network = Network {
            server: &self.district,
            device: tablet.id,
            chance: &mut self.chance,
            faults,
            now: self.now,
            seen: &mut seen,
            injected: &mut self.injected,
        };
        let cancel = CancelToken::default();
        exchange(&tablet.device, &mut network, &cancel, |_, _| ())
    }

    /// What the hub shows to devices.
    pub fn shown(&self) -> Hub {
        let bytes = self
            .hub
            .hub_certificate()
            .unwrap_or_else(|e| panic!("{e}"))
            .unwrap_or_else(|| panic!("the hub was never at its district"));
        let key = self.district.public_key();
        let certificate =
            HubCertificate::verify(&bytes, &key, self.now).unwrap_or_else(|e| panic!("{e}"));
        Hub {
            certificate,
            bytes,
            address: "memory".into(),
        }
    }

    /// A device exchanges at the hub.
    pub fn at_hub(&mut self, tablet: usize, faults: Faults) -> Result<Report, AppError> {
        let hub = self.shown();
        let tablet = &mut self.tablets[tablet];
        let mut seen = Vec::new();
        let network = Network {
            server: &self.hub,
            device: tablet.id,
            chance: &mut self.chance,
            faults,
            now: self.now,
            seen: &mut seen,
            injected: &mut self.injected,
        };
        let mut tapped = Tapped {
            inner: network,
            traffic: &mut self.traffic,
            greetings: 0,
        };
        let quiet = faults.lose_request == 0 && faults.lose_answer == 0;
        let cancel = CancelToken::default();
        let done = exchange_at_hub(&tablet.device, &hub, &mut tapped, &cancel, |_, _| ());
        // Beginning anew is for hubs that were restored; here it would hide that the two sides differed.
        assert!(
            !quiet || self.anew || tapped.greetings <= 1,
            "the two sides differed"
        );
        done
    }
}
