/** Sending and receiving, pretended: a few seconds with numbers that grow. */

import type { CourierWritten, ExchangeEntry, HubSeen, MovedRecords, SyncStatus } from '../../ipc/types';

export interface Waiting {
  households: number;
  photos: number;
  surveys: number;
  refused: number;
  proposals: number;
  conflicts: number;
}

const STEPS = 14;

/** Part of the village became a village of its own. */
const MOVES: MovedRecords[] = [{ from: 'Sukaraja', to: 'Sukaraja Baru', records: 14, here: 0, mine: false, at: '2026-11-19T02:00:00Z' }];
const HUB: HubSeen = { name: 'Kecamatan Gading Rejo', address: 'https://192.168.1.5:8443', nearby: true, last: '' };

export class Exchange {
  #started = 0;
  #state: 'idle' | 'running' | 'cancelled' | 'done' = 'idle';
  #toSend = 0;
  #photos = 0;
  #last = '2026-11-20T07:05:00Z';
  #hub = '';
  #atHub = 0;
  #inFile = 0;

  constructor(
    private readonly waiting: () => Waiting,
    private readonly finished: () => void,
    private readonly pause = 500,
  ) {}

  /** `place`: a hub's address; empty: the district. */
  start(now: number, place = ''): void {
    this.#hub = place ? HUB.name : '';
    const { households, photos } = this.waiting();
    this.#toSend = households;
    this.#photos = photos;
    this.#started = now;
    this.#state = 'running';
  }

  /** One that went well and one that did not. */
  log(): ExchangeEntry[] {
    const entry = {
      with: 'Server kabupaten (https://lawang.pesawaran.example)',
      pushed: 3,
      pulled: 12,
      refused: 0,
      bytes: 48_211,
      receipt_code: '7F3A-91C2',
      words: [],
    };
    return [
      { ...entry, at: this.#last, agreed: true, ended: true },
      {
        ...entry,
        at: '2026-11-19T09:40:00Z',
        agreed: false,
        ended: false,
        pushed: 1,
        pulled: 0,
        bytes: 2_144,
        receipt_code: '',
        words: ['Tidak ada sambungan ke server.'],
      },
    ];
  }

  cancel(): void {
    if (this.#state === 'running') this.#state = 'cancelled';
  }

  status(now: number): SyncStatus {
    const step = this.#state === 'running' ? Math.floor((now - this.#started) / this.pause) : STEPS;
    if (this.#state === 'running' && step >= STEPS) {
      this.#state = 'done';
      if (this.#hub) {
        this.#atHub = this.#toSend;
      } else {
        this.#atHub = 0;
        this.#inFile = 0;
        this.#last = new Date(now).toISOString();
        this.finished();
      }
    }
    const waiting = this.waiting();
    const part = (from: number, to: number, all: number) =>
      Math.round(all * Math.min(1, Math.max(0, (step - from) / (to - from))));
    const running = this.#state === 'running';
    const phase = !running
      ? this.#state === 'running'
        ? 'done'
        : this.#state
      : step < 2
        ? 'connecting'
        : step < 6
          ? 'sending'
          : step < 10
            ? 'receiving'
            : step < 12
              ? 'checking'
              : 'sending_photos';
    return {
      phase,
      households_sent: running ? part(2, 6, this.#toSend) : 0,
      households_to_send: running ? this.#toSend : 0,
      households_received: running ? part(6, 10, 37) : 0,
      households_to_receive: running && step >= 6 ? 37 : 0,
      photos_sent: running ? part(12, 14, this.#photos) : 0,
      photos_to_send: running && step >= 12 ? this.#photos : 0,
      photos_received: 0,
      photos_to_receive: 0,
      bytes_up: running ? part(2, 6, 48_213) : 0,
      bytes_down: running ? part(6, 10, 129_402) : 0,
      report:
        this.#state === 'done'
          ? {
              pushed: this.#toSend,
              pulled: 37,
              refused: 0,
              bytes_up: 48_213,
              bytes_down: 129_402,
              photo_bytes_up: 812_340,
              photos_received: 0,
              photo_bytes_down: 0,
              requests: 9,
              agreed: true,
              receipt: this.#hub ? '' : 'fake',
              receipt_code: this.#hub ? '' : '7F3A-91C2',
              hub: this.#hub,
              at: new Date(now).toISOString(),
              clock_offset_seconds: 0,
              notices: [],
            }
          : null,
      problem: null,
      last_success: this.#last,
      made_here: true,
      server: 'https://lawang.pesawarankab.go.id',
      unsent_households: waiting.households,
      unsent_photos: waiting.photos,
      unsent_surveys: waiting.surveys,
      refused_households: waiting.refused,
      proposals: waiting.proposals,
      conflicts: waiting.conflicts,
      at_hub_households: this.#atHub,
      in_file_households: this.#inFile,
      hub: this.#hub,
      moves: MOVES,
      hubs: [HUB],
    };
  }

  /** Everything that waits, as a file. */
  write(): CourierWritten {
    const { households, photos } = this.waiting();
    this.#inFile = households;
    return { path: '/home/siti/Unduhan/kurir-5f0c12ab-20261125-1410.lawang', bytes: 48_213, households, photos };
  }
}
