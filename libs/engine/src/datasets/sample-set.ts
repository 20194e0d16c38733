import { createHash } from 'node:crypto'
import { type Dataset, type Datasets, type ModelOutputs, outputsOf } from '@crp-serve/datasets'
import { tensorOf } from '../attribution/samples.ts'
import type { DatasetItems } from '../visualization/items.ts'

/**
 * A data set as feature visualizations read it: its labels are outputs of a model.
 * @throws DatasetError `dataset-classes-mismatch`
 */
export function sampleSetOf(dataset: Dataset, model: ModelOutputs): DatasetItems {
  const outputs = outputsOf(dataset.summary, model)
  return {
    samples: dataset.samples,
    fingerprint: dataset.fingerprint,
    outputs: createHash('sha256').update(outputs.join()).digest('hex'),
    labels: (index) => dataset.labelsOf(index).map((label) => outputs[label]!),
    path: (index) => (dataset.summary.kind === 'images' ? dataset.pathOf(index) : undefined),
    async read(index) {
      const item = await dataset.item(index)
      return item.kind === 'image' ? { image: item.bytes } : { tensor: tensorOf(item) }
    },
  }
}

/** Opens a data set for a model of which the names of the outputs are known, if it has any. */
export async function openItems(
  datasets: Datasets,
  name: string,
  labels: readonly string[],
): Promise<DatasetItems> {
  const count = labels.length > 0 ? labels.length : Number.POSITIVE_INFINITY
  return sampleSetOf(await datasets.open(name), { labels, count })
}
