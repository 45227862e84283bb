import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnswerQueue, type Answer } from '../src/features/visit/answerQueue';

const answer = (path: string, value: string): Answer => ({ page: 'housing', path, value });

/** A disk that answers when it is told to. */
class Disk {
  saved: Answer[] = [];
  atOnce = 0;
  most = 0;
  failNext = 0;
  hold: (() => void)[] = [];
  held = false;

  send = async (given: Answer): Promise<string> => {
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    if (this.held) await new Promise<void>((resolve) => this.hold.push(resolve));
    else await Promise.resolve();
    this.atOnce -= 1;
    if (this.failNext > 0) {
      this.failNext -= 1;
      throw { code: 'disk_full', message: 'Ruang habis.', hint: '', path: null };
    }
    this.saved.push(given);
    return given.value;
  };

  release(): void {
    this.held = false;
    for (const go of this.hold.splice(0)) go();
  }
}

describe('answers on their way to the disk', () => {
  let disk: Disk;
  let queue: AnswerQueue<string>;
  let replies: string[];

  beforeEach(() => {
    disk = new Disk();
    replies = [];
    queue = new AnswerQueue<string>(disk.send, (reply) => replies.push(reply), () => {});
  });

  afterEach(() => vi.useRealTimers());

  it('go one at a time and in order', async () => {
    for (let i = 0; i < 20; i += 1) queue.put(answer(`q${i}`, String(i)));
    expect(await queue.flush()).toBe(true);
    expect(disk.most).toBe(1);
    expect(disk.saved.map((entry) => entry.path)).toEqual(Array.from({ length: 20 }, (_, i) => `q${i}`));
    expect(replies).toHaveLength(20);
  });

  it('of one question: the last value wins', async () => {
    disk.held = true;
    queue.put(answer('first', 'x'));
    queue.put(answer('roof', '1'));
    queue.put(answer('roof', '2'));
    queue.put(answer('roof', '3'));
    disk.release();
    await queue.flush();
    expect(disk.saved.filter((entry) => entry.path === 'roof').map((entry) => entry.value)).toEqual(['3']);
  });

  it('show the newest value while they wait', async () => {
    disk.held = true;
    queue.put(answer('roof', '1'));
    queue.put(answer('roof', '2'));
    expect(queue.valueOf('roof')).toBe('2');
    disk.release();
    await queue.flush();
    expect(queue.valueOf('roof')).toBeUndefined();
  });

  it('that are typed go after a pause, once', async () => {
    vi.useFakeTimers();
    queue.type(answer('name', 'S'), 400);
    queue.type(answer('name', 'Si'), 400);
    queue.type(answer('name', 'Siti'), 400);
    await vi.advanceTimersByTimeAsync(399);
    expect(disk.saved).toEqual([]);
    expect(queue.open).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await queue.flush();
    expect(disk.saved.map((entry) => entry.value)).toEqual(['Siti']);
  });

  it('that are typed go at once when the page is left', async () => {
    queue.type(answer('name', 'Siti'), 10_000);
    expect(await queue.flush()).toBe(true);
    expect(disk.saved.map((entry) => entry.value)).toEqual(['Siti']);
    expect(queue.open).toBe(0);
  });

  it('that could not be saved stay, with what was typed, and are saved by a retry', async () => {
    disk.failNext = 1;
    queue.put(answer('roof', '2'));
    queue.put(answer('wall', '1'));
    expect(await queue.flush()).toBe(false);
    expect(queue.valueOf('roof')).toBe('2');
    expect(queue.failureOf('roof')?.code).toBe('disk_full');
    expect(disk.saved.map((entry) => entry.path)).toEqual(['wall']);
    expect(await queue.retry()).toBe(true);
    expect(disk.saved.map((entry) => entry.path)).toEqual(['wall', 'roof']);
    expect(queue.failed).toEqual([]);
  });

  it('fail no more when the person writes something else', async () => {
    disk.failNext = 1;
    queue.put(answer('roof', '2'));
    await queue.flush();
    queue.put(answer('roof', '3'));
    expect(await queue.flush()).toBe(true);
    expect(disk.saved.map((entry) => entry.value)).toEqual(['3']);
  });

  it('are not lost when a new one comes while an old one fails', async () => {
    disk.held = true;
    disk.failNext = 1;
    queue.put(answer('roof', '2'));
    queue.put(answer('roof', '3'));
    disk.release();
    expect(await queue.flush()).toBe(true);
    expect(disk.saved.map((entry) => entry.value)).toEqual(['3']);
  });

  it('put in by the reply to another one are saved too', async () => {
    const late = new AnswerQueue<string>(
      disk.send,
      (reply) => {
        if (reply === 'first') late.put(answer('second', 'second'));
      },
      () => {},
    );
    late.put(answer('first', 'first'));
    expect(await late.flush()).toBe(true);
    expect(disk.saved.map((entry) => entry.path)).toEqual(['first', 'second']);
  });

  it('all arrive whatever the order of typing, failing and retrying', async () => {
    let state = 7;
    const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
    for (let round = 0; round < 200; round += 1) {
      const wanted = new Map<string, string>();
      const from = disk.saved.length;
      for (let step = 0; step < 15; step += 1) {
        const path = `q${Math.floor(random() * 5)}`;
        const value = `${round}-${step}`;
        if (random() < 0.2) disk.failNext += 1;
        if (random() < 0.5) queue.type(answer(path, value), 50_000);
        else queue.put(answer(path, value));
        wanted.set(path, value);
        if (random() < 0.3) await Promise.resolve();
      }
      while (!(await queue.retry()));
      const last = new Map(disk.saved.slice(from).map((entry) => [entry.path, entry.value]));
      expect(last).toEqual(wanted);
    }
  });
});
