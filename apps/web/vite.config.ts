import { join } from 'node:path'
import { defineConfig } from 'vite'

const root = import.meta.dirname

/** Builds what the origin serves: `dist/watch.html` for /watch/NAME, `dist/index.html` for /, hashed files below /assets/. */
export default defineConfig({
  root,
  base: '/',
  build: {
    outDir: join(root, 'dist'),
    emptyOutDir: true,
    assetsDir: 'assets',
    // Everything is a file of our own origin: a strict content security policy needs no exception.
    assetsInlineLimit: 0,
    target: 'es2022',
    // The players are big and load on demand, each in a chunk of its own.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { input: { index: join(root, 'index.html'), watch: join(root, 'watch.html') } },
  },
})
