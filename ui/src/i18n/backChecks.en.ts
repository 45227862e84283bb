/** Words of second visits. English. */

import { formatNumber } from '../core/format';
import type { backChecksId } from './backChecks.id';

const n = (value: number) => formatNumber(value, 'en');

export const backChecksEn: typeof backChecksId = {
  title: 'Second visits',
  intro: 'These families were drawn to be visited once more by somebody else. Record afresh what you see.',
  deskIntro: 'Some visits are drawn and made again by somebody else who does not see the first answers. What differs is counted by question.',
  draw: (count: number) => `Draw from ${n(count)} visits`,
  first: (person: string) => `First visit: ${person}`,
  second: (person: string, differ: number, asked: number) => `Made again by ${person}: ${n(differ)} of ${n(asked)} answers differ`,
  waits: 'Waits for the second visit',
  begin: 'Begin',
  goOn: 'Go on',
  drawTitle: 'Draw second visits',
  drawText: 'The same share of each person\'s visits is drawn, one visit at least.',
  percent: 'How many percent?',
  seed: 'Text of the draw',
  seedHint: 'The same text always draws the same visits, so that anybody can check it.',
  drawYes: 'Draw',
  drawn: (count: number) => `${n(count)} visits drawn`,
};
