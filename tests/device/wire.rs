//! What an exchange costs in bytes, and that nothing is left out which the other side cannot work out.

use crate::world;
use lawang_app::{CancelToken, Transport, exchange as exchange_over};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_sync::{
    Batch, Envelope, LinkFailure, PackedBatch, Packing, PushReply, Report, Request, Response,
    SignedBatch, Verdict, decode, decompress, encode, feature,
};
use lawang_tests::{
    network::{Faults, Network},
    world::{NOW, World},
};
use std::collections::BTreeMap;

fn all(world: &World) -> Vec<HouseholdId> {
    let device = world.tablets[0].device.lock().expect("a device");
    device.all_households().expect("list")
}

fn give(world: &World, tablet: usize, household: HouseholdId, path: &str, value: &str) {
    let path: FieldPath = path.parse().expect("a path");
    let mut device = world.tablets[tablet].device.lock().expect("a device");
    device
        .give(household, None, &[(path, value.into())])
        .expect("saved");
}

fn exchange(world: &mut World, tablet: usize) -> Report {
    world.exchange(tablet, Faults::default()).expect("exchange")
}

fn bytes(report: &Report) -> u64 {
    report.progress.bytes_up + report.progress.bytes_down
}

#[test]
fn an_exchange_with_nothing_new_costs_one_message_each_way_and_gives_a_receipt() {
    let mut world = world(2);
    let report = exchange(&mut world, 0);
    assert!(report.agreed && !report.receipt.is_empty());
    assert_eq!(report.progress.requests, 1);
    assert!(
        bytes(&report) <= 300,
        "{} bytes for nothing",
        bytes(&report)
    );

    // Something new from elsewhere is never overlooked.
    let household = all(&world)[0];
    give(&world, 1, household, "rt", "007");
    exchange(&mut world, 1);
    let report = exchange(&mut world, 0);
    assert!(report.agreed && report.pulled == 1 && report.progress.requests > 1);
    let device = world.tablets[0].device.lock().expect("a device");
    assert_eq!(device.state(household).expect("state").answer("rt"), "007");
}

#[test]
fn two_hundred_answers_in_one_batch_cost_at_most_forty_bytes_each_with_their_visits() {
    let mut world = World::new(5, 200, 1);
    exchange(&mut world, 0);
    let households = all(&world);
    for (n, household) in households.iter().enumerate() {
        let value = ["1", "2", "5", "8"][n % 4];
        give(&world, 0, *household, "floor_material", value);
        world.tablets[0]
            .environment
            .advance(40_000 + (n as i64 % 7) * 900);
    }
    let report = exchange(&mut world, 0);
    assert!(report.agreed);
    assert_eq!(report.pushed, 200);
    // Each stands in a visit of its own, whose random id alone takes 16 bytes that nothing can squeeze.
    let each = report.progress.bytes_up as f64 / 200.0;
    assert!(each <= 40.0, "{each} bytes for each answer");
    let mut theirs = BTreeMap::new();
    world
        .server
        .households(None, false, &mut |line| {
            theirs.insert(line.household, line.digest);
            Ok(())
        })
        .expect("households");
    for household in households {
        let device = world.tablets[0].device.lock().expect("a device");
        let ours = device.digest(household).expect("digest");
        drop(device);
        assert_eq!(theirs.get(&household), Some(&ours));
    }
}

/// A server that can do less: it says so in its greeting, stands for another token, and is told what it was sent.
struct Older<'a> {
    inner: Network<'a>,
    features: Option<u32>,
    batches: Vec<Packing>,
}

/// How a batch came.
fn packing(bytes: &[u8]) -> Packing {
    let signed: SignedBatch = decode(bytes).expect("a signed batch");
    if signed.packed != Some(true) {
        return Packing::Whole;
    }
    let raw = decompress(&signed.body, 1 << 20).expect("zstd");
    let packed: PackedBatch = decode(&raw).expect("a packed batch");
    match packed.lengths {
        Some(_) => Packing::Tight,
        None => Packing::Packed,
    }
}

impl Older<'_> {
    /// The features are part of what a token stands for: one of another program is unknown here.
    fn mark(&self) -> u8 {
        self.features.map_or(0x10, |bits| 0x20 | bits as u8)
    }
}

impl Transport for Older<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let mut envelope: Envelope = decode(message).expect("a message");
        let mark = self.mark();
        match &mut envelope.request {
            Request::Push(batch) => self.batches.push(packing(batch)),
            Request::Glance(glance) => glance.token[0] ^= mark,
            _ => {}
        }
        let answer = self.inner.call(&encode(&envelope))?;
        let mut response: Response = decode(&answer).expect("an answer");
        if let Response::Hello(hello) = &mut response {
            hello.features = self.features;
            if let Some(token) = &mut hello.token {
                token[0] ^= mark;
            }
        }
        Ok(encode(&response))
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

/// One exchange with a server that has these features; what batches it was sent, and whether it was greeted in full.
fn with_older(world: &mut World, features: Option<u32>) -> (Report, Vec<Packing>) {
    let tablet = &mut world.tablets[0];
    let mut older = Older {
        inner: Network {
            server: &world.server,
            device: tablet.id,
            chance: &mut world.chance,
            faults: Faults::default(),
            now: NOW,
            seen: &mut Vec::new(),
            injected: &mut world.injected,
        },
        features,
        batches: Vec::new(),
    };
    let cancel = CancelToken::default();
    let report =
        exchange_over(&tablet.device, &mut older, &cancel, |_, _| ()).expect("an exchange");
    (report, older.batches)
}

#[test]
fn a_device_sends_an_older_server_only_what_that_one_takes_and_more_when_it_can_do_more() {
    let mut world = World::new(5, 20, 2);
    let households = {
        exchange(&mut world, 0);
        all(&world)
    };
    let mut rounds = 0_u8;
    let mut edit = |world: &World| {
        rounds += 1;
        for household in households.iter().take(8) {
            give(world, 0, *household, "rt", &format!("{rounds:03}"));
        }
    };
    let steps = [
        // Of the first version; one that takes packed batches; again, with the short greeting; one that works out ids and
        // times, but no id from a time; and one as this program is.
        (None, Packing::Whole),
        (Some(feature::PACKED_BATCH), Packing::Packed),
        (Some(feature::PACKED_BATCH), Packing::Packed),
        (
            Some(feature::PACKED_BATCH | feature::TIGHT_BATCH | feature::DERIVED),
            Packing::Tight,
        ),
    ];
    let mut bytes_up = Vec::new();
    for (features, wanted) in steps {
        // A greeting in full says what the server can do since the last time.
        with_older(&mut world, features);
        edit(&world);
        let (report, batches) = with_older(&mut world, features);
        assert!(report.agreed && report.refused == 0, "{report:?}");
        assert_eq!(report.pushed, 8);
        assert_eq!(batches, [wanted]);
        bytes_up.push(report.progress.bytes_up);
    }
    edit(&world);
    let report = exchange(&mut world, 0);
    assert!(report.agreed && report.pushed == 8);
    bytes_up.push(report.progress.bytes_up);
    assert!(
        bytes_up[0] > bytes_up[1] && bytes_up[1] > bytes_up[3] && bytes_up[1] > bytes_up[4],
        "who can do more is sent less: {bytes_up:?}"
    );
    // A server that goes back to an older program is sent what that one takes.
    edit(&world);
    let (report, batches) = with_older(&mut world, Some(feature::PACKED_BATCH));
    assert!(report.agreed && report.pushed == 8);
    assert_eq!(batches, [Packing::Packed]);
    exchange(&mut world, 1);
    let device = world.tablets[1].device.lock().expect("a device");
    for household in households.iter().take(8) {
        assert_eq!(device.state(*household).expect("state").answer("rt"), "006");
    }
}

/// A server that misses what every change builds on, whatever is sent.
struct Missing<'a> {
    inner: Network<'a>,
    batches: usize,
}

impl Transport for Missing<'_> {
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        let mut envelope: Envelope = decode(message).expect("a message");
        // It can do less than at the last greeting, so what that one gave stands for nothing here.
        if let Request::Glance(glance) = &mut envelope.request {
            glance.token[0] ^= 0x10;
        }
        if let Request::Push(batch) = &envelope.request {
            self.batches += 1;
            assert!(self.batches < 100, "it is sent again without an end");
            let signed: SignedBatch = decode(batch).expect("a signed batch");
            let raw = decompress(&signed.body, 1 << 20).expect("zstd");
            let batch: Batch = decode(&raw).expect("a whole batch");
            assert!(batch.rows.is_empty());
            let verdicts = vec![Verdict::Refused("missing_dependency".into()); batch.changes.len()];
            return Ok(encode(&Response::Push(PushReply {
                verdicts,
                runs: None,
            })));
        }
        let answer = self.inner.call(&encode(&envelope))?;
        let mut response: Response = decode(&answer).expect("an answer");
        if let Response::Hello(hello) = &mut response {
            hello.features = None;
            hello.token = None;
        }
        Ok(encode(&response))
    }

    fn pause(&mut self, _: u64, _: &CancelToken) {}
}

#[test]
fn work_that_is_refused_each_time_it_is_made_again_does_not_go_round_for_ever_and_goes_up_later() {
    let mut world = World::new(6, 4, 1);
    exchange(&mut world, 0);
    let household = all(&world)[0];
    give(&world, 0, household, "rt", "077");
    {
        let tablet = &mut world.tablets[0];
        let mut missing = Missing {
            inner: Network {
                server: &world.server,
                device: tablet.id,
                chance: &mut world.chance,
                faults: Faults::default(),
                now: NOW,
                seen: &mut Vec::new(),
                injected: &mut world.injected,
            },
            batches: 0,
        };
        let cancel = CancelToken::default();
        let _ = exchange_over(&tablet.device, &mut missing, &cancel, |_, _| ());
        assert!(missing.batches > 1, "{}", missing.batches);
    }
    let report = exchange(&mut world, 0);
    assert!(report.agreed && report.pushed == 1, "{report:?}");
    let found = world
        .server
        .household(household)
        .expect("read")
        .expect("known");
    assert_eq!(found.answer("rt"), "077");
}
