import { call } from '../../platform';
import { BackgroundRecording } from './background.svelte';
import { toBase64 } from './fields/photo';

/** The recording of the form that is open: there is one microphone. */
export const background = new BackgroundRecording(async (household, path, file) =>
  call('visit_attach', { household, page: '', path, name: file.name, data: await toBase64(file) }),
);
