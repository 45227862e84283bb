// Fills a visit as a person does: what is asked on the screen, with the controls that are shown.
import { answer, saved } from './app.mjs';
import { until } from './processes.mjs';

/** Plausible answers by the name of the question. */
export const ANSWERS = {
  address: 'Dusun Margodadi RT 004 RW 001',
  rt: '4',
  rw: '1',
  household_status: '1',
  enumeration_result: '1',
  family_split_status: '0',
  respondent_name: 'Siti Rahmawati',
  ownership_proof: '1',
  floor_area: '48',
  power_va_1: '2',
  drinking_water_source: '4',
  waste_distance: '2',
  cooking_fuel: '4',
  presence_status: '1',
  relation_to_head: '3',
  marital_status: '1',
  identity_docs: '1',
  school_participation: '2',
  // Above every certificate that a register can hold.
  highest_level_attended: '20',
  highest_grade: '1',
  highest_certificate: '23',
  worked_last_week: '2',
  industry: '1',
  work_status: '4',
  child_nutrition_status: '3',
  chronic_disease: '1',
  health_cover: '0',
  employment_insurance: '0',
  head_count_reason: 'Kepala keluarga bekerja di luar daerah',
  respondent_confirms: '1',
};
const BY_WIDGET = { integer: '0', decimal: '0', date: '01062015', text: 'Menurut keterangan responden' };

/** What stands on the visit's page: its id and its questions, top down. */
export function readPage(screen) {
  return screen.evaluate(() => {
    const answered = (box) => {
      switch (box.dataset.widget) {
        case 'select_one':
        case 'select_multiple':
          return box.querySelector('[aria-checked=true], [data-chosen=true]') !== null;
        case 'image':
        case 'signature':
          return box.querySelector('img') !== null;
        case 'geopoint':
          return box.querySelector('.stored') !== null;
        default:
          return box.querySelector('input, textarea').value !== '';
      }
    };
    return {
      id: document.querySelector('[data-testid=visit-page-title]')?.dataset.page ?? '',
      items: [...document.querySelectorAll('[data-testid^="field-"][data-widget]')].map((box) => ({
        path: box.dataset.path,
        widget: box.dataset.widget,
        required: box.dataset.required === 'true',
        answered: answered(box),
        wrong: box.classList.contains('wrong'),
        choices: [...box.querySelectorAll('[data-testid^="choice-"]')].map((choice) =>
          choice.dataset.testid.slice(`choice-${box.dataset.path}-`.length),
        ),
      })),
    };
  });
}

/** Waits until the page stopped gliding to the next question: a click would land beside it. */
const still = (screen) =>
  screen.evaluate(
    () =>
      new Promise((done) => {
        const content = document.querySelector('.content');
        let before = NaN;
        const look = () => {
          const now = content?.scrollTop ?? 0;
          if (now === before) return done(true);
          before = now;
          setTimeout(look, 40);
        };
        look();
      }),
  );

async function answerItem(screen, item) {
  const name = item.path.split('/').at(-1);
  await still(screen);
  if (item.widget === 'geopoint') {
    await screen.testId(`manual-${item.path}`).click();
    await screen.testId(`lat-${item.path}`).fill('-5,36051');
    await screen.testId(`lon-${item.path}`).fill('105,10293');
    await screen.testId(`accept-${item.path}`).click();
  } else {
    const value = ANSWERS[name] ?? BY_WIDGET[item.widget] ?? item.choices.at(-1);
    if (value === undefined) throw new Error(`no plausible answer to ${item.path} (${item.widget})`);
    await answer(screen, item.path, value);
  }
  await until(`an answer to ${item.path}`, async () => {
    const now = (await readPage(screen)).items.find(({ path }) => path === item.path);
    return !now || now.answered;
  });
}

/** Takes over what the register knows, where that is offered. */
export async function takeOver(screen) {
  const button = screen.testId('visit-take-over');
  if (!(await button.exists())) return false;
  await button.click();
  await button.gone();
  await saved(screen);
  return true;
}

/** Answers what the page still asks: what is required and empty, and what is wrong. Returns the paths. */
export async function fillPage(screen) {
  const filled = [];
  for (;;) {
    const { id, items } = await readPage(screen);
    let open = items.find((item) => (item.required && !item.answered) || (item.wrong && !filled.includes(item.path)));
    if (!open) {
      // An answer may bring up another question, once the core has it.
      await saved(screen);
      const again = (await readPage(screen)).items;
      open = again.find((item) => (item.required && !item.answered) || (item.wrong && !filled.includes(item.path)));
      if (!open) return filled;
    }
    if (filled.filter((path) => path === open.path).length > 2) {
      throw new Error(`${open.path} on page ${id} stays unanswered`);
    }
    await answerItem(screen, open);
    filled.push(open.path);
  }
}

/** The page of the visit that is shown, once it is there (and, if named, once it is this one). */
export async function visitPage(screen, id) {
  await screen.testId('visit-page-title').wait();
  if (id === undefined) return screen.testId('visit-page-title').attribute('data-page');
  await until(`the page ${id}`, async () => (await screen.testId('visit-page-title').attribute('data-page')) === id);
  return id;
}

/** Jumps to a page over the list of pages. */
export async function jumpToPage(screen, id) {
  await screen.testId('visit-jump').click();
  await screen.css(`[data-testid=jump-dialog] [data-page="${id}"]`).click();
  await visitPage(screen, id);
}

/** To the summary over the list of pages, or straight from the last page. */
export async function toSummary(screen) {
  await screen.testId('visit-jump').click();
  await screen.css('[data-testid=jump-dialog] [data-testid=jump-summary]').click();
  await summaryShown(screen);
}

const PROBLEM = '#problems [data-testid=summary-problem]';
const READY = '[data-testid=summary-view] .banner.green';

async function summaryShown(screen) {
  await screen.testId('summary-view').wait();
  await until('the summary', async () => (await screen.css(PROBLEM).exists()) || (await screen.css(READY).exists()));
}

/**
 * Follows the problems of the summary until there are none. Returns the pages that it led to.
 * Begins and ends on the summary.
 */
export async function completeFromSummary(screen) {
  const pages = [];
  for (;;) {
    await summaryShown(screen);
    if (await screen.css(READY).exists()) return pages;
    const problem = screen.css(PROBLEM);
    const path = await problem.attribute('data-path');
    const said = await problem.text();
    await problem.click();
    const page = await visitPage(screen);
    if (pages.filter((other) => other === page).length > 1) {
      throw new Error(`the summary keeps naming ${path} on page ${page}: ${said}`);
    }
    pages.push(page);
    await screen.testId(`field-${path}`).wait();
    await takeOver(screen);
    await fillPage(screen);
    await toSummary(screen);
  }
}
