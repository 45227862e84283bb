import { chromium } from 'playwright-core';
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const go = async (opt, hash, [w,h]) => { const p = await browser.newPage({ viewport: { width: w, height: h } }); p.on('pageerror', (e) => console.log('ERR', e.message)); await p.goto(`http://localhost:5199/?memory=${opt}${hash}`); await p.waitForTimeout(2500); return p; };
const shot = (p, n) => p.screenshot({ path: `/tmp/desk/shots/x-${n}.png` });
const L=[1280,800], S=[360,640], M=[390,844];
for (const [k,size] of [['s',S],['l',L]]) {
  let p = await go('desk', '#/conflicts', size);
  await p.locator('[data-testid=bulk-question]').click(); await p.waitForTimeout(300);
  await p.locator('[data-testid=bulk-all]').first().click(); await p.waitForTimeout(300); await shot(p, `bulk-${k}`);
  await p.locator('[data-testid=bulk-settle]').click(); await p.waitForTimeout(500); await shot(p, `settle-${k}`);
  await p.locator('[data-testid=take-newest]').click(); await p.locator('[data-testid=settle-reason]').fill('Dilihat di rumah'); await p.locator('[data-testid=settle-yes]').click(); await p.waitForTimeout(900); await shot(p, `left-${k}`);
  await p.locator('[data-testid=bulk-undo]').click(); await p.waitForTimeout(700); await shot(p, `undo-${k}`);
  await p.close();
  p = await go('desk,dark,en', '#/desk', size);
  await p.locator('[data-testid=desk-row]').first().click(); await p.waitForTimeout(1000); await shot(p, `dark-${k}`); await p.close();
}
await browser.close();
