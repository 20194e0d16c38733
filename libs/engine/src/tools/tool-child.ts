/** Entry module of a tool process: hostile bytes and heavy JavaScript, away from the service's event loop. */
import { serveChild } from '@crp-serve/runtime'
import { type CompiledPlan, compile, type PlanSpec } from './compile.ts'
import { compileSampling, type SamplingPlan, type SamplingSpec } from './compile-sampling.ts'
import { describe } from './describe.ts'
import { draw, sheet } from './draw.ts'
import { Explainables } from './explainables.ts'
import { decode, render, thumbnail } from './images.ts'
import { inspect } from './inspect.ts'
import { type ListRequest, listLayers } from './list-layers.ts'
import { readPlan, writePlan } from './plan-files.ts'
import { type Preparation, prepare, preparedFolder } from './prepared.ts'
import { type SupportRequest, supportOf } from './support.ts'

/** Analysed models that one tool process keeps; they hold no weights. */
const keptModels = 16

function toolHandlers(explainables: Explainables) {
  return {
    inspect,
    prepare,
    decode,
    render,
    thumbnail,
    draw,
    sheet,
    describe: async (input: { preparation: Preparation; start: 'logits' | 'output' }) =>
      describe(await explainables.get(input.preparation), input.start),
    layers: async (input: { preparation: Preparation; request: ListRequest }) =>
      listLayers(await explainables.get(input.preparation), input.request),
    support: async (input: { preparation: Preparation; request: SupportRequest }) =>
      supportOf(await explainables.get(input.preparation), input.request),
    compile: async (input: { preparation: Preparation; spec: PlanSpec }) => {
      const explainable = await explainables.get(input.preparation)
      const folder = preparedFolder(input.preparation)
      const known = await readPlan<CompiledPlan>(folder, input.spec)
      return known ?? (await writePlan(folder, input.spec, compile(explainable, input.spec)))
    },
    compileSampling: async (input: { preparation: Preparation; spec: SamplingSpec }) => {
      const explainable = await explainables.get(input.preparation)
      const folder = preparedFolder(input.preparation)
      const known = await readPlan<SamplingPlan>(folder, input.spec)
      return known ?? (await writePlan(folder, input.spec, compileSampling(explainable, input.spec)))
    },
    evict: (folder: string) => explainables.evict(folder),
  }
}

export type ToolHandlers = ReturnType<typeof toolHandlers>

serveChild(() => {
  const explainables = new Explainables(keptModels)
  return { handlers: toolHandlers(explainables), held: () => explainables.keys() }
})
