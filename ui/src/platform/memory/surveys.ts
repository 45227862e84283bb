/** Other questionnaires of the fake, and submissions of them. */

import type { FormEntry, SurveyRow, Village } from '../../ipc/types';
import type { Language } from '../../core/format';
import { PAGES, type PageDef } from './questionnaire';
import type { Family } from './village';

export const NEEDS: readonly PageDef[] = [
  {
    name: 'village',
    id: 'Desa',
    en: 'Village',
    questions: [
      { name: 'leader', widget: 'text', id: 'Nama ketua musyawarah', en: 'Name of the chair' },
      { name: 'families', widget: 'integer', id: 'Keluarga yang hadir', en: 'Families present', optional: true },
    ],
  },
  {
    name: 'needs',
    id: 'Kebutuhan',
    en: 'Needs',
    questions: [{ name: 'most_needed', widget: 'text', id: 'Yang paling dibutuhkan', en: 'Most needed' }],
  },
];

const SECOND = ['floor_material', 'wall_material', 'roof_material', 'drinking_water_source', 'lighting_source', 'cooking_fuel', 'toilet_facility'];

/** The questionnaire of second visits: whose house it is, and nothing of what was answered there. */
export const AGAIN: readonly PageDef[] = [
  {
    name: 'about',
    id: 'Keluarga yang dikunjungi ulang',
    en: 'The family visited again',
    questions: [
      { name: 'about_head', widget: 'text', id: 'Kepala keluarga', en: 'Head of family', readonly: true },
      { name: 'about_address', widget: 'text', id: 'Alamat', en: 'Address', readonly: true },
      {
        name: 'blind_note', widget: 'note',
        id: 'Isi dari awal apa yang Anda lihat dan dengar. Jawaban kunjungan pertama sengaja tidak ditampilkan.',
        en: 'Record afresh what you see and hear. The answers of the first visit are left out on purpose.',
      },
    ],
  },
  {
    name: 'house',
    id: 'Rumah',
    en: 'House',
    questions: PAGES.flatMap((page) => page.questions)
      .filter((question) => SECOND.includes(question.name))
      .map(({ relevant: _relevant, ...question }) => question),
  },
];

const TITLES: Record<string, readonly [string, string]> = {
  village_needs: ['Kebutuhan desa', 'Needs of the village'],
  back_check: ['Kunjungan ulang', 'Second visit'],
  training_feedback: ['Penilaian pelatihan', 'Evaluation of a training'],
};

export const titleOf = (form: string, language: Language) => TITLES[form]?.[language === 'id' ? 0 : 1] ?? form;

export const forms = (language: Language): FormEntry[] => [
  {
    form: 'village_needs', version: '3', title: titleOf('village_needs', language), survey: true, questions: 3,
    usable: true, waiting: '', problem: '', versions: ['3'],
  },
  {
    form: 'training_feedback', version: '', title: titleOf('training_feedback', language), survey: true, questions: 0,
    usable: false, waiting: '2', problem: '', versions: [],
  },
];

const empty = (id: string, more: Partial<Family>): Family => ({
  id, form: 'village_needs', answers: {}, members: [], state: 'in_progress', unsent: true, lastVisit: '', programmes: [],
  decile: '', register: {}, conflicts: [], refusals: [], startedAt: '', lastPage: 'village', visited: [], ...more,
});

const idOf = (index: number) => `00000000-0000-5000-a000-${String(index).padStart(12, '0')}`;

/** One that was sent before. */
export const makeSurveys = (): Family[] => [
  empty(idOf(0), {
    answers: { leader: 'Pak Karto', most_needed: 'Air bersih' },
    state: 'sent',
    unsent: false,
    lastVisit: '2026-11-18T03:20:00Z',
    startedAt: '2026-11-18T03:00:00Z',
  }),
];

export const newSurvey = (index: number, form: string): Family =>
  empty(idOf(index), { form, startedAt: new Date().toISOString() });

/** A second visit that begins: it knows the family and nothing else. */
export const newSecondVisit = (index: number, head: string, address: string): Family =>
  empty(idOf(index), { form: 'back_check', answers: { about_head: head, about_address: address }, startedAt: new Date().toISOString(), lastPage: 'about' });

export const pagesOf = (form: string): readonly PageDef[] => (form === 'back_check' ? AGAIN : NEEDS);

/** What a submission is called in the list. */
export const nameOf = (survey: Family): string => survey.answers.leader ?? survey.answers.about_head ?? '';

export const rowOf = (survey: Family, language: Language, village: Village): SurveyRow => ({
  id: survey.id,
  form: survey.form ?? '',
  form_title: titleOf(survey.form ?? '', language),
  form_version: '3',
  name: nameOf(survey),
  village: village.code,
  village_name: village.name,
  person: 'Dewi Anggraini',
  state: survey.state,
  unsent: survey.unsent,
  conflicts: 0,
  last_visit: survey.lastVisit,
});
