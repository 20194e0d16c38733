import type { SampleSet } from './sample-set.ts'

/** What references need of a data set. */
export interface DatasetItems extends SampleSet {
  /** What the items are now; it changes with them. */
  readonly fingerprint: string
}

/**
 * Opens a data set by its name.
 * @param classNames of the model that its classes are mapped to
 */
export type OpenItems = (name: string, classNames: readonly string[]) => Promise<DatasetItems>
