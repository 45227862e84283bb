import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { router, to } from '../src/core/router.svelte';
import { loadVisit } from '../src/features/visit/lazy';
import { worklist } from '../src/features/worklist/worklist.svelte';
import { i18n } from '../src/i18n/index.svelte';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

const HOUSEHOLD = '00000000-0000-5000-8000-000000000004';
const HEAD = '00000000-0000-5000-9000-000000000040';
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

const answerOf = async (page: string, path: string) =>
  (await platform.call('visit_open', { household: HOUSEHOLD, page })).page.items.find((item) => item.path === path)?.value;

beforeAll(async () => {
  await loadVisit();
}, 60_000);
beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(cleanup);

describe('enrolling', () => {
  it('says at each field what is missing, and asks the server only when nothing is', async () => {
    await open(to.worklist(), 'new');
    await fireEvent.click(await screen.findByTestId('enrol-submit'));
    expect(screen.getByText(i18n.t.enrol.serverMissing)).toBeTruthy();
    expect(screen.getByText(i18n.t.enrol.pinShort)).toBeTruthy();
    await fireEvent.input(screen.getByTestId('enrol-server'), { target: { value: 'lawang.example.go.id' } });
    await fireEvent.input(screen.getByTestId('enrol-code'), { target: { value: 'ABCD-1234' } });
    await fireEvent.input(screen.getByTestId('enrol-pin'), { target: { value: '135790' } });
    await fireEvent.input(screen.getByTestId('enrol-pin2'), { target: { value: '135791' } });
    expect(screen.getByText(i18n.t.enrol.pinDiffers)).toBeTruthy();
    await fireEvent.input(screen.getByTestId('enrol-pin2'), { target: { value: '135790' } });
    await fireEvent.click(screen.getByTestId('enrol-submit'));
    await screen.findByTestId('worklist-search');
  });

  it('shows a refused code at the code', async () => {
    await open(to.worklist(), 'new');
    await screen.findByTestId('enrol-submit');
    await fireEvent.input(screen.getByTestId('enrol-server'), { target: { value: 'https://lawang.example.go.id' } });
    await fireEvent.input(screen.getByTestId('enrol-code'), { target: { value: 'SALAH' } });
    await fireEvent.input(screen.getByTestId('enrol-pin'), { target: { value: '135790' } });
    await fireEvent.input(screen.getByTestId('enrol-pin2'), { target: { value: '135790' } });
    await fireEvent.click(screen.getByTestId('enrol-submit'));
    await waitFor(() => expect(screen.getByTestId('enrol-code').getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByTestId('failure').dataset.code).toBe('wrong_code');
  });
});

describe('unlocking', () => {
  it('counts wrong PINs, then makes the person wait, and says that nothing is lost', async () => {
    await open(to.worklist(), 'locked');
    for (let i = 0; i < 3; i += 1) {
      await fireEvent.input(await screen.findByTestId('unlock-pin'), { target: { value: '111111' } });
      await fireEvent.click(screen.getByTestId('unlock-submit'));
      await waitFor(() => expect(app.session?.failed_pins).toBe(i + 1));
      await waitFor(() => expect((screen.getByTestId('unlock-pin') as HTMLInputElement).value).toBe(''));
    }
    await waitFor(() => expect((screen.getByTestId('unlock-submit') as HTMLButtonElement).disabled).toBe(true));
    expect(document.body.textContent).toContain(i18n.t.unlock.safe);
  });
});

describe('the language', () => {
  it('chosen at the closed door is kept when the device opens', async () => {
    await open(to.worklist(), 'locked');
    await fireEvent.click(await screen.findByTestId('front-language'));
    expect(screen.getByTestId('unlock-submit').textContent).toContain('Open');
    await fireEvent.input(screen.getByTestId('unlock-pin'), { target: { value: '246810' } });
    await fireEvent.click(screen.getByTestId('unlock-submit'));
    await screen.findByTestId('worklist-search');
    expect(i18n.language).toBe('en');
    await waitFor(async () => expect((await platform.call('settings', {})).language).toBe('en'));
  });

  it('of last time is spoken again after locking', async () => {
    await open(to.settings());
    await fireEvent.click(await screen.findByTestId('settings-language-en'));
    await waitFor(() => expect(i18n.language).toBe('en'));
    await fireEvent.click(screen.getByTestId('settings-lock'));
    await screen.findByTestId('unlock-pin');
    expect(i18n.language).toBe('en');
  });
});

describe('a visit', () => {
  it('saves a choice at once and says so', async () => {
    await open(to.visit(HOUSEHOLD, 'assets'));
    await fireEvent.click(await screen.findByTestId('choice-asset_gas_cylinder-1'));
    await waitFor(async () => expect(await answerOf('assets', 'asset_gas_cylinder')).toBe('1'));
    await waitFor(() => expect(screen.getByTestId('saved-state').textContent).toContain(i18n.t.visit.saved));
  });

  it('takes a number key as the choice at that place', async () => {
    await open(to.visit(HOUSEHOLD, 'assets'));
    const choice = await screen.findByTestId('choice-asset_gas_cylinder-1');
    await fireEvent.keyDown(choice, { key: '2' });
    await waitFor(async () => expect(await answerOf('assets', 'asset_gas_cylinder')).toBe('2'));
  });

  it('formats a typed date and stores it when it is whole', async () => {
    const path = `members/${HEAD}/birth_date`;
    await open(to.visit(HOUSEHOLD, `members/${HEAD}/identity`));
    const input = (await screen.findByTestId(`input-${path}`)) as HTMLInputElement;
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: '17081985' } });
    expect(input.value).toBe('17/08/1985');
    await waitFor(async () => expect(await answerOf(`members/${HEAD}/identity`, path)).toBe('1985-08-17'));
    await waitFor(() => expect(screen.getByTestId(`field-${path}`).textContent).toContain('41 tahun'));
  });

  it('keeps half a date on screen and does not leave the page with it', async () => {
    const path = `members/${HEAD}/birth_date`;
    await open(to.visit(HOUSEHOLD, `members/${HEAD}/identity`));
    const input = (await screen.findByTestId(`input-${path}`)) as HTMLInputElement;
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: '1708' } });
    await fireEvent.blur(input);
    expect(screen.getByTestId(`field-${path}`).textContent).toContain(i18n.t.visit.datePartial);
    await fireEvent.click(screen.getByTestId('visit-next'));
    expect(input.value).toBe('17/08');
    expect(screen.getByTestId('visit-page-title').dataset.page).toBe(`members/${HEAD}/identity`);
  });

  it('groups a NIK while it is typed, counts its digits and masks it afterwards', async () => {
    const path = `members/${HEAD}/nik`;
    await open(to.visit(HOUSEHOLD, `members/${HEAD}/identity`));
    const input = (await screen.findByTestId(`input-${path}`)) as HTMLInputElement;
    expect(input.value).toContain('••••');
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: '18090157' } });
    expect(input.value).toBe('1809 0157');
    expect(screen.getByTestId(`field-${path}`).textContent).toContain(i18n.t.visit.digits(8));
    await fireEvent.input(input, { target: { value: '1809015708850001' } });
    expect(input.value).toBe('1809 0157 0885 0001');
    await fireEvent.blur(input);
    await waitFor(() => expect(input.value).toBe('1809 01•• •••• 0001'));
    expect(await answerOf(`members/${HEAD}/identity`, path)).toBe('1809015708850001');
  });

  it('writes what was typed to the disk before the next page', async () => {
    await open(to.visit(HOUSEHOLD, 'location'));
    const input = (await screen.findByTestId('input-address')) as HTMLTextAreaElement;
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: 'Jl. Melati No. 5' } });
    await fireEvent.click(screen.getByTestId('visit-next'));
    await waitFor(() => expect(screen.getByTestId('visit-page-title').dataset.page).toBe('visit_result'));
    expect(await answerOf('location', 'address')).toBe('Jl. Melati No. 5');
  });

  it('keeps what could not be saved on screen, stays on the page, and saves it on a retry', async () => {
    await open(to.visit(HOUSEHOLD, 'location'));
    const input = (await screen.findByTestId('input-address')) as HTMLTextAreaElement;
    platform.failing = true;
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: 'Jl. Kenanga' } });
    await fireEvent.click(screen.getByTestId('visit-next'));
    await screen.findByTestId('not-saved');
    expect(screen.getByTestId('visit-page-title').dataset.page).toBe('location');
    expect(input.value).toBe('Jl. Kenanga');
    expect(screen.getByTestId('saved-state').textContent).toContain(i18n.t.visit.notSaved(1));
    platform.failing = false;
    await fireEvent.click(screen.getByTestId('visit-retry'));
    await waitFor(() => expect(screen.queryByTestId('not-saved')).toBeNull());
    expect(await answerOf('location', 'address')).toBe('Jl. Kenanga');
  });

  it('fills a page from the register at one touch', async () => {
    await open(to.visit(HOUSEHOLD, 'housing'));
    await fireEvent.click(await screen.findByTestId('visit-take-over'));
    await waitFor(() => expect(screen.queryByTestId('visit-take-over')).toBeNull());
    expect(await answerOf('housing', 'roof_material')).toBe('2');
  });

  it('adds a member and opens the new member’s first page', async () => {
    await open(to.visit(HOUSEHOLD, 'members'));
    await fireEvent.click(await screen.findByTestId('member-add'));
    await waitFor(() =>
      expect(screen.getByTestId('visit-page-title').dataset.page).toMatch(/^members\/.+\/identity$/),
    );
  });
});

describe('the summary', () => {
  it('lists what is missing and jumps to it', async () => {
    await open(to.summary(HOUSEHOLD));
    const problems = await screen.findAllByTestId('summary-problem');
    await fireEvent.click(problems[0]);
    await waitFor(() => expect(screen.getByTestId('visit-page-title').dataset.page).toBe('location'));
  });

  it('does not send what is not complete', async () => {
    await open(to.summary(HOUSEHOLD));
    const submit = await screen.findByTestId('summary-submit');
    await waitFor(() => expect(submit.getAttribute('aria-disabled')).toBe('true'));
    await fireEvent.click(submit);
    expect(screen.queryByTestId('summary-done')).toBeNull();
  });
});

describe('two different answers', () => {
  it('are settled by choosing one and giving a reason', async () => {
    await open(to.conflicts());
    const cards = await screen.findAllByTestId('conflict-card');
    const first = cards[0];
    await fireEvent.click(first.querySelector('[data-testid="conflict-save"]') as HTMLElement);
    expect(first.textContent).toContain(i18n.t.conflicts.valueMissing);
    expect(first.textContent).toContain(i18n.t.conflicts.reasonMissing);
    await fireEvent.click(first.querySelectorAll('[data-testid="conflict-value"]')[1] as HTMLElement);
    await fireEvent.input(first.querySelector('[data-testid="conflict-reason"]') as HTMLElement, {
      target: { value: 'Dilihat langsung' },
    });
    await fireEvent.click(first.querySelector('[data-testid="conflict-save"]') as HTMLElement);
    await waitFor(() => expect(screen.getAllByTestId('conflict-card')).toHaveLength(cards.length - 1));
  });
});

describe('refused answers', () => {
  it('say why, and are laid aside only after a question', async () => {
    await open(to.proposals());
    const card = await screen.findByTestId('proposal-card');
    expect(card.textContent).toContain('sudah diperiksa');
    expect(card.querySelector('[data-testid="proposal-correct"]')).toBeNull();
    await fireEvent.click(card.querySelector('[data-testid="proposal-discard"]') as HTMLElement);
    expect(screen.getAllByTestId('proposal-card')).toHaveLength(1);
    await fireEvent.click(await screen.findByTestId('proposal-discard-yes'));
    await waitFor(() => expect(screen.queryByTestId('proposal-card')).toBeNull());
  });

  it('of others are taken over, or not with a reason', async () => {
    await open(to.proposals());
    const card = await screen.findByTestId('proposal-received');
    await fireEvent.click(card.querySelector('[data-testid="proposal-refuse"]') as HTMLElement);
    await fireEvent.click(await screen.findByTestId('proposal-refuse-yes'));
    expect(screen.getByText(i18n.t.proposals.reasonShort)).toBeTruthy();
    await fireEvent.input(screen.getByTestId('proposal-reason'), { target: { value: 'sudah benar' } });
    await fireEvent.click(screen.getByTestId('proposal-refuse-yes'));
    await waitFor(() => expect(screen.queryByTestId('proposal-received')).toBeNull());
  });
});

describe('settings', () => {
  it('change the language of every word at once', async () => {
    await open(to.settings());
    await fireEvent.click(await screen.findByTestId('settings-language-en'));
    await waitFor(() => expect(document.documentElement.lang).toBe('en'));
    expect(screen.getByTestId('nav-sync').textContent).toContain('Send & receive');
  });
});
