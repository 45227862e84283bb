export { answer, enrol, go, saved, unlock } from './app.mjs';
export * from './lawang.mjs';
export { openAddress, openPage } from './page.mjs';
export { artifacts, freshFolder, programs, root } from './paths.mjs';
export { freePort, sleep, until } from './processes.mjs';
export { Screen, SIZES } from './screen.mjs';
export { openWindow } from './window.mjs';
