/** Why zennit has no correct answer for a model, whatever canonizers it is given. */
const gates =
  'a gate multiplies activations: the gradient hands the relevance of the product to both factors, so that it counts twice'

/** The models of the comparison, and the reason where zennit has no correct answer. */
export const models: Readonly<Record<string, string | null>> = {
  vgg16_bn: null,
  resnet18: null,
  resnet50: null,
  densenet121:
    'its batch norms stand before the ReLU: none is merged without leaving its shift out, and zennit merges by the order of modules, which is not that of the data',
  googlenet: null,
  inception_v3: null,
  squeezenet1_1: null,
  mobilenet_v2: null,
  mobilenet_v3_small: gates,
  efficientnet_b0: gates,
  shufflenet_v2: null,
  mnasnet: null,
  regnet_y_400mf: gates,
  convnext_tiny:
    'the gradient of its layer norms does not keep the relevance, and no rule of zennit stands on them or on the layer scale',
}

/**
 * Models whose exact relevance under the common rules is next to nothing: what float32 leaves of it is noise, and the
 * ratio of two errors says nothing. They stand in the second table alone.
 */
export const cancelling: readonly string[] = ['convnext_tiny']

/** What each exporter's file is called. */
export const exporters = { torchscript: 'ts.onnx', dynamo: 'dynamo.onnx' } as const

/** Sets of weights by their seeds: which inputs meet a single event of rounding is chance, and a median over few inputs with it. */
const seeds: readonly number[] = [0, 1, 2, 3]

/** The seeds of the weights that a model is compared with; the inputs of all of them count together. */
export const seedsOf = (model: string): readonly number[] => (cancelling.includes(model) ? [0] : seeds)
