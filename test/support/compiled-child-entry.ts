import { type ChildEntry, childEntry as entry } from '../../libs/runtime/src/pool/child-entry.ts'

export type { ChildEntry }

const root = new URL('../../', import.meta.url).href

/** Where a module of a package's sources is compiled to; any other module stays. */
const compiled = (url: string): string =>
  url.startsWith(root)
    ? root + url.slice(root.length).replace(/^(\w+\/[^/]+)\/src\/(.*)\.ts$/, '$1/dist/$2.js')
    : url

/** `childEntry` as it is for a parent that runs from `dist`, where the module `base` belongs to the sources of a package. */
export const childEntry = (name: string, base: string): ChildEntry => entry(name, compiled(base))
