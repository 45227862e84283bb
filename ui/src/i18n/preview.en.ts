import { formatNumber } from '../core/format';
import type { previewId } from './preview.id';

const n = (value: number) => formatNumber(value, 'en');

/** The preview for authors of questionnaires, in English. */
export const previewEn: typeof previewId = {
  banner: 'Preview – nothing is kept',
  saved: 'Only in the preview',
  language: 'Language of the form',
  names: 'Names',
  namesHint: 'Show name, conditions and value at each question',
  warnings: (count) => (count === 1 ? '1 remark' : `${n(count)} remarks`),
  warningsTitle: 'Remarks for the author',
  warningsText: 'The form can be used. These are worth a look.',
  errorsTitle: (count) => `The form cannot be used yet: ${count === 1 ? '1 error' : `${n(count)} errors`}`,
  errorsText: 'Mend it in the spreadsheet and save. This page reads it again by itself, and what you filled in stays.',
  sheet: 'Sheet',
  row: 'Row',
  column: 'Column',
  message: 'What is wrong',
  file: 'File',
  reloaded: 'The file was read again.',
  missingFiles: 'Files that the form names and that are not there',
  dropped: 'Answers whose question is gone',
  finished: 'The visit is finished. The preview is back at its start; nothing was sent.',
  elsewhere: 'In the preview only the visit can be opened.',
  hidden: (count) => (count === 1 ? '1 column is not on screen now' : `${n(count)} columns are not on screen now`),
  value: 'value',
  empty: 'empty',
};
