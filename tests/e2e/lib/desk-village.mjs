// A village whose enumerators have been round: 60 households, and among them everything that a verifier meets. Two of
// the enumerators see only the hub of their kecamatan, the third and the verifier the district.
import assert from 'node:assert/strict';
import { contentsOfDevice, contentsOfServer, makeVisits } from './desk.mjs';
import { device, enrolDevice, lawang, startServer } from './lawang.mjs';
import { until } from './processes.mjs';
import { startVillage } from './village.mjs';

export const HOUSEHOLDS = 60;
const CONFLICTS = 15;
const HASTY = 5;
export const HUB = 'Kecamatan Gading Rejo';
export const [SITI, BUDI, WAYAN, RATNA] = ['Siti Rahma', 'Budi Santoso', 'Wayan Sudarta', 'Ibu Ratna'];
const PEOPLE = [SITI, BUDI, WAYAN, RATNA];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const today = () => Math.floor(Date.now() / DAY) * DAY;
const stamp = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');

/** The n-th honest visit of somebody: 24 minutes, eleven minutes of walking, twelve a day, from five days ago on. */
function slot(n) {
  const at = today() - 5 * DAY + Math.floor(n / 12) * DAY + 60 * MINUTE + (n % 12) * 35 * MINUTE;
  return { at: stamp(at), minutes: 24 };
}

/** Where the n-th house stands: 60 metres from its neighbours. */
const house = (n, north = 0) => `${(-5.36 - n * 0.00055 + north).toFixed(5)} 105.10000 30 5`;

/** A girl who is counted at her parents' and at her grandmother's. */
const MELATI = {
  name: 'Melati Putri Anjani', sex: '2', birth_date: '2019-08-17', nik: '1809065708190003',
  mother_maiden_name: 'Sri Wahyuningsih', relation_to_head: '3',
};
/** Twins in one family. */
const TWINS = ['Hasan Maulana', 'Hasin Maulana'].map((name, n) => ({
  name, sex: '1', birth_date: '2016-03-02', nik: `180906020316000${n + 1}`, mother_maiden_name: 'Nurhayati', relation_to_head: '3',
}));

/** Visits that were made again properly, within the last hours. */
export const madeAgain = (households) =>
  households.map((row, n) => ({
    household: row.id,
    at: stamp(Date.now() - (200 - n * 35) * MINUTE),
    minutes: 26,
    answers: { gps: house(40 + n), floor_area: String(51 + n) },
  }));

/** Where a household is sent to and received from. */
async function meet(data, place) {
  const report = await device(data, 'sync', ...(place ? ['--server', place.url] : []));
  assert.equal(report.agreed, true);
  assert.equal(report.refused, 0);
  return report;
}

export class Village {
  constructor(world, server) {
    this.world = world;
    this.server = server;
    this.village = world.village;
    /** Data folders of Siti, Budi, Wayan and the verifier. */
    this.folders = PEOPLE.map((_, index) => world.data(index < 3 ? `phone-${index}` : 'desk'));
    [this.siti, this.budi, this.wayan, this.desk] = this.folders;
  }

  async startHub(code = null) {
    this.hub = await startServer({
      data: this.world.data('hub'),
      listen: this.hub?.address ?? '127.0.0.1:0',
      args: ['--role', 'hub', '--every', '1', '--upstream', this.server.url, ...(code ? ['--code', code] : [])],
    });
    const { hub } = this;
    this.world.later(() => hub.stop());
  }

  /** District and hub go: whoever works now works alone. */
  async leaveAlone() {
    await this.hub.stop();
    await this.server.stop();
  }

  async comeBack() {
    this.server = await startServer({ data: this.server.data, listen: this.server.address });
    const { server } = this;
    this.world.later(() => server.stop());
    await this.startHub();
  }

  /** Everybody exchanges where they always do. */
  async everybodyMeets() {
    await meet(this.siti);
    await meet(this.budi, this.hub);
    await meet(this.wayan, this.hub);
    await this.hubAgrees();
    await meet(this.desk);
  }

  /** Waits until the hub has given what it took, and taken what the district has. */
  async hubAgrees() {
    await until(
      'the hub to have been at the district',
      async () => {
        const [district, hub] = await Promise.all([contentsOfServer(this.server), contentsOfServer(this.hub)]);
        return Object.entries(district).every(([household, digest]) => hub[household] === digest) &&
          Object.keys(hub).length === Object.keys(district).length;
      },
      { timeout: 60_000, every: 500 },
    );
  }

  /** What server, hub and devices contain, by whose it is. */
  async contents() {
    const devices = [];
    for (const data of this.folders) devices.push(await contentsOfDevice(data));
    return {
      district: await contentsOfServer(this.server),
      hub: await contentsOfServer(this.hub),
      ...Object.fromEntries(PEOPLE.map((name, index) => [name, devices[index]])),
    };
  }
}

/** Server, hub and four devices with the list. */
async function found(t, name) {
  const world = await startVillage(t, name, { renew: true });
  const village = new Village(world, world.server);
  const hubCode = await lawang(['admin', 'enrol-hub', '--name', HUB, '--villages', village.village, '--data', village.server.data]);
  await village.startHub(hubCode.code);
  for (const [index, person] of PEOPLE.entries()) {
    const role = person === RATNA ? 'village_verifier' : 'enumerator';
    await enrolDevice(village.server, village.folders[index], { name: person, villages: [village.village], role });
  }
  await meet(village.siti);
  await village.hubAgrees();
  for (const data of [village.budi, village.wayan]) {
    // The hub hears of a device when it has been at the district.
    await until('the hub to know the device', () => meet(data, village.hub), { timeout: 30_000, every: 500 });
  }
  return village;
}

/** Takes the first of the families out of which the register knows another answer than `value`; says which. */
async function takeOther(village, rows, path, value) {
  for (const [index, row] of rows.entries()) {
    const known = (await device(village.siti, 'show', row.id)).answers[path] ?? '';
    if (known === '' || known === value) continue;
    rows.splice(index, 1);
    return { ...row, known };
  }
  throw new Error(`no family is fit for ${path}`);
}

/** The village, its visits made and brought to server and hub. */
export async function startDeskVillage(t, name) {
  const village = await found(t, name);
  const rows = (await device(village.siti, 'households', '--limit', '200')).filter((row) => row.members > 0);
  assert.ok(rows.length >= HOUSEHOLDS);
  const all = rows.slice(0, HOUSEHOLDS - 1);
  const take = (count) => all.splice(0, count);
  const keeping = await takeOther(village, all, 'floor_material', '1');
  const returning = [await takeOther(village, all, 'floor_area', '90'), await takeOther(village, all, 'wall_material', '1')];
  const [leaving, parents, grandmother, twins] = take(4);
  const hasty = take(HASTY);
  const conflicts = take(CONFLICTS);
  const plain = all;

  const made = new Map([village.siti, village.budi, village.wayan].map((data) => [data, []]));
  let houses = 0;
  const visit = (data, row, more = {}) => {
    const { answers: given = {}, gps = house((houses += 1)), ...rest } = more;
    const own = made.get(data);
    own.push({ household: row.id, ...slot(own.length), ...rest, answers: { gps, ...given } });
  };
  // Weeks ago this house was visited where it stands.
  await makeVisits(village.siti, [{ household: hasty[0].id, at: stamp(today() - 30 * DAY), minutes: 30, answers: { gps: house(40) } }]);
  await meet(village.siti);
  await village.hubAgrees();
  await meet(village.wayan, village.hub);

  visit(village.siti, leaving, { answers: { is_well_off: '1' } });
  visit(village.siti, keeping, { answers: { floor_material: '1' } });
  visit(village.siti, parents, { joins: [MELATI] });
  visit(village.budi, grandmother, { joins: [{ ...MELATI, name: 'Melati Putri Anjany', relation_to_head: '5' }] });
  visit(village.budi, returning[0], { answers: { floor_area: '90' } });
  visit(village.budi, returning[1], { answers: { wall_material: '1' } });
  visit(village.wayan, twins, { joins: TWINS });
  // A family that asks for a place in the register.
  const asks = {
    village: village.village, ...slot(40), answers: { household_status: '4', gps: house(38), address: 'Dusun Way Layap I RT 001 RW 001', rt: '001', rw: '001' },
    joins: [{ name: 'Suwarni', sex: '2', birth_date: '1961-05-04', nik: '1809064405610001', mother_maiden_name: 'Painem', relation_to_head: '1' }],
  };
  const [waiting] = (await makeVisits(village.siti, [asks])).made.map((id) => ({ id }));
  for (const [index, row] of plain.entries()) {
    visit([village.siti, village.budi, village.wayan][index % 3], row, { answers: { floor_area: String(40 + index) } });
  }
  for (const row of conflicts) {
    const gps = house((houses += 1));
    visit(village.budi, row, { gps, answers: { floor_area: '191' } });
    visit(village.wayan, row, { gps, answers: { floor_area: '192' } });
  }
  // Five houses in a quarter of an hour, all from the same bench, more than two kilometres away from the first.
  for (const [index, row] of hasty.entries()) {
    const at = stamp(today() - DAY + (120 + index * 3) * MINUTE);
    visit(village.wayan, row, { gps: house(41 + index % 2 * 0.05, -0.02), at, minutes: 2 });
  }
  await Promise.all([...made].map(([data, visits]) => makeVisits(data, visits)));
  await village.everybodyMeets();
  return Object.assign(village, { planted: { leaving, keeping, parents, grandmother, twins, waiting, returning, hasty, conflicts, plain } });
}
