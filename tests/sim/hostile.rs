//! Somebody with an enrolled device who forges what is sent. Nothing of it may ever be seen by anybody.

#[path = "../../crates/server/tests/server/forge.rs"]
mod forge;

use crate::{
    report::Violation,
    script::{Attack, Step},
    world::{HERE, World, lock, villages},
};
use forge::{OBJECT_COUNTER, PREDECESSOR_COUNTER};
use lawang_domain::{DeviceId, DocumentKind, Event, FieldPath, HouseholdId, InstanceId, Role};
use lawang_records::{Hash, Heads, NewChange, NewEvent, Record, Row, VISITS, Write, write_event};
use lawang_sync::{
    Batch, BatchChange, BatchRow, DeviceKey, Envelope, Forward, HubRequest, Request, actor_of,
    encode,
};
use lawang_tests::{chance::Chance, world::Tablet};
use uuid::Uuid;

/// Stands in whatever is forged, and in nothing else.
pub const MARK: &str = "HANTU";
/// The same with a bit flipped.
pub const FLIPPED: &str = "IANTU";

/// Whose name a batch carries, under which actor it was made, and who signs it.
struct Signer {
    device: DeviceId,
    incarnation: [u8; 8],
    actor: [u8; 16],
    key: DeviceKey,
}

impl Signer {
    fn new(device: DeviceId, owner: &DeviceKey, key: DeviceKey, chance: &mut Chance) -> Self {
        let mut incarnation = [0; 8];
        chance.fill(&mut incarnation);
        Self {
            device,
            incarnation,
            actor: actor_of(&owner.public(), &incarnation),
            key,
        }
    }

    fn write(&self, record: &mut Record, heads: &[Hash], writes: &[Write]) -> Option<NewChange> {
        record
            .write(heads, &self.actor, 1_795_309_200, writes)
            .ok()
            .flatten()
    }

    fn batch(&self, rows: &[Row], changes: &[(HouseholdId, DocumentKind, &NewChange)]) -> Vec<u8> {
        let batch = Batch {
            device: (*self.device.as_bytes()).into(),
            incarnation: self.incarnation.into(),
            clock: 1_795_309_200_000 << 16,
            person: "Orang Lain".into(),
            role: "enumerator".into(),
            rows: rows
                .iter()
                .map(|row| BatchRow {
                    household: (*row.household.as_bytes()).into(),
                    row: row.to_bytes().into(),
                })
                .collect(),
            changes: changes
                .iter()
                .map(|(id, kind, change)| BatchChange {
                    household: (*id.as_bytes()).into(),
                    change: change.bytes.clone().into(),
                    kind: (*kind != DocumentKind::FieldAnswers).then(|| kind.number()),
                })
                .collect(),
        };
        encode(&batch.sign(&self.key))
    }
}

fn put(path: FieldPath, value: &str) -> Write {
    Write::Put(path, value.to_owned())
}

fn answer(key: &str, value: &str) -> Write {
    put(FieldPath::household(key), value)
}

/// A household that the hostile device makes up, with few operations: its forgeries are short.
fn own_row(chance: &mut Chance) -> Row {
    let mut id = [0; 16];
    chance.fill(&mut id);
    let id = HouseholdId(uuid::Builder::from_random_bytes(id).into_uuid());
    let mut row = Row::empty(id, HERE);
    row.answers.insert("address".into(), "Dusun Sunyi".into());
    row.answers.insert("rt".into(), "001".into());
    row
}

pub fn attack(world: &mut World, step: &Step, attack: Attack) -> Result<(), Violation> {
    let Some(hostile) = world.hostile.take() else {
        return Ok(());
    };
    world.as_hostile(&hostile);
    let tried = one(world, step, attack, &hostile);
    world.hostile = Some(hostile);
    if tried.is_some() {
        world.counts.add(format!("attack: {attack:?}"));
    }
    Ok(())
}

fn send(world: &mut World, device: DeviceId, request: Request) {
    let envelope = Envelope {
        max_response: 1 << 22,
        request,
    };
    let now = world.now;
    let server = world.district.server();
    server.handle(device, &encode(&envelope), now);
}

fn push(world: &mut World, signer: &Signer, batch: Vec<u8>) {
    send(world, signer.device, Request::Push(batch.into()));
}

/// Somebody, or a visit, that was not there at the record's first change.
fn made_since(record: &Record) -> Option<(&'static str, InstanceId)> {
    let state = record.state().ok()?;
    let known = record.state_at(&[record.genesis_hash()?]).ok()?;
    ["members", VISITS].into_iter().find_map(|repeat| {
        let all = state.of(repeat).iter().rev();
        let new = all.copied().find(|id| !known.of(repeat).contains(id))?;
        Some((repeat, new))
    })
}

/// `None` when the world has nothing to attack.
fn one(world: &mut World, step: &Step, attack: Attack, hostile: &Tablet) -> Option<()> {
    let mut chance = Chance::new(step.chance);
    let signer = Signer::new(hostile.id, &hostile.key(), hostile.key(), &mut chance);
    let value = format!("{MARK} {}", world.step);
    let (household, mut record) = {
        let device = lock(hostile);
        let all = device.all_households().ok()?;
        let household = *(!all.is_empty()).then(|| chance.of(&all))?;
        (household, device.record(household).ok()?)
    };
    // Some of what it writes is allowed, and it has seen what it replaces.
    world
        .ledger
        .sees(world.step, &lock(hostile), household, None);
    let heads: Heads = record.heads();
    let answers = DocumentKind::FieldAnswers;
    let address = [answer("address", &value)];
    let office = |world: &World, role: Option<Role>, places: Option<(bool, bool)>| {
        let places = places.map(|(first, second)| villages(first, second));
        let server = world.district.server();
        let _ = server.change_device(hostile.id, role, places.as_deref());
    };
    match attack {
        Attack::Role | Attack::Village | Attack::Revoked => {
            let change = signer.write(&mut record, &heads, &address)?;
            world.forged.push((change.hash, format!("{attack:?}")));
            match attack {
                Attack::Role => office(world, Some(Role::Auditor), None),
                Attack::Village => office(world, None, Some((false, true))),
                _ => {
                    let now = world.now;
                    let _ = world.district.server().revoke(hostile.id, now);
                }
            }
            let batch = signer.batch(&[], &[(household, answers, &change)]);
            push(world, &signer, batch);
            office(world, Some(Role::Enumerator), Some((true, false)));
        }
        Attack::RegisterField => {
            let writes = [answer("welfare_decile", &value)];
            let change = signer.write(&mut record, &heads, &writes)?;
            world.forged.push((change.hash, format!("{attack:?}")));
            let batch = signer.batch(&[], &[(household, answers, &change)]);
            push(world, &signer, batch);
        }
        Attack::Decision => {
            let state = record.state().ok()?;
            let visit = state.of(VISITS).last().map(ToString::to_string);
            let kind = DocumentKind::Verification;
            let mut document = lock(hostile).store().document(household, kind).ok()?;
            let event = NewEvent {
                id: InstanceId(Uuid::from_u128(u128::from(step.chance) | 1 << 100)),
                repeat: Event::DECISIONS,
                at: 1,
                fields: &[
                    ("decision", "field_verified"),
                    ("reason", &value),
                    ("visit", &visit.unwrap_or_default()),
                ],
            };
            let writes = write_event(&document.state().ok()?, &event);
            let heads = document.heads();
            let change = signer.write(&mut document, &heads, &writes)?;
            world.forged.push((change.hash, format!("{attack:?}")));
            let batch = signer.batch(&[], &[(household, kind, &change)]);
            push(world, &signer, batch);
        }
        Attack::FlippedBit => {
            let mut change = signer.write(&mut record, &heads, &address)?;
            let mark = MARK.as_bytes();
            let at = change.bytes.windows(mark.len()).position(|w| w == mark)?;
            change.bytes[at] ^= 1;
            let hash = forge::sealed(change.bytes.clone()).hash;
            world.forged.push((hash, format!("{attack:?}")));
            let batch = signer.batch(&[], &[(household, answers, &change)]);
            push(world, &signer, batch);
        }
        Attack::Counter | Attack::Object | Attack::Predecessor => {
            let row = own_row(&mut chance);
            let mut record = Record::genesis(&row).ok()?;
            let heads = record.heads();
            let key = if attack == Attack::Object {
                "note_x"
            } else {
                "rt"
            };
            let honest = signer.write(&mut record, &heads, &[answer(key, MARK)])?;
            let change = match attack {
                Attack::Counter => forge::with_start_op(&honest),
                Attack::Object => forge::with_column(&honest, OBJECT_COUNTER, 0x3f),
                _ => forge::with_column(&honest, PREDECESSOR_COUNTER, 1),
            };
            world.forged.push((change.hash, format!("{attack:?}")));
            let batch = signer.batch(
                std::slice::from_ref(&row),
                &[(row.household, answers, &change)],
            );
            push(world, &signer, batch);
        }
        Attack::ReusedActor => {
            // Both at the same heads: under one number the actor says two things.
            let mut other = record.clone();
            let first = signer.write(&mut record, &heads, &[answer("rt", "002")])?;
            let second = signer.write(&mut other, &heads, &address)?;
            world.forged.push((second.hash, format!("{attack:?}")));
            for change in [first, second] {
                let batch = signer.batch(&[], &[(household, answers, &change)]);
                push(world, &signer, batch);
            }
        }
        Attack::StolenActor => {
            let victim = world.tablets.first()?.key();
            let stolen = Signer {
                actor: actor_of(&victim.public(), &signer.incarnation),
                key: hostile.key(),
                ..signer
            };
            let change = stolen.write(&mut record, &heads, &address)?;
            world.forged.push((change.hash, format!("{attack:?}")));
            let batch = stolen.batch(&[], &[(household, answers, &change)]);
            push(world, &stolen, batch);
        }
        Attack::Dependency => {
            let first = signer.write(&mut record, &heads, &[answer("rt", "003")])?;
            let second = signer.write(&mut record, &[first.hash], &address)?;
            world.forged.push((second.hash, format!("{attack:?}")));
            let batch = signer.batch(&[], &[(household, answers, &second)]);
            push(world, &signer, batch);
        }
        Attack::ForgedByHub => {
            let hub = world.hubs.first()?.device;
            let victim = world.tablets.first()?;
            let forger = Signer::new(victim.id, &victim.key(), hostile.key(), &mut chance);
            let change = forger.write(&mut record, &heads, &address)?;
            world.forged.push((change.hash, format!("{attack:?}")));
            let forward = Forward {
                device: (*victim.id.as_bytes()).into(),
                sealed: false,
                body: forger.batch(&[], &[(household, answers, &change)]).into(),
            };
            send(world, hub, Request::Hub(HubRequest::Forward(forward)));
        }
        Attack::RemovedMember => {
            let state = record.state().ok()?;
            let member = *state.of("members").last()?;
            let path = |key: &str| FieldPath::of("members", member, key);
            // Once struck out, and once more as the second life of the same person.
            let gone = signer.write(&mut record, &heads, &[put(path("_status"), "removed")])?;
            let ghost = signer.write(&mut record, &[gone.hash], &[put(path("name"), &value)])?;
            world.forged.push((ghost.hash, format!("{attack:?}")));
            let both = [(household, answers, &gone), (household, answers, &ghost)];
            let batch = signer.batch(&[], &both);
            push(world, &signer, batch);
        }
        Attack::MadeAgain => {
            // At the first change nobody is there whom somebody took in since; and a number that wins.
            let (repeat, id) = match made_since(&record) {
                Some(new) => new,
                // Nobody came since: it takes somebody in, as it may.
                None => {
                    let id = InstanceId(Uuid::from_u128(u128::from(step.chance) | 1 << 101));
                    let taken_in = [
                        Write::AddInstance {
                            repeat: "members".into(),
                            id,
                            order: "1".into(),
                        },
                        put(FieldPath::of("members", id, "name"), "TAMU"),
                    ];
                    let change = signer.write(&mut record, &heads, &taken_in)?;
                    let batch = signer.batch(&[], &[(household, answers, &change)]);
                    push(world, &signer, batch);
                    ("members", id)
                }
            };
            let first = record.genesis_hash()?;
            let key = if repeat == VISITS { "form" } else { "name" };
            let writes = [
                Write::AddInstance {
                    repeat: repeat.into(),
                    id,
                    order: "1".into(),
                },
                put(FieldPath::of(repeat, id, key), &value),
            ];
            let change = signer.write(&mut record, &[first], &writes)?;
            world.forged.push((change.hash, format!("{attack:?}")));
            let batch = signer.batch(&[], &[(household, answers, &change)]);
            push(world, &signer, batch);
        }
    }
    Some(())
}
