import { chromium } from 'playwright-core';
const SIZES = { s: [360,640], m: [390,844], l: [1280,800] };
const [,, only='', sizes='sl'] = process.argv;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const acts = {
  accept: async (p) => { await p.locator('[data-testid^=keep-]').first().click(); await p.keyboard.press('a'); },
  sendback: async (p) => { await p.locator('[data-testid^=comment-]').first().click(); await p.keyboard.type('Foto lantai tidak jelas'); await p.locator('[data-testid=desk-send-back]').click(); },
  removal: async (p) => { await p.locator('[data-testid=desk-more]').click(); await p.waitForTimeout(300); await p.locator('[data-testid=desk-remove]').click(); },
  give: async (p) => { await p.locator('[data-testid=desk-more]').click(); await p.waitForTimeout(300); await p.locator('[data-testid=desk-give]').click(); },
  menu: async (p) => { await p.locator('[data-testid=desk-more]').click(); },
  photo: async (p) => { await p.keyboard.press('f'); },
  photo2: async (p) => { await p.keyboard.press('f'); await p.waitForTimeout(300); await p.keyboard.press('+'); await p.keyboard.press('+'); await p.keyboard.press('r'); },
  changed: async (p) => { for (let i=0;i<60;i++){ const h=await p.locator('[data-testid=compare-head]').textContent(); break; } },
  help: async (p) => { await p.keyboard.press('?'); },
};
for (const [key,[width,height]] of Object.entries(SIZES)) {
  if (!sizes.includes(key)) continue;
  for (const [name, act] of Object.entries(acts)) {
    if (only && !only.split(',').includes(name)) continue;
    const page = await browser.newPage({ viewport: { width, height } });
    page.on('pageerror', (e) => console.log('ERR', name, e.message));
    await page.goto(`http://localhost:5199/?memory=desk${process.env.OPT ?? ''}#/desk`);
    await page.locator('[data-testid=desk-reason-submitted]').click();
    await page.waitForTimeout(500);
    await page.locator('[data-testid=desk-row]').nth(3).click();
    await page.locator('[data-testid=compare-head]').waitFor();
    await page.waitForTimeout(300);
    try { await act(page); } catch (e) { console.log(name, key, e.message.split('\n')[0]); }
    await page.waitForTimeout(500);
    await page.screenshot({ path: `/tmp/desk/shots/d-${name}-${key}.png` });
    await page.close();
  }
}
await browser.close();
