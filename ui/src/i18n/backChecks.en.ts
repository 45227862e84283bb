/** Words of second visits. English. */

import { formatNumber } from '../core/format';
import type { backChecksId } from './backChecks.id';

const n = (value: number) => formatNumber(value, 'en');

export const backChecksEn: typeof backChecksId = {
  title: 'Second visits',
  intro: 'These families were drawn to be visited once more by somebody else. Record afresh what you see.',
  deskIntro: 'Some visits are drawn and made again by somebody else who does not see the first answers. What differs is counted by question.',
  none: 'No visit has been drawn yet.',
  nothingToDraw: 'There can be a draw once visits are finished.',
  allDrawn: 'All finished visits have been drawn.',
  draw: (count: number) => `Draw from ${n(count)} visits`,
  progress: (done: number, all: number) => `${n(done)} of ${n(all)} second visits made`,
  training: 'What to train',
  trainingText: 'The questions answered otherwise most often, with whose first visits they are. Talk about them together; blame nobody.',
  differsIn: (differ: number, all: number) => `differs in ${n(differ)} of ${n(all)} visits`,
  ofPerson: (person: string, differ: number) => `${person} ${n(differ)}`,
  madeAgain: (count: number) => `Made again: ${n(count)}`,
  waiting: (count: number) => `Wait for the second visit: ${n(count)}`,
  first: (person: string) => `First visit: ${person}`,
  second: (person: string) => `Made again by ${person}`,
  differs: (differ: number, asked: number) => `${n(differ)} of ${n(asked)} answers differ`,
  same: (asked: number) => `All ${n(asked)} answers are the same`,
  differences: 'See what differs',
  firstTime: 'First:',
  secondTime: 'Again:',
  noAnswer: 'empty',
  open: 'See the first visit',
  begun: 'Begun',
  begin: 'Begin',
  goOn: 'Go on',
  more: (count: number) => `Show more (${n(count)})`,
  drawTitle: 'Draw second visits',
  drawText: 'The same share of each person\'s visits is drawn, one visit at least.',
  percent: 'How many percent?',
  percentWrong: 'Write a whole number from 1 to 100.',
  share: (count: number, all: number) => `About ${n(count)} of ${n(all)} visits`,
  seed: 'Text of the draw',
  seedHint: 'The program adds random letters to it and keeps both, so that nobody can choose the draw and anybody can repeat it.',
  seedExample: 'Village meeting 26 November',
  seedWrong: 'Write at least three letters.',
  drawYes: 'Draw',
  drawn: (count: number) => `${n(count)} visits drawn`,
};
