//! Which hubs a device trusts, over real TLS; wrong clocks and certificates there.

use crate::clock::serve_at;
use lawang_app::{AppError, CancelToken, HttpTransport, Hub, exchange_at_hub, find_hub};
use lawang_server::hub::tls;
use lawang_store::Identity;
use lawang_sync::Report;
use lawang_tests::{
    hubs::HubWorld,
    network::Faults,
    prelist::VILLAGE,
    world::{NOW, Tablet},
};
use std::path::{Path, PathBuf};

/// A hub that answers over TLS with the certificate that the district vouches for, unless `other`: then with another
/// one.
struct Served {
    address: String,
    tablet: Tablet,
}

fn pair(dir: &Path) -> (PathBuf, PathBuf, [u8; 32]) {
    let made = tls::certificate(dir).expect("a certificate");
    (made.certificate, made.key, *made.fingerprint)
}

fn served(seed: u64, met_district: bool, other: bool, clock: u64) -> Served {
    served_after(seed, met_district, other, clock, |_| ())
}

fn served_after(
    seed: u64,
    met_district: bool,
    other: bool,
    clock: u64,
    then: impl FnOnce(&mut HubWorld),
) -> Served {
    let (dir, second) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let mut world = HubWorld::new(seed, 3, &[&[VILLAGE]]);
    let (certificate, key, fingerprint) = pair(dir.path());
    world.tls = fingerprint;
    if met_district {
        world.upstream().expect("the hub's first exchange");
    }
    then(&mut world);
    let shown = if other {
        let (certificate, key, _) = pair(second.path());
        (certificate, key)
    } else {
        (certificate, key)
    };
    let tablet = world.tablets.remove(0);
    let address = serve_at(world.hub, Some(shown), clock);
    Served { address, tablet }
}

impl Served {
    fn identity(&self) -> Identity {
        self.tablet
            .device
            .lock()
            .expect("a device")
            .identity()
            .clone()
    }

    fn find(&self, later: u64) -> Result<Option<Hub>, AppError> {
        let now = i64::try_from(NOW + later).expect("a time");
        let device = self.tablet.device.lock().expect("a device");
        let revoked = device.revoked_hubs().expect("a list");
        find_hub(&self.address, device.identity(), &revoked, now)
    }

    fn exchange(&self, hub: &Hub) -> Result<Report, AppError> {
        let mut transport =
            HttpTransport::to_hub(&self.identity(), hub, self.tablet.environment.clone())?;
        let cancel = CancelToken::default();
        exchange_at_hub(&self.tablet.device, hub, &mut transport, &cancel, |_, _| ())
    }

    fn story(&self) -> String {
        let device = self.tablet.device.lock().expect("a device");
        device.store().sync_log(1).expect("a log").remove(0).report
    }
}

const DAY: u64 = 24 * 3_600_000;

#[test]
fn a_hub_that_the_district_vouches_for_is_used_over_tls_that_nobody_else_signed() {
    let served = served(41, true, false, NOW);
    let hub = served.find(0).expect("an answer").expect("a hub");
    assert_eq!(hub.certificate.name, "Kecamatan");
    let report = served.exchange(&hub).expect("at the hub");
    assert!(report.agreed && report.receipt.is_empty());
}

#[test]
fn a_hub_with_a_clock_that_is_years_wrong_loses_nothing_and_the_two_clocks_are_named_in_words() {
    let served = served(42, true, false, NOW + 3 * 366 * DAY);
    let hub = served.find(0).expect("an answer").expect("a hub");
    let report = served.exchange(&hub).expect("arrives all the same");
    assert!(report.agreed && report.pulled >= 3);
    let story = served.story();
    assert!(
        story.contains("jam hub (Kecamatan)") && story.contains("3 tahun"),
        "{story}"
    );
}

#[test]
fn a_hub_that_was_not_at_its_district_for_three_months_is_refused_in_words() {
    let served = served(43, true, false, NOW);
    assert!(served.find(89 * DAY).is_ok());
    let error = served.find(91 * DAY).expect_err("too old");
    assert_eq!(error.code, "hub_expired");
    let (message, hint) = error.words("id");
    assert!(
        message.contains("terlalu lama") && hint.contains("tanggal"),
        "{message} {hint}"
    );
}

#[test]
fn whoever_answers_with_another_certificate_than_the_district_vouches_for_is_not_spoken_with() {
    let served = served(44, true, true, NOW);
    assert_eq!(
        served.find(0).expect_err("a stranger").code,
        "hub_not_trusted"
    );
}

#[test]
fn the_pinned_certificate_holds_for_the_exchange_too() {
    let good = served(45, true, false, NOW);
    let stranger = served(45, true, true, NOW);
    let mut hub = good.find(0).expect("an answer").expect("a hub");
    // The same certificate of the district, at an address where somebody else answers.
    hub.address = stranger.address.clone();
    let error = good.exchange(&hub).expect_err("not the hub");
    assert_eq!(error.code, "bad_certificate");
}

#[test]
fn a_hub_that_was_never_at_its_district_says_so_in_words() {
    let served = served(46, false, false, NOW);
    let error = served.find(0).expect_err("not ready");
    assert_eq!(error.code, "hub_not_ready");
    assert!(error.words("id").0.contains("belum pernah"));
}

#[test]
fn a_hub_that_the_district_revoked_is_left_alone_by_every_device_that_heard_of_it() {
    let quiet = Faults::default();
    let served = served_after(47, true, false, NOW, |world| {
        // Greeted once, so that the next greeting would be the short one.
        assert!(world.at_district(0, quiet).expect("at the district").agreed);
        let hub = world.hub_device;
        world.district.revoke(hub, world.now).expect("revoked");
        assert!(world.at_district(0, quiet).expect("at the district").agreed);
    });
    let error = served.find(0).expect_err("revoked");
    assert_eq!(error.code, "hub_revoked");
    assert!(error.words("id").0.contains("dicabut"));
}
