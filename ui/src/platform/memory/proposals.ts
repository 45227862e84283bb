/** Refused edits, pretended: one of this device, one of somebody else. */

import type { ProposalList, ProposalView, RefusedDecision } from '../../ipc/types';
import type { Family } from './village';

export function makeProposals(families: Family[]): ProposalList {
  const refused = families.filter((family) => family.state === 'refused')[0];
  const other = families[0];
  if (!refused || !other) return { mine: [], received: [] };
  const floor = { path: 'floor_material', label: 'Bahan lantai terluas', old: 'Semen/bata merah', new: 'Keramik' };
  return {
    mine: [
      {
        id: '00000000-0000-4000-8000-0000000000a1',
        household: refused.id,
        head: refused.members[0]?.answers.name ?? '',
        address: refused.answers.address ?? '',
        document: 'field_answers',
        code: 'record_closed',
        reason:
          'Data keluarga ini sudah diperiksa; isiannya tidak dapat diubah lagi. Usulkan perubahan ini kepada pemeriksa desa, atau tunggu sampai datanya dikembalikan.',
        at: '2026-11-20T04:10:00Z',
        fields: [floor],
        state: 'open',
        cannot_send: '',
        cannot_correct: 'Data keluarga ini sudah diverifikasi desa; isian tidak dapat diubah lagi.',
        pair: null,
      },
    ],
    received: [
      {
        id: '00000000-0000-4000-8000-0000000000a2',
        household: other.id,
        head: other.members[0]?.answers.name ?? '',
        address: other.answers.address ?? '',
        person: 'Siti Aminah',
        at: '2026-11-20T05:00:00Z',
        reason: 'Data keluarga ini sudah diperiksa; isiannya tidak dapat diubah lagi.',
        note: 'Lantai baru diganti bulan ini.',
        fields: [floor],
      },
    ],
  };
}

/** A refused decision about a pair stands among the refused work. */
export function withPair(list: ProposalList, pair: RefusedDecision | null): ProposalList {
  if (!pair) return list;
  const [{ household, head, address }] = pair.people;
  const view: ProposalView = {
    id: pair.proposal,
    household,
    head,
    address,
    document: 'verification',
    code: 'role_may_not',
    reason: pair.why,
    at: pair.at,
    fields: [],
    state: 'open',
    cannot_send: '',
    cannot_correct: '',
    pair,
  };
  return { ...list, mine: [view, ...list.mine] };
}
