import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'

const wrapper = fileURLToPath(new URL('compiled-child-entry.ts', import.meta.url))

/**
 * Lets the libraries under test fork the compiled form of their child processes, which begin in a third of the time that their source
 * takes. `build-setup.ts` has compiled it; in watch mode it is that of the beginning.
 */
export const compiledChildren = (): Plugin => ({
  name: 'compiled-children',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.endsWith('/child-entry.ts') && importer !== wrapper ? wrapper : null,
})
