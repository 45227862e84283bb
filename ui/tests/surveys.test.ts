import { cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { matchRoute, router, to } from '../src/core/router.svelte';
import { worklist } from '../src/features/worklist/worklist.svelte';
import { i18n } from '../src/i18n/index.svelte';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

// The screens of a visit are fetched when they are needed first.
configure({ asyncUtilTimeout: 8000 });
let platform: MemoryPlatform;

async function open(path: string, options = 'ready'): Promise<void> {
  platform = new MemoryPlatform(options, 0);
  usePlatform(platform);
  app.session = null;
  app.status = null;
  worklist.reset();
  i18n.set('id');
  router().go(path);
  render(App);
  await waitFor(() => expect(app.session).not.toBeNull());
}

const rows = () => screen.queryAllByTestId('survey-row');
const surveys = async () => (await platform.call('surveys', { form: null })).rows;

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(cleanup);

describe('other surveys', () => {
  it('have an address of their own', () => {
    expect(matchRoute(`#${to.surveys()}`)).toEqual({ name: 'surveys' });
  });

  it('are listed with their state in words, and a questionnaire that is not here yet cannot be begun', async () => {
    await open(to.surveys());
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(rows()[0].textContent).toContain('Pak Karto');
    expect(rows()[0].textContent).toContain(i18n.t.state.sent);
    const forms = screen.getAllByTestId('survey-form') as HTMLButtonElement[];
    expect(forms.map((form) => form.disabled)).toEqual([false, true]);
    expect(forms[1].textContent).toContain(i18n.t.surveys.notUsable);
  });

  it('are begun, filled in with the screens of a visit, finished, and found again in the list', async () => {
    await open(to.surveys());
    await fireEvent.click((await screen.findAllByTestId('survey-form'))[0]);
    const input = (await screen.findByTestId('input-leader')) as HTMLInputElement;
    await fireEvent.input(input, { target: { value: 'Bu Ratna' } });
    await fireEvent.blur(input);
    await waitFor(async () => expect((await surveys())[0].name).toBe('Bu Ratna'));
    await fireEvent.click(screen.getByTestId('visit-next'));
    const need = (await screen.findByTestId('input-most_needed')) as HTMLInputElement;
    await fireEvent.input(need, { target: { value: 'Jembatan' } });
    await fireEvent.blur(need);
    await fireEvent.click(await screen.findByTestId('visit-summary'));
    await screen.findByText(i18n.t.summary.ready);
    await fireEvent.click(screen.getByTestId('summary-submit'));
    const done = await screen.findByTestId('summary-done');
    expect(done.textContent).toContain(i18n.t.surveys.doneTitle);
    await fireEvent.click(screen.getByTestId('summary-to-list'));
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(rows()[0].textContent).toContain('Bu Ratna');
    expect(rows()[0].textContent).toContain(i18n.t.state.ready);
  });

  it('are put down and lead back to their list, not to a family', async () => {
    await open(to.surveys());
    await fireEvent.click((await screen.findAllByTestId('survey-form'))[0]);
    await screen.findByTestId('input-leader');
    await fireEvent.click(screen.getByTestId('visit-close'));
    await waitFor(() => expect(rows()).toHaveLength(2));
    expect(rows()[0].dataset.state).toBe('in_progress');
  });

  it('are counted as waiting, and never among the families', async () => {
    await open(to.worklist());
    const before = (await platform.call('worklist', { search: '', village: null, states: [], offset: 0, limit: 1 })).households;
    const waiting = (await platform.call('sync_status', {})).unsent_surveys;
    await platform.call('new_survey', { form: 'village_needs', village: '18.09.01.2001' });
    expect((await platform.call('sync_status', {})).unsent_surveys).toBe(waiting + 1);
    const after = (await platform.call('worklist', { search: '', village: null, states: [], offset: 0, limit: 1 })).households;
    expect(after).toBe(before);
  });
});

describe('a visit on a newer version of the questionnaire', () => {
  it('says which earlier answers no longer fit, in words', async () => {
    await open(to.visit('00000000-0000-5000-8000-000000000001'));
    const notice = await screen.findByTestId('carry-over');
    expect(notice.textContent).toContain(i18n.t.visit.carry.problems(1));
    const problem = screen.getByTestId('carry-problem');
    expect(problem.dataset.reason).toBe('choice_gone');
    expect(problem.textContent).toContain(i18n.t.visit.carry.was('Papan bekas'));
  });

  it('says nothing where nothing came from another version', async () => {
    await open(to.visit('00000000-0000-5000-8000-000000000004'));
    await screen.findByTestId('visit-page-title');
    expect(screen.queryByTestId('carry-over')).toBeNull();
  });
});
