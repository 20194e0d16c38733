import { defineConfig } from 'vitest/config'
import { compiledChildren } from './test/support/compiled-children.ts'

/** Libraries are consumed as source in tests: the same `exports` condition that tsx and the type checker use. */
const conditions = ['crp-serve-source']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  plugins: [compiledChildren()],
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than a small machine has cores: files wait for services, locks and disks half of their time. No more than that,
    // as some tests measure time.
    maxWorkers: 3,
    // Most of a file's time went into loading the same modules again.
    isolate: false,
    globalSetup: ['./test/support/build-setup.ts', './test/support/s3-setup.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      { ...source, extends: true, test: { name: 'unit', include: ['{libs,services}/*/test/**/*.test.ts'] } },
      {
        ...source,
        extends: true,
        test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] },
      },
      { ...source, extends: true, test: { name: 'goldens', include: ['test/goldens/**/*.test.ts'] } },
      { ...source, extends: true, test: { name: 'reference', include: ['test/reference/**/*.test.ts'] } },
      { ...source, extends: true, test: { name: 'engine', include: ['test/engine/**/*.test.ts'] } },
      { ...source, extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'] } },
      { ...source, extends: true, test: { name: 'faults', include: ['test/faults/**/*.test.ts'] } },
    ],
  },
})
