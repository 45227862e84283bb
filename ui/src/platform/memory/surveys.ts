/** Other questionnaires of the fake, and submissions of them. */

import type { FormEntry, SurveyRow, Village } from '../../ipc/types';
import type { Language } from '../../core/format';
import type { PageDef } from './questionnaire';
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

const TITLES: Record<string, readonly [string, string]> = {
  village_needs: ['Kebutuhan desa', 'Needs of the village'],
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

export const rowOf = (survey: Family, language: Language, village: Village): SurveyRow => ({
  id: survey.id,
  form: survey.form ?? '',
  form_title: titleOf(survey.form ?? '', language),
  form_version: '3',
  name: survey.answers.leader ?? '',
  village: village.code,
  village_name: village.name,
  person: 'Dewi Anggraini',
  state: survey.state,
  unsent: survey.unsent,
  conflicts: 0,
  last_visit: survey.lastVisit,
});
