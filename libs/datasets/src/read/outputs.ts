import { DatasetError } from '../errors.ts'
import type { DatasetSummary } from '../index-file.ts'

/** What of a model decides which output a class stands for. */
export interface ModelOutputs {
  /** Names of the outputs, where the model was registered with some. */
  readonly labels?: readonly string[] | undefined
  /** Number of outputs. */
  readonly count: number
}

function mismatch(message: string, details: Readonly<Record<string, unknown>>): DatasetError {
  const hint = 'register the data set with `classes`, the names of all outputs in their order'
  return new DatasetError('dataset-classes-mismatch', `${message}; ${hint}.`, { details })
}

/**
 * The output of a model that each class of a data set stands for: the one whose label is its name, else the one at its
 * own position. Labels that are indices, and classes that were given with the data set, are outputs as they stand.
 * @returns an output for each position of `classes`
 * @throws DatasetError `dataset-classes-mismatch` for an output that the model does not have, or that two classes claim
 */
export function outputsOf(
  { classes, labelling, classesGiven }: Pick<DatasetSummary, 'classes' | 'labelling' | 'classesGiven'>,
  { labels = [], count }: ModelOutputs,
): Int32Array {
  const byName = new Map<string, number>()
  if (labelling === 'names' && !classesGiven) {
    for (const [i, label] of labels.entries()) if (!byName.has(label)) byName.set(label, i)
  }
  const outputs = Int32Array.from(classes, (name, position) => byName.get(name) ?? position)
  const claimed = new Map<number, string>()
  for (const [position, output] of outputs.entries()) {
    const name = classes[position]!
    if (output >= count) {
      throw mismatch(
        `The class ${JSON.stringify(name)} stands for output ${output}, and the model has ${count}`,
        {
          class: name,
          output,
          outputs: count,
        },
      )
    }
    const other = claimed.get(output)
    if (other !== undefined) {
      const both = [other, name]
      throw mismatch(
        `The classes ${both.map((one) => JSON.stringify(one)).join(' and ')} both stand for output ${output}`,
        {
          classes: both,
          output,
        },
      )
    }
    claimed.set(output, name)
  }
  return outputs
}
