import type { SampleSet } from './sample-set.ts'

/** What references need of a data set. */
export interface DatasetItems extends SampleSet {
  /** What the items are now; it changes with them. */
  readonly fingerprint: string
  /** SHA-256 over which output of the model each class stands for; the labels of the model decide about folders. */
  readonly outputs: string
}

/**
 * Opens a data set by its name.
 * @param classNames of the model that its classes are mapped to
 */
export type OpenItems = (name: string, classNames: readonly string[]) => Promise<DatasetItems>

/** Whether the classes of a data set stand for the outputs that a run was made with; what an earlier version has not kept is not asked. */
export const hasOutputs = (
  { outputs }: DatasetItems,
  { dataset_outputs: known = outputs }: { readonly dataset_outputs?: string | undefined },
): boolean => outputs === known
