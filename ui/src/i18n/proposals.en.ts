/** Words of refused edits and proposals, English. */

import { formatNumber } from '../core/format';
import type { proposalsId } from './proposals.id';

const n = (value: number) => formatNumber(value, 'en');

export const proposalsEn: typeof proposalsId = {
  title: 'Refused answers',
  intro: 'The server did not take these answers. Nothing is lost: choose what happens with each.',
  waiting: (count) => `${n(count)} ${count === 1 ? 'answer was' : 'answers were'} refused or proposed`,
  see: 'See the refused answers',
  none: 'No answer was refused',
  noneText: 'Answers that the server refuses appear here with the reason.',
  noneAction: 'To the families',
  household: 'See the family',
  before: (value) => `Before: ${value}`,
  beforeNone: 'Empty before',
  otherDocument: 'A decision or an assignment, not an answer.',
  unreadable: 'The answers are kept, but cannot be shown.',
  send: 'Propose to the verifier',
  sendTitle: 'Propose these answers?',
  sendText: 'The village’s verifier sees the proposal after send & receive, and decides.',
  note: 'A note for the verifier (may be empty)',
  sent: 'The proposal leaves with the next send & receive',
  correct: 'Answer again',
  discard: 'Lay aside',
  discardTitle: 'Lay these answers aside?',
  discardText: 'They will not reach the server. A copy stays in the history of this device.',
  discardYes: 'Yes, lay aside',
  discarded: 'Laid aside; it stays in the history',
  received: 'Proposed by others',
  receivedIntro: 'The server refused these answers, because the record is closed to the enumerator.',
  by: (person) => `Proposed by ${person}`,
  take: 'Take it over',
  refuse: 'Do not take it',
  refuseTitle: 'Not take this proposal?',
  refuseText: 'Write the reason; the enumerator can read it.',
  reason: 'Reason',
  reasonShort: 'Write the reason, three letters at least.',
  taken: 'The proposal was taken over',
  refused: 'The proposal was not taken',
};
