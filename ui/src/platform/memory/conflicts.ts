/** Answers with two values, pretended: who disagrees with whom goes by the family's place in the village. */

import type { ConflictView } from '../../ipc/types';
import type { Language } from '../../core/format';
import { Engine } from './engine';
import type { PageDef } from './questionnaire';
import type { Family } from './village';

const OTHERS = [
  ['Bagus Kurniawan', 'LAPTOP-PSM'],
  ['Siti Rohmah', 'HP-05'],
];

export function conflictsOf(families: Family[], language: Language, pages: readonly PageDef[]): ConflictView[] {
  return families.flatMap((family, index) => {
    const engine = new Engine(family, language, pages);
    const [author, device] = OTHERS[index % 3 === 1 ? 1 : 0];
    return family.conflicts.map((path) => {
      const { question, label } = engine.describe(path);
      const photo = path === 'photo_house';
      const [mine, theirs] = photo ? [`new-0-${family.id.slice(-4)}`, `old-0-${family.id.slice(-4)}`] : path === 'floor_area' ? ['36', '63'] : ['6', '2'];
      const file = photo ? 'photo' : '';
      const show = (value: string) => (photo ? 'foto' : question ? engine.display(question, value) : value);
      return {
        household: family.id,
        head: engine.head(),
        address: family.answers.address ?? '',
        path,
        label,
        widget: question?.widget ?? 'text',
        choices: question ? engine.choices(question, '').choices : [],
        register: show(family.register[path] ?? ''),
        values: [
          { value: mine, display: show(mine), file, author: 'Dewi Anggraini', device: 'HP-03', at: '2026-11-20T02:14:00Z', mine: true },
          { value: theirs, display: show(theirs), file, author, device, at: '2026-11-20T06:40:00Z', mine: false },
        ],
        seen: `${mine} ${theirs}`,
      };
    });
  });
}
