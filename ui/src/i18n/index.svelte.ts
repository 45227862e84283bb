import type { Language } from '../core/format';
import { en } from './en';
import { id } from './id';
import type { Dictionary } from './dictionary';

class I18n {
  language = $state<Language>('id');

  get t(): Dictionary {
    return this.language === 'en' ? en : id;
  }

  set(language: string): void {
    this.language = language === 'en' ? 'en' : 'id';
    document.documentElement.lang = this.language;
  }
}

/** The chosen language and its words. */
export const i18n = new I18n();
