import type { Dataset, DatasetItemList } from '@crp-serve/contracts'

/** The data set of the demo. */
export const dataset = {
  name: 'concept-world',
  samples: 360,
  classes: [
    'blue-dotted-disc',
    'blue-striped-star',
    'green-checked-triangle',
    'green-speckled-cross',
    'red-dotted-star',
    'red-striped-disc',
    'yellow-checked-cross',
    'yellow-speckled-triangle',
  ],
  kind: 'images',
  labelling: 'names',
  classes_given: false,
  source: {
    upload: {
      bytes: 1586396,
    },
  },
  fingerprint: 'd9c26cc63bd07e645bd16fb1004c56ffab601f2b7ff8eb16abd0c149f8b4b8e6',
  ignored: 0,
  created_at: '2026-11-27T15:38:25.486Z',
} satisfies Dataset

/** Its first samples. */
export const items = {
  items: [
    {
      index: 0,
      path: 'blue-dotted-disc/000.png',
      labels: ['blue-dotted-disc'],
    },
    {
      index: 1,
      path: 'blue-dotted-disc/001.png',
      labels: ['blue-dotted-disc'],
    },
  ],
  next_cursor: '2',
} satisfies DatasetItemList
