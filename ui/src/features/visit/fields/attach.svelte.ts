import { app } from '../../../core/app.svelte';
import { i18n } from '../../../i18n/index.svelte';
import { useVisit } from '../context';
import { LARGEST, toBase64 } from './photo';

/** Storing a picked or recorded file as the answer of a question, with words for what can go wrong. */
export class Attaching {
  busy = $state(false);
  problem = $state('');
  readonly #visit = useVisit();

  /** `as`: a picture goes another way than other files, because it is checked and shrunk. */
  async store(path: string, before: string, file: File, as: 'picture' | 'file'): Promise<boolean> {
    const words = i18n.t.widgets.file;
    this.problem = '';
    if (file.size > LARGEST) this.problem = as === 'picture' ? i18n.t.visit.photo.big : words.big;
    else if (file.size === 0) this.problem = words.empty;
    if (this.problem) return false;
    this.busy = true;
    try {
      const data = await toBase64(file);
      if (as === 'picture') await this.#visit.store.picture(path, data);
      else await this.#visit.store.attach(path, file.name, data);
      this.#visit.moveOn(path, before);
      return true;
    } catch (thrown) {
      const failure = app.words(thrown);
      const unreadable = as === 'picture' ? i18n.t.visit.photo.unreadable : words.unreadable;
      this.problem = thrown instanceof DOMException ? unreadable : `${failure.message} ${failure.hint}`.trim();
      return false;
    } finally {
      this.busy = false;
    }
  }
}
