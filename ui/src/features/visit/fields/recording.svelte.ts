/** `2:05` from 125 seconds. */
export const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** Whether sound can be recorded here. */
export const recordable = (): boolean => typeof MediaRecorder !== 'undefined' && navigator.mediaDevices?.getUserMedia !== undefined;

/** Bits a second for the qualities of the questionnaire's standard. */
const BITS: Record<string, number> = { 'voice-only': 12_200, low: 24_000, normal: 64_000 };
const KINDS = ['audio/mp4', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/webm'];
const ENDINGS: Record<string, string> = { 'audio/mp4': 'm4a', 'audio/webm': 'webm', 'audio/ogg': 'ogg' };

/** One recording from the microphone. */
export class Recording {
  state = $state<'idle' | 'running' | 'paused'>('idle');
  seconds = $state(0);
  #recorder: MediaRecorder | null = null;
  #pieces: Blob[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Rejects where the microphone may not be used. `onfull` is called once when there are more than `most` bytes. */
  async start(quality: string, most = Infinity, onfull: () => void = () => undefined): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS[quality] ?? BITS.normal });
    this.#recorder = recorder;
    this.#pieces = [];
    let bytes = 0;
    recorder.ondataavailable = (event) => {
      this.#pieces.push(event.data);
      const before = bytes;
      bytes += event.data.size;
      if (bytes > most && before <= most) onfull();
    };
    recorder.start(1000);
    this.seconds = 0;
    this.state = 'running';
    this.#timer = setInterval(() => {
      if (this.state === 'running') this.seconds += 1;
    }, 1000);
  }

  toggle(): void {
    if (this.state === 'running') {
      this.#recorder?.pause();
      this.state = 'paused';
    } else if (this.state === 'paused') {
      this.#recorder?.resume();
      this.state = 'running';
    }
  }

  /** Ends the recording and gives its file. */
  async finish(name: string): Promise<File | null> {
    const recorder = this.#recorder;
    if (!recorder) return null;
    await new Promise<void>((done) => {
      recorder.onstop = () => done();
      recorder.stop();
    });
    this.#release();
    const type = (recorder.mimeType || 'audio/webm').split(';')[0];
    const blob = new Blob(this.#pieces, { type });
    return blob.size > 0 ? new File([blob], `${name}.${ENDINGS[type] ?? 'webm'}`, { type }) : null;
  }

  /** Lets go of the microphone without keeping anything. */
  drop(): void {
    if (this.#recorder && this.#recorder.state !== 'inactive') this.#recorder.stop();
    this.#release();
  }

  #release(): void {
    clearInterval(this.#timer);
    for (const track of this.#recorder?.stream.getTracks() ?? []) track.stop();
    this.#recorder = null;
    this.state = 'idle';
  }
}
