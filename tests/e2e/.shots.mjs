import { chromium } from 'playwright-core';
const [,, which='all', sizesArg=''] = process.argv;
const SIZES = { s: [360,640], m: [390,844], l: [1280,800] };
const places = {
  queue: '#/desk', household: '#/desk/household/', conflicts: '#/conflicts', duplicates: '#/desk/duplicates', pair: '#/desk/pair/pair-0', pair5: '#/desk/pair/pair-5', removals: '#/desk/removals', enumerators: '#/desk/enumerators', settlements: '#/desk/settlements',
};
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [key,[width,height]] of Object.entries(SIZES)) {
  if (sizesArg && !sizesArg.includes(key)) continue;
  const page = await browser.newPage({ viewport: { width, height }, hasTouch: key !== 'l' });
  page.on('pageerror', (e) => console.log('ERR', e.message));
  page.on('console', (m) => m.type()==='error' && console.log('CON', m.text()));
  for (const [name, hash] of Object.entries(places)) {
    if (which !== 'all' && !which.split(',').includes(name)) continue;
    const opt = process.env.OPT ?? 'desk';
    await page.goto(`http://localhost:5199/?memory=${opt}${name === 'household' ? '#/desk' : hash}`);
    await page.reload();
    await page.waitForTimeout(900);
    if (name === 'household') {
      const n = Number(process.env.ROW ?? 10);
      await page.locator('[data-testid=desk-row]').nth(Math.min(n, 3)).click();
      await page.waitForTimeout(700);
      if (process.env.STEPS) for (let i=0;i<Number(process.env.STEPS);i++){ await page.keyboard.press('j'); await page.waitForTimeout(250);} 
    }
    const path = `/tmp/desk/shots/${name}-${key}.png`;
    await page.screenshot({ path });
    const wide = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((e) => { const b=e.getBoundingClientRect(); return b.width>0 && b.right > innerWidth + 1 && !e.closest('.rooms,.filters,.kinds'); }).slice(0,3).map((e)=>e.className+' '+e.tagName));
    if (wide.length) console.log(name, key, 'too wide:', wide.join(' | '));
    if (process.env.FULL) {
      const el = await page.$('.scroller');
      const h = await el.evaluate((e) => e.scrollHeight);
      let i = 1;
      for (let y = height-200; y < h && i < 7; y += height-200, i++) { await el.evaluate((e,y)=>e.scrollTop=y, y); await page.waitForTimeout(200); await page.screenshot({ path: `/tmp/desk/shots/${name}-${key}-${i}.png` }); }
    }
  }
  await page.close();
}
await browser.close();
