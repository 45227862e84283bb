import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BackgroundRecording, PART_MS, type Recorder } from '../src/features/visit/background.svelte';

const WANTED = { path: 'sound', quality: 'low' };

/** A microphone that hands out numbered recordings. */
function microphone(denied: (n: number) => boolean = () => false) {
  const made: { started: string; finished: boolean }[] = [];
  const make = (): Recorder => {
    const n = made.push({ started: '', finished: false });
    return {
      seconds: 7,
      start: async (quality: string) => {
        if (denied(n)) throw new Error('denied');
        made[n - 1].started = quality;
      },
      finish: async () => {
        made[n - 1].finished = true;
        return new File([`part ${n}`], `rekaman${n}.webm`);
      },
      drop: () => undefined,
    };
  };
  return { made, make };
}

describe('the recording while a form is filled in', () => {
  let kept: string[];
  let broken: boolean;
  const keep = async (household: string, path: string, file: File) => {
    if (broken) throw new Error('disk full');
    kept.push(`${household} ${path} ${await file.text()}`);
  };

  beforeEach(() => {
    kept = [];
    broken = false;
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it('does not begin before the person agrees, and never when the person does not', async () => {
    const { made, make } = microphone();
    const recording = new BackgroundRecording(keep, make, () => true);
    recording.offer('h', WANTED);
    expect(recording.state).toBe('ask');
    expect(made).toHaveLength(0);
    recording.decline();
    await recording.agree();
    await recording.end();
    expect(made).toHaveLength(0);
    expect(kept).toEqual([]);
  });

  it('is asked about once from page to page, and again when the form is opened again', async () => {
    const recording = new BackgroundRecording(keep, microphone().make, () => true);
    recording.offer('h', WANTED);
    recording.decline();
    recording.offer('h', WANTED);
    expect(recording.state).toBe('off');
    await recording.end();
    recording.offer('h', WANTED);
    expect(recording.state).toBe('ask');
  });

  it('goes to the disk part by part, and the next part listens before the last one ends', async () => {
    const { made, make } = microphone();
    const recording = new BackgroundRecording(keep, make, () => true);
    recording.offer('h', WANTED);
    await recording.agree();
    expect(made[0].started).toBe('low');
    await vi.advanceTimersByTimeAsync(PART_MS);
    expect(kept).toEqual(['h sound part 1']);
    expect(made.map((one) => one.finished)).toEqual([true, false]);
    expect(recording.seconds).toBe(14);
    expect(await recording.end()).toBe(true);
    expect(kept).toEqual(['h sound part 1', 'h sound part 2']);
    await vi.advanceTimersByTimeAsync(3 * PART_MS);
    expect(made).toHaveLength(2);
  });

  it('stops when the person says so, and what was said until then is kept', async () => {
    const recording = new BackgroundRecording(keep, microphone().make, () => true);
    recording.offer('h', WANTED);
    await recording.agree();
    await recording.stop();
    expect(recording.state).toBe('off');
    expect(kept).toEqual(['h sound part 1']);
    await recording.end();
    expect(kept).toHaveLength(1);
  });

  it('keeps a part that could not be stored and stores it with the next one', async () => {
    const recording = new BackgroundRecording(keep, microphone().make, () => true);
    recording.offer('h', WANTED);
    await recording.agree();
    broken = true;
    expect(await recording.cut()).toBe(false);
    expect(recording.waiting).toBe(1);
    broken = false;
    expect(await recording.end()).toBe(true);
    expect(kept).toEqual(['h sound part 1', 'h sound part 2']);
    expect(recording.waiting).toBe(0);
  });

  it('says where there is no microphone, where it may not be used, and where it is taken away', async () => {
    const none = new BackgroundRecording(keep, microphone().make, () => false);
    none.offer('h', WANTED);
    expect(none.state).toBe('unable');

    const refused = new BackgroundRecording(keep, microphone(() => true).make, () => true);
    refused.offer('h', WANTED);
    await refused.agree();
    expect(refused.state).toBe('denied');

    const taken = new BackgroundRecording(keep, microphone((n) => n === 2).make, () => true);
    taken.offer('h', WANTED);
    await taken.agree();
    await taken.cut();
    expect(taken.state).toBe('denied');
    expect(kept).toEqual(['h sound part 1']);
  });

  it('of one form ends when another form begins', async () => {
    const recording = new BackgroundRecording(keep, microphone().make, () => true);
    recording.offer('h', WANTED);
    await recording.agree();
    recording.offer('other', WANTED);
    await vi.waitFor(() => expect(recording.state).toBe('ask'));
    expect(kept).toEqual(['h sound part 1']);
  });
});
