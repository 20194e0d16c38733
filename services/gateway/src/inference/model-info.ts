import { type Model, ProblemError, problemAt } from '@crp-serve/contracts'
import type { FastifyInstance } from 'fastify'
import type { Call } from '../engine/client.ts'

/** Describes a model as the worker does. @throws ProblemError `unknown-model` */
export async function modelInfo(app: FastifyInstance, name: string, call: Call): Promise<Model> {
  const path = `/v1/models/${encodeURIComponent(name)}`
  const { body } = await app.engine.pass({ method: 'GET', path }, call)
  return (await body.json()) as Model
}

/**
 * Refuses a version that is not there: a model has one, its SHA-256.
 * @throws ProblemError `unknown-model-version`
 */
export function checkVersion({ name, sha256 }: Model, version: string | undefined): void {
  if (version === undefined || version === sha256) return
  throw new ProblemError(
    'unknown-model-version',
    `The model "${name}" has no version "${version}"; its only version is its SHA-256, ${sha256}.`,
  )
}

/**
 * Refuses a body that names another model than the path.
 * @throws ProblemError `validation-failed`
 */
export function checkModelName(wanted: { readonly model_name?: string | null }, { name }: Model): void {
  if (!wanted.model_name || wanted.model_name === name) return
  throw problemAt('validation-failed', '/model_name', `is not "${name}", the model of the path`)
}

type Axes = Model['inputs'][number]['shape']

/** A shape with -1 for axes of any size. */
const fixed = (shape: Axes): number[] => shape.map((axis) => (typeof axis === 'number' ? axis : -1))

/** Name of the output that predictions hold. */
export const outputName = ({ outputs, output }: Model): string =>
  output?.tensor ?? outputs[0]?.name ?? 'output'

/** Inputs and the output that is served, as the Open Inference Protocol describes them. */
export function tensorsOf(model: Model) {
  const describe = ({ name, datatype, shape }: Model['inputs'][number]) => ({
    name,
    datatype,
    shape: fixed(shape),
  })
  const served = model.outputs.filter(({ name }) => name === outputName(model))
  return { inputs: model.inputs.map(describe), outputs: served.map(describe) }
}
