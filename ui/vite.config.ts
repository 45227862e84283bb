import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Relative, so that the same files work inside the app window and behind any path of a server.
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // The content policy of the window forbids inlined fonts and scripts; nothing is worth inlining.
    assetsInlineLimit: 0,
  },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    restoreMocks: true,
  },
});
