// Generated from openapi/openapi.json by `npm run openapi`.

export interface paths {
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List models */
        get: operations["listModels"];
        put?: never;
        /** Upload a model */
        post: operations["createModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe a model */
        get: operations["getModel"];
        put?: never;
        post?: never;
        /** Delete a model */
        delete: operations["deleteModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/layers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the layers of a model */
        get: operations["listLayers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/support": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell what of a model can be explained */
        get: operations["getSupport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List data sets */
        get: operations["listDatasets"];
        put?: never;
        /** Register or upload a data set */
        post: operations["createDataset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/{dataset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe a data set */
        get: operations["getDataset"];
        put?: never;
        post?: never;
        /** Delete a data set; files in a directory or in S3 stay */
        delete: operations["deleteDataset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/{dataset}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the samples of a data set */
        get: operations["listDatasetItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/{dataset}/items/{index}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a sample: the image, a thumbnail of it, or the tensor as .npy */
        get: operations["getDatasetItem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run the model without explaining it */
        post: operations["createPrediction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/attributions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Explain predictions: heatmaps and relevant concepts */
        post: operations["createAttribution"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/attribution-graphs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a concept apart into the concepts below it */
        post: operations["createAttributionGraph"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feature-visualizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List feature visualizations by their jobs */
        get: operations["listFeatureVisualizations"];
        put?: never;
        /**
         * Find the samples of a data set that show what each concept means
         * @description A job collects the samples with the highest relevance and activation of every channel. The same content gives the same job; one that has failed or was cancelled is started anew.
         */
        post: operations["createFeatureVisualization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feature-visualizations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a feature visualization */
        get: operations["getFeatureVisualization"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell where a job stands */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Cancel a job
         * @description Whichever process works on it stops. A job that has ended stays as it is.
         */
        delete: operations["cancelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what a job has come to
         * @description The very body that the synchronous route would have answered; the problem of a job that has failed.
         */
        get: operations["getJobResult"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch a job
         * @description Server-Sent Events: the job now and after every change, until it has ended. `Last-Event-ID` goes on where a connection was lost; 204 says that there is nothing more to come.
         */
        get: operations["watchJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/references": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The samples that a concept is found in most */
        get: operations["listReferences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/references/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A reference as a picture */
        get: operations["getReferenceImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/references/grid": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * References of several concepts on one page
         * @description A row for every concept, with its number in front. With `style=heatmap` the heatmaps stand below their samples.
         */
        get: operations["getReferenceGrid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The classes for which a concept matters most */
        get: operations["listStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feature-visualizations/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import a folder of zennit-crp as a finished run
         * @description The archive holds what `FeatureVisualization.run` has written: `RelMax_sum_normed` and its sisters, at the top or in one folder. Every array is checked against the model and the data set.
         */
        post: operations["importFeatureVisualization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feature-visualizations/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A finished run as an archive that zennit-crp reads */
        get: operations["exportFeatureVisualization"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}:predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a model, as KServe’s V1 protocol asks */
        post: operations["kservePredict"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model}:explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Explain a model, as KServe’s V1 protocol asks */
        post: operations["kserveExplain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe the server */
        get: operations["getInferenceServer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server runs */
        get: operations["getInferenceLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can compute */
        get: operations["getInferenceReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe a model with its input and output */
        get: operations["getInferenceModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe a model with its input and output */
        get: operations["getInferenceModelOfVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a model is there */
        get: operations["getInferenceModelReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a model is there */
        get: operations["getInferenceModelReadyOfVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a model */
        post: operations["infer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a model */
        post: operations["inferOfVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Explain what a model says */
        post: operations["explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Explain what a model says */
        post: operations["explainOfVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this is; KServe’s clients ask here whether it is alive */
        get: operations["getRoot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the gateway runs */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether requests can be answered
         * @description Looks at everything that requests need. A service that was told to stop answers 503 at once and goes on answering requests for a while.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The metrics of the gateway, for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All kinds of problems */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One kind of problem */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Assignment: {
            match: components["schemas"]["Match"];
            rule: components["schemas"]["Rule"];
        };
        AttributionGraphEdge: {
            source: components["schemas"]["AttributionGraphNode"];
            target: components["schemas"]["AttributionGraphNode"];
            relevance: number | null;
        };
        AttributionGraphNode: {
            layer: string;
            concept: number;
        };
        AttributionGraphRequest: {
            model: string;
            input: components["schemas"]["Input"];
            /** @default epsilon_plus_flat */
            composite?: components["schemas"]["Composite"] | null;
            layer: string;
            /** @description The channel of `layer` that is taken apart. */
            concept: number;
            /** @description Relevance starts at this class; without it, at the parent, or at the concept itself. */
            target?: (number | "predicted") | null;
            /**
             * @description Concepts per input layer, level by level; its length is the number of levels.
             * @default [
             *       4,
             *       2
             *     ]
             */
            width?: number[] | null;
            parent?: {
                layer: string;
                concept: number;
            } | null;
            /** @default true */
            abs_norm?: boolean | null;
            /** @default peer */
            mode?: components["schemas"]["GraphMode"] | null;
            /** @description The layers whose concepts can be nodes; every convolution and fully connected layer by default. */
            layers?: string[] | null;
        };
        AttributionGraphResponse: {
            model: string;
            model_sha256: string;
            /** @description The top concept first, then level by level. */
            nodes: components["schemas"]["AttributionGraphNode"][];
            /** @description From a concept to those below it that it is made of. */
            edges: components["schemas"]["AttributionGraphEdge"][];
            timings: components["schemas"]["Timings"];
        };
        AttributionRequest: {
            model: string;
            inputs: components["schemas"]["Input"][];
            conditions: components["schemas"]["Condition"][];
            /** @default product */
            pairing?: components["schemas"]["Pairing"] | null;
            /** @default epsilon_plus_flat */
            composite?: components["schemas"]["Composite"] | null;
            attributor?: components["schemas"]["Attributor"] | null;
            start_layer?: string | null;
            /** @default prediction */
            init_relevance?: components["schemas"]["InitRelevance"] | null;
            /** @default true */
            exclude_parallel?: boolean | null;
            /** @description Layer -> what to record. */
            record?: {
                [key: string]: components["schemas"]["RecordEntry"] | null;
            } | null;
            output?: components["schemas"]["Output"] | null;
        };
        AttributionResponse: {
            model: string;
            model_sha256: string;
            /** @description The rule of every layer; null where it has its exact gradient. */
            composite: {
                [key: string]: components["schemas"]["Rule"] | null;
            };
            results: components["schemas"]["AttributionResult"][];
            timings: components["schemas"]["Timings"];
        };
        AttributionResult: {
            sample: number;
            condition: number;
            concept?: components["schemas"]["RankedConcept"];
            prediction: components["schemas"]["Prediction"];
            heatmap?: {
                /** @description PNG, base64. */
                png?: string;
                tensor?: components["schemas"]["ResultTensor"];
            };
            input_relevance?: components["schemas"]["ResultTensor"];
            layers?: {
                [key: string]: components["schemas"]["RecordedLayer"];
            };
            region_relevance?: (number | null)[];
            trust: components["schemas"]["Trust"];
        };
        /** @description `heatmap` and `input_relevance` are gathered from all passes; `prediction`, `layers` and `trust` are those of the pass over the sample itself. */
        Attributor: {
            /** @enum {string} */
            name: "gradient";
        } | {
            /** @enum {string} */
            name: "input_x_gradient";
        } | {
            /** @enum {string} */
            name: "smooth_grad";
            /** @default 20 */
            n_iter?: number | null;
            /**
             * @description Standard deviation of the noise over the range of the values of the sample.
             * @default 0.1
             */
            noise_level?: number | null;
            /**
             * @description Of the noise (xoshiro128**, Box-Muller), which is the same for a sample in whatever company it comes.
             * @default 0
             */
            seed?: number | null;
            /** @description Standard normal numbers instead of `seed`: [n_iter - 1, …], where … is […] as one sample, or with a row for all samples or one for each in front. */
            noise?: components["schemas"]["Tensor"] | null;
        } | {
            /** @enum {string} */
            name: "integrated_gradients";
            /** @default 20 */
            n_iter?: number | null;
            /**
             * @description A number, or a tensor: […] as one sample, or with a row for all samples or one for each in front.
             * @default 0
             */
            baseline?: (number | components["schemas"]["Tensor"]) | null;
        } | {
            /** @enum {string} */
            name: "occlusion";
            /**
             * @description One number for all axes, or one for each of the last ones: the others are taken whole.
             * @default 8
             */
            window?: (number | number[]) | null;
            /** @default 8 */
            stride?: (number | number[]) | null;
            /** @description What the window is filled with, a number or a tensor: […] as one sample, or with a row for all samples or one for each in front. Without it the window stays and its surroundings become 0. */
            fill?: (number | components["schemas"]["Tensor"]) | null;
            /** @description Whether the inside of the window is filled and not its surroundings; the default is true where there is a `fill`. */
            invert?: boolean | null;
        };
        /** @description A number, one per channel, or a tensor that broadcasts to the input. */
        Bound: number | number[] | components["schemas"]["Tensor"];
        /** @description Class indices, one index, or "predicted". An empty list blocks everything. */
        ClassSelection: number[] | number | "predicted";
        CollectedLayer: {
            /** @description The canonical name, as `GET …/layers` has it. */
            name: string;
            /** @description Number of channels. */
            concepts: number;
            /** @description Sizes behind the channels; a stored neuron is a flat position over them, row-major. */
            sizes: number[];
        };
        CollectedTargets: ("label" | "predicted") | number[];
        Composite: components["schemas"]["CompositeName"] | components["schemas"]["NamedComposite"] | components["schemas"]["ExplicitComposite"];
        /** @enum {unknown} */
        CompositeName: "epsilon_plus" | "epsilon_plus_flat" | "epsilon_alpha2_beta1" | "epsilon_alpha2_beta1_flat" | "deconvnet" | "guided_backprop" | "excitation_backprop" | "beta_smooth" | "gradient";
        ConceptReferences: {
            concept: number;
            references: components["schemas"]["ReferenceSample"][];
        };
        ConceptRelevance: {
            index: number;
            relevance: number | null;
        };
        /** @description Channel indices (an empty list blocks everything), channel -> flat positions, {"directions": [[…], …]}, or {"top": 10}: the most relevant channels of each sample under the rest of the condition, one row for each. */
        ConceptSelection: number[] | {
            /** @description One vector per direction, one weight per channel. */
            directions: number[][];
        } | {
            /** @description Number of channels, each of which makes a row of its own. */
            top: number;
        } | {
            [key: string]: number[];
        };
        /** @description Classes under `y`, concepts under the names of layers. */
        Condition: {
            y?: components["schemas"]["ClassSelection"] | null;
        } & {
            [key: string]: (components["schemas"]["ConceptSelection"] | null) | (components["schemas"]["ClassSelection"] | null);
        };
        Dataset: {
            name: string;
            /** @description Number of samples; indices go from 0 to one less. */
            samples: number;
            /** @description Names of the classes. */
            classes: string[];
            /** @enum {unknown} */
            kind: "images" | "tensors";
            /**
             * @description Whether labels are names of classes, or indices of the model’s outputs.
             * @enum {unknown}
             */
            labelling: "names" | "outputs";
            /** @description Whether `classes` was given: positions in it are outputs then. */
            classes_given: boolean;
            /** @description Of a tensor, without the sample axis. */
            shape?: number[];
            source: {
                directory: string;
            } | {
                s3: string;
            } | {
                upload: {
                    bytes: number;
                };
            };
            /** @description Changes with every path, label and content. */
            fingerprint: string;
            /** @description Files that are no part of the data set. */
            ignored: number;
            /** @description RFC 3339. */
            created_at: string;
        };
        DatasetInput: {
            dataset: string;
            index: number;
        };
        DatasetItem: {
            index: number;
            /** @description Relative to the data set; `data.npy` for tensors. */
            path: string;
            /** @description Names of its classes. */
            labels: string[];
        };
        DatasetItemList: {
            items: components["schemas"]["DatasetItem"][];
            /** @description Send it as `cursor` for the next page; absent on the last. */
            next_cursor?: string;
        };
        DatasetList: {
            datasets: components["schemas"]["Dataset"][];
            /** @description Send it as `cursor` for the next page; absent on the last. */
            next_cursor?: string;
        };
        DatasetMetadata: {
            name: string;
            /** @description Names of the model’s outputs in their order. Without it, a class stands for the output whose label is its name, else for the one at its own position. */
            classes?: string[] | null;
        };
        DatasetPlace: {
            /** @description Below one of `DATASET_ROOTS`; a relative one is looked for in each of them. */
            directory: string;
        } | {
            /** @description `bucket/prefix` below one of `DATASET_ROOTS`. */
            s3: string;
        };
        DatasetRequest: {
            name: string;
            source: components["schemas"]["DatasetPlace"];
            /** @description Names of the model’s outputs in their order. Without it, a class stands for the output whose label is its name, else for the one at its own position. */
            classes?: string[] | null;
        };
        /** @enum {unknown} */
        Datatype: "BOOL" | "INT8" | "INT16" | "INT32" | "INT64" | "UINT8" | "UINT16" | "UINT32" | "UINT64" | "FP16" | "FP32" | "FP64";
        EncodedImage: {
            /** @description An image file, base64. */
            b64: string;
        };
        ExplanationParameters: {
            conditions?: ((components["schemas"]["Condition"][] | null) | string) | null;
            /** @default product */
            pairing?: components["schemas"]["Pairing"] | null;
            composite?: ((components["schemas"]["Composite"] | null) | string) | null;
            attributor?: ((components["schemas"]["Attributor"] | null) | string) | null;
            start_layer?: string | null;
            init_relevance?: ((components["schemas"]["InitRelevance"] | null) | string) | null;
            /** @default true */
            exclude_parallel?: boolean | null;
            record?: (({
                [key: string]: components["schemas"]["RecordEntry"] | null;
            } | null) | string) | null;
            output?: ((components["schemas"]["Output"] | null) | string) | null;
        };
        ExplanationRequest: {
            /** @description Comes back in the answer. */
            id?: string | null;
            /** @description The model of the path once more, as KServe’s SDK sends it. */
            model_name?: string | null;
            parameters?: {
                /**
                 * @description Whether all outputs come as bytes behind the JSON.
                 * @default false
                 */
                binary_data_output?: boolean | null;
                conditions?: ((components["schemas"]["Condition"][] | null) | string) | null;
                /** @default product */
                pairing?: components["schemas"]["Pairing"] | null;
                composite?: ((components["schemas"]["Composite"] | null) | string) | null;
                attributor?: ((components["schemas"]["Attributor"] | null) | string) | null;
                start_layer?: string | null;
                init_relevance?: ((components["schemas"]["InitRelevance"] | null) | string) | null;
                /** @default true */
                exclude_parallel?: boolean | null;
                record?: (({
                    [key: string]: components["schemas"]["RecordEntry"] | null;
                } | null) | string) | null;
                output?: ((components["schemas"]["Output"] | null) | string) | null;
            } | null;
            inputs: components["schemas"]["InferenceInput"][];
            /** @description What comes back; all by default. */
            outputs?: components["schemas"]["InferenceRequestedOutput"][] | null;
        };
        ExplicitComposite: {
            /** @default [] */
            layers?: components["schemas"]["Assignment"][] | null;
            /**
             * @description Tried before `layers`, on the first layer that matches.
             * @default []
             */
            first?: components["schemas"]["Assignment"][] | null;
            /** @description Tried after `layers`. */
            base?: (components["schemas"]["CompositeName"] | components["schemas"]["NamedComposite"]) | null;
            canonize?: {
                /** @default true */
                merge_batch_norm?: boolean | null;
            } | null;
        };
        FeatureVisualization: {
            id: string;
            kind: components["schemas"]["JobKind"];
            status: components["schemas"]["JobStatus"];
            /** @description What is being done, in a word; the status before and after. */
            phase: string;
            /** @description Steps of the phase; their unit depends on it. `total` is 0 where it is not known yet. */
            progress: {
                done: number;
                total: number;
            };
            /** @description Until the phase ends, by its progress so far; null where that says nothing yet. */
            eta_seconds: number | null;
            /** Format: date-time */
            created_at: string;
            started_at: string | null;
            finished_at: string | null;
            error?: components["schemas"]["Problem"];
            /** @description Where to get what came out, by name. */
            result?: {
                [key: string]: string;
            };
            manifest?: components["schemas"]["FeatureVisualizationManifest"];
        };
        FeatureVisualizationImport: {
            model: string;
            dataset: string;
            /**
             * @description What the relevance was computed with, and what heatmaps of references will be.
             * @default epsilon_plus_flat
             */
            composite?: components["schemas"]["Composite"] | null;
            /**
             * @description The classes that relevance was started from; statistics must be of these.
             * @default label
             */
            targets?: components["schemas"]["CollectedTargets"] | null;
            /** @description Which folders to take; needed only where the archive holds several kinds. */
            max_target?: components["schemas"]["MaxTarget"] | null;
            /** @description Which folders to take; needed only where the archive holds several kinds. */
            abs_norm?: boolean | null;
        };
        FeatureVisualizationList: {
            feature_visualizations: components["schemas"]["Job"][];
            next_cursor?: string;
        };
        FeatureVisualizationManifest: {
            /** @enum {number} */
            version: 1;
            /** @description The id of the run, which is that of its job. */
            id: string;
            /**
             * @description Collected here, or brought in by an import.
             * @enum {unknown}
             */
            origin: "job" | "import";
            /** @description RFC 3339. */
            created_at: string;
            model: string;
            model_sha256: string;
            /** @description SHA-256 over what the registration of the model decides: preprocessing, output, and where relevance starts. Absent in runs of earlier versions. */
            model_registration?: string;
            dataset: string;
            /** @description What the items of the data set were at the time; null where an import does not know. */
            dataset_fingerprint: string | null;
            /** @description SHA-256 over which output of the model each class of the data set stands for; the labels of the model decide about folders. Absent in runs of earlier versions. */
            dataset_outputs?: string;
            /** @description Indices of the data set that the run covers, half-open. */
            range: number[];
            /** @description Samples that were read and ranked. */
            samples: number;
            /** @description Samples that could not be read. */
            skipped: components["schemas"]["SkippedSample"][];
            composite: components["schemas"]["Composite"];
            modes: components["schemas"]["ReferenceMode"][];
            max_target: components["schemas"]["MaxTarget"];
            abs_norm: boolean;
            /** @description Samples kept per concept, at most. */
            top_k: number;
            targets: components["schemas"]["CollectedTargets"];
            layers: components["schemas"]["CollectedLayer"][];
            /** @description Per mode the classes that have a tree of their own, ascending; a mode without statistics is absent. */
            statistics: {
                relevance?: number[];
                activation?: number[];
            };
        };
        FeatureVisualizationRequest: {
            model: string;
            dataset: string;
            /** @description Every convolution and fully connected layer by default. */
            layers?: string[] | null;
            /** @default epsilon_plus_flat */
            composite?: components["schemas"]["Composite"] | null;
            /**
             * @default [
             *       "relevance",
             *       "activation"
             *     ]
             */
            modes?: components["schemas"]["ReferenceMode"][] | null;
            /** @default sum */
            max_target?: components["schemas"]["MaxTarget"] | null;
            /**
             * @description Divide the values of a sample by the sum of their magnitudes over the channels of a layer.
             * @default true
             */
            abs_norm?: boolean | null;
            /**
             * @description Samples kept per concept.
             * @default 40
             */
            top_k?: number | null;
            /** @default label */
            targets?: components["schemas"]["CollectedTargets"] | null;
            /** @description Samples of the data set, half-open; all of them by default. */
            range?: number[] | null;
            /**
             * @description Keep the best samples of every class, too.
             * @default true
             */
            statistics?: boolean | null;
            references?: components["schemas"]["RenderedReferences"] | null;
            /**
             * @description Share of the samples that may be unreadable; beyond it the job fails and says which.
             * @default 0.1
             */
            max_skipped?: number | null;
        };
        /**
         * @description `peer`: as zennit-crp computes it. `corrected`: below the first level the condition of the top concept ends, layers twice removed behind a skip connection are left out, and nothing is listed twice.
         * @enum {unknown}
         */
        GraphMode: "peer" | "corrected";
        Health: {
            status: string;
        };
        /** @description A Hugging Face `preprocessor_config.json`: free-form, known by any of its typical fields. */
        HuggingFacePreprocessing: {
            image_processor_type: unknown;
        } | {
            feature_extractor_type: unknown;
        } | {
            do_resize: unknown;
        } | {
            default_to_square: unknown;
        } | {
            resample: unknown;
        } | {
            do_center_crop: unknown;
        } | {
            crop_size: unknown;
        } | {
            crop_pct: unknown;
        } | {
            do_rescale: unknown;
        } | {
            rescale_factor: unknown;
        } | {
            rescale_offset: unknown;
        } | {
            do_normalize: unknown;
        } | {
            image_mean: unknown;
        } | {
            image_std: unknown;
        };
        ImageBase64: {
            /** @description The file, base64. */
            base64: string;
        };
        ImageInput: {
            image: components["schemas"]["ImageBase64"] | components["schemas"]["ImagePart"] | components["schemas"]["ImageUrl"];
        };
        ImagePart: {
            /** @description Name of the part. */
            part: string;
        };
        ImageUrl: {
            /** @description An https URL on a host that is configured; otherwise 422 `image-url-refused`. */
            url: string;
        };
        InferenceDatatype: components["schemas"]["Datatype"] | "BYTES";
        InferenceInput: {
            /** @description The name of the model’s input. */
            name: string;
            shape: number[];
            datatype: components["schemas"]["InferenceDatatype"];
            parameters?: {
                /** @description Bytes of this tensor behind the JSON. */
                binary_data_size?: number | null;
                /** @description As MLServer names them: `np` for numbers, `base64` for BYTES in JSON. */
                content_type?: ("np" | "base64") | null;
            } | null;
            /** @description Row-major, flat or nested; base64 texts for BYTES. Absent where the tensor is binary. */
            data?: unknown[] | null;
        };
        InferenceLive: {
            live: boolean;
        };
        InferenceModel: {
            name: string;
            /** @description One: the SHA-256 of the model. */
            versions: string[];
            platform: string;
            inputs: components["schemas"]["InferenceTensorMetadata"][];
            outputs: components["schemas"]["InferenceTensorMetadata"][];
        };
        InferenceModelReady: {
            name: string;
            ready: boolean;
        };
        InferenceOutput: {
            name: string;
            shape: number[];
            datatype: components["schemas"]["InferenceDatatype"];
            parameters?: {
                binary_data_size?: number;
                /** @description What BYTES hold: base64, or JSON. */
                content_type?: string;
            };
            /** @description Flat, row-major; null where a number is not finite. */
            data?: (number | boolean | string | null)[];
        };
        InferenceReady: {
            ready: boolean;
        };
        InferenceRequest: {
            /** @description Comes back in the answer. */
            id?: string | null;
            /** @description The model of the path once more, as KServe’s SDK sends it. */
            model_name?: string | null;
            parameters?: {
                /**
                 * @description Whether all outputs come as bytes behind the JSON.
                 * @default false
                 */
                binary_data_output?: boolean | null;
            } | null;
            inputs: components["schemas"]["InferenceInput"][];
            /** @description What comes back; all by default. */
            outputs?: components["schemas"]["InferenceRequestedOutput"][] | null;
        };
        InferenceRequestedOutput: {
            name: string;
            parameters?: {
                /** @description Whether this output comes as bytes. */
                binary_data?: boolean | null;
            } | null;
        };
        InferenceResponse: {
            model_name: string;
            model_version: string;
            id?: string;
            outputs: components["schemas"]["InferenceOutput"][];
        };
        InferenceServer: {
            name: string;
            version: string;
            extensions: string[];
        };
        InferenceTensorMetadata: {
            name: string;
            datatype: string;
            /** @description -1 for an axis of any size. */
            shape: number[];
        };
        /** @description The value where relevance starts, its absolute value, a number, or a tensor of one row or one per result row. */
        InitRelevance: ("prediction" | "activation" | "absolute") | number | components["schemas"]["Tensor"];
        Input: components["schemas"]["ImageInput"] | components["schemas"]["TensorInput"] | components["schemas"]["DatasetInput"];
        Issue: {
            /** @description JSON pointer (RFC 6901) into the request; empty for all of it. */
            pointer: string;
            /** @description What is wrong there, and what would be right. */
            detail: string;
            /** @description The nearest valid names. */
            suggestions?: string[];
        };
        Job: {
            id: string;
            kind: components["schemas"]["JobKind"];
            status: components["schemas"]["JobStatus"];
            /** @description What is being done, in a word; the status before and after. */
            phase: string;
            /** @description Steps of the phase; their unit depends on it. `total` is 0 where it is not known yet. */
            progress: {
                done: number;
                total: number;
            };
            /** @description Until the phase ends, by its progress so far; null where that says nothing yet. */
            eta_seconds: number | null;
            /** Format: date-time */
            created_at: string;
            started_at: string | null;
            finished_at: string | null;
            error?: components["schemas"]["Problem"];
            /** @description Where to get what came out, by name. */
            result?: {
                [key: string]: string;
            };
        };
        JobEvent: {
            /** @description Names the state; to be sent as `Last-Event-ID`. */
            id: string;
            data: string;
        };
        /** @enum {unknown} */
        JobKind: "attribution" | "attribution-graph" | "feature-visualization";
        JobList: {
            jobs: components["schemas"]["Job"][];
            next_cursor?: string;
        };
        /** @enum {unknown} */
        JobStatus: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        KServeExplanation: {
            /** @description One entry for each sample: nested lists, or an image. */
            instances?: (unknown[] | components["schemas"]["EncodedImage"] | {
                image_bytes: components["schemas"]["EncodedImage"];
            })[] | null;
            /** @description Instead of `instances`: the same, or {"name of the input": the same}. */
            inputs?: ((unknown[] | components["schemas"]["EncodedImage"] | {
                image_bytes: components["schemas"]["EncodedImage"];
            })[] | {
                [key: string]: (unknown[] | components["schemas"]["EncodedImage"] | {
                    image_bytes: components["schemas"]["EncodedImage"];
                })[];
            }) | null;
            parameters?: components["schemas"]["ExplanationParameters"] | null;
        };
        KServeExplanations: {
            explanations: components["schemas"]["AttributionResult"][];
            model: string;
            model_sha256: string;
            /** @description The rule of every layer; null where it has its exact gradient. */
            composite: {
                [key: string]: components["schemas"]["Rule"] | null;
            };
            timings: components["schemas"]["Timings"];
        };
        KServePrediction: {
            /** @description One entry for each sample: nested lists, or an image. */
            instances?: (unknown[] | components["schemas"]["EncodedImage"] | {
                image_bytes: components["schemas"]["EncodedImage"];
            })[] | null;
            /** @description Instead of `instances`: the same, or {"name of the input": the same}. */
            inputs?: ((unknown[] | components["schemas"]["EncodedImage"] | {
                image_bytes: components["schemas"]["EncodedImage"];
            })[] | {
                [key: string]: (unknown[] | components["schemas"]["EncodedImage"] | {
                    image_bytes: components["schemas"]["EncodedImage"];
                })[];
            }) | null;
        };
        KServePredictions: {
            /** @description The model’s output for each instance, as nested lists. */
            predictions: unknown[];
        };
        Layer: {
            /** @description PyTorch module path where the export carries one, else the ONNX name. */
            name: string;
            /** @description Further names that the layer answers to. */
            aliases: string[];
            op: string;
            output_shape: (number | string | null)[];
            /** @description Number of channels. */
            concepts: number | null;
            /** @description [height, width] in pixels of the model input; null where there is none. */
            receptive_field: number[] | null;
            /** @description The nearest named layers upstream. */
            inputs: string[];
            /** @description The rule that the composite gives; null where relevance cannot pass the layer. */
            rule: string | null;
            /** @description What of the composite gave the rule, or why relevance cannot pass. */
            because: string;
        };
        LayerList: {
            model: string;
            composite: unknown;
            layers: components["schemas"]["Layer"][];
        };
        /** @enum {unknown} */
        LayerType: "convolution" | "linear" | "any_linear" | "activation" | "sum" | "average_pool" | "batch_norm" | "max_pool" | "normalization" | "softmax" | "matmul";
        Match: {
            name: string;
        } | {
            type: components["schemas"]["LayerType"];
        };
        /** @enum {unknown} */
        MaxTarget: "sum" | "max";
        Model: {
            name: string;
            /** @description SHA-256 of the content, in hexadecimal. */
            sha256: string;
            /** @description Bytes, external data included. */
            size: number;
            /** @description RFC 3339. */
            created_at: string;
            /** @description True: a model that is listed can be used. KServe’s clients ask for it. */
            ready: boolean;
            opset?: number;
            inputs: components["schemas"]["ModelTensor"][];
            outputs: components["schemas"]["ModelTensor"][];
            labels?: string[];
            /** @description As it was given. */
            preprocessing?: {
                [key: string]: unknown;
            };
            output?: components["schemas"]["ResolvedOutput"];
            /** @description Nodes that cannot be explained; empty as a rule. */
            unsupported: components["schemas"]["UnsupportedNode"][];
            /** @description What of the metadata is most likely a mistake; absent where nothing is. */
            warnings?: string[];
        };
        ModelList: {
            models: components["schemas"]["Model"][];
            /** @description Send it as `cursor` for the next page; absent on the last. */
            next_cursor?: string;
        };
        ModelMetadata: {
            name: string;
            /** @description Class names in the order of the output. */
            labels?: string[] | null;
            /** @description Without it, tensor inputs work and image inputs do not. */
            preprocessing?: (components["schemas"]["Preprocessing"] | components["schemas"]["HuggingFacePreprocessing"]) | null;
            output?: components["schemas"]["ModelOutput"] | null;
            /**
             * @description Accept a model with operators that cannot be explained.
             * @default false
             */
            allow_unsupported?: boolean | null;
        };
        ModelOutput: {
            /** @description Name of the output; the first by default. */
            tensor?: string | null;
            /**
             * @description `logits` leaves a trailing Softmax, LogSoftmax or Sigmoid out of the backward pass.
             * @default logits
             */
            start?: ("logits" | "output") | null;
        };
        ModelTensor: {
            name: string;
            shape: (number | string | null)[];
            datatype: string;
        };
        NamedComposite: {
            /** @enum {string} */
            name: "epsilon_plus";
            /**
             * @description Stabilizer of the epsilon rule.
             * @default 0.000001
             */
            epsilon?: components["schemas"]["Stabilizer"] | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "epsilon_plus_flat";
            /**
             * @description Stabilizer of the epsilon rule.
             * @default 0.000001
             */
            epsilon?: components["schemas"]["Stabilizer"] | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "epsilon_alpha2_beta1";
            /**
             * @description Stabilizer of the epsilon rule.
             * @default 0.000001
             */
            epsilon?: components["schemas"]["Stabilizer"] | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "epsilon_alpha2_beta1_flat";
            /**
             * @description Stabilizer of the epsilon rule.
             * @default 0.000001
             */
            epsilon?: components["schemas"]["Stabilizer"] | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "epsilon_gamma_box";
            low: components["schemas"]["Bound"];
            high: components["schemas"]["Bound"];
            /** @default 0.25 */
            gamma?: number | null;
            /**
             * @description Stabilizer of the epsilon rule.
             * @default 0.000001
             */
            epsilon?: components["schemas"]["Stabilizer"] | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "deconvnet";
        } | {
            /** @enum {string} */
            name: "guided_backprop";
        } | {
            /** @enum {string} */
            name: "excitation_backprop";
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "beta_smooth";
            /** @default 10 */
            beta_smooth?: number | null;
        } | {
            /** @enum {string} */
            name: "gradient";
        };
        NodeSupport: {
            node: string;
            op: string;
            /** @description The layer that the node is part of; null where it carries no relevance. */
            layer: string | null;
            /** @description Whether relevance from the start that the model was registered with has to pass. */
            needed: boolean;
            supported: boolean;
            /** @description The rule that the composite gives. */
            rule: string | null;
            /** @description What of the composite gave the rule. */
            because: string;
            /** @description Whether the rule is computed as it is defined. */
            exact: boolean;
            /** @description Whether relevance keeps its sum under the rule, but for what `trust.absorbed` notes. */
            conserving: boolean;
            /** @description Why relevance cannot pass, or why it passes approximately. */
            reason: string | null;
            /** @description What would let relevance pass where it cannot. */
            needs: string | null;
        };
        Output: {
            /**
             * @default [
             *       "png"
             *     ]
             */
            heatmap?: ("png" | "tensor")[] | null;
            /**
             * @description Adds `input_relevance`.
             * @default false
             */
            per_channel?: boolean | null;
            prediction?: components["schemas"]["PredictionOutput"] | null;
            /** @description Adds `region_relevance`. */
            regions?: components["schemas"]["Region"][] | null;
            /** @default base64 */
            encoding?: ("base64" | "json") | null;
            render?: components["schemas"]["Render"] | null;
        };
        /** @enum {unknown} */
        Pairing: "product" | "zip";
        Prediction: {
            top: components["schemas"]["TopEntry"][];
            tensor?: components["schemas"]["ResultTensor"];
        };
        PredictionOutput: {
            /**
             * @description Number of classes, best first.
             * @default 5
             */
            top?: number | null;
            /**
             * @description The model’s own output row.
             * @default false
             */
            tensor?: boolean | null;
        };
        PredictionRequest: {
            inputs: components["schemas"]["Input"][];
            output?: {
                prediction?: components["schemas"]["PredictionOutput"] | null;
                /** @default base64 */
                encoding?: ("base64" | "json") | null;
            } | null;
        };
        PredictionResponse: {
            model: string;
            model_sha256: string;
            results: {
                sample: number;
                prediction: components["schemas"]["Prediction"];
            }[];
            timings: components["schemas"]["Timings"];
        };
        Preprocessing: {
            /** @description [height, width], or the length of the shorter side. */
            size?: (number[] | number) | null;
            resize?: ("stretch" | "shorter_side" | "letterbox") | null;
            /**
             * @description Centre crop: to `size`, to [height, width], or none.
             * @default false
             */
            crop?: (boolean | number[]) | null;
            /** @description One number, or one per channel in the model’s channel order. */
            mean?: (number | number[]) | null;
            /** @description One number, or one per channel in the model’s channel order. */
            std?: (number | number[]) | null;
            /** @description Factor on pixels of 0 to 255; 1/255 by default. */
            scale?: number | null;
            /** @default RGB */
            channel_order?: ("RGB" | "BGR") | null;
            /** @default NCHW */
            layout?: ("NCHW" | "NHWC") | null;
            /** @default bilinear */
            interpolation?: ("nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos") | null;
        };
        Problem: {
            /** @description URI reference of the kind of problem: `/problems/<code>`. */
            type: string;
            /** @description Summary of the kind of problem. */
            title: string;
            /** @description HTTP status. */
            status: number;
            /** @description What is wrong in this request. */
            detail: string;
            /** @description Path of the request. */
            instance?: string;
            /**
             * @description Stable code; the table is at `/problems`.
             * @enum {unknown}
             */
            code: "malformed-request" | "malformed-json" | "malformed-multipart" | "malformed-content-encoding" | "unauthenticated" | "forbidden" | "not-found" | "unknown-model" | "unknown-dataset" | "unknown-feature-visualization" | "unknown-job" | "unknown-model-version" | "unknown-dataset-item" | "method-not-allowed" | "request-timeout" | "model-name-conflict" | "feature-visualization-unfinished" | "job-not-finished" | "job-cancelled" | "dataset-name-conflict" | "dataset-changed" | "dataset-too-large" | "feature-visualization-outdated" | "body-too-large" | "image-too-large" | "model-too-large" | "unsupported-media-type" | "unsupported-content-encoding" | "validation-failed" | "part-missing" | "pairing-mismatch" | "target-missing" | "target-not-allowed" | "too-many-rows" | "idempotency-key-reused" | "unknown-layer" | "duplicate-layer" | "channel-out-of-range" | "position-out-of-range" | "direction-invalid" | "ranking-invalid" | "region-invalid" | "mode-not-collected" | "target-not-collected" | "rank-out-of-range" | "links-unavailable" | "feature-visualization-invalid" | "range-invalid" | "labels-missing" | "too-many-unreadable" | "class-out-of-range" | "layer-not-reachable" | "dataset-unreadable" | "dataset-invalid" | "dataset-empty" | "dataset-place-not-allowed" | "dataset-place-missing" | "dataset-classes-mismatch" | "image-not-supported" | "image-url-refused" | "image-truncated" | "preprocessing-missing" | "preprocessing-invalid" | "tensor-malformed" | "tensor-not-finite" | "tensor-shape-mismatch" | "tensor-type-mismatch" | "rule-not-applicable" | "rule-parameter-invalid" | "attributor-invalid" | "colormap-invalid" | "render-invalid" | "heatmap-not-finite" | "model-not-onnx" | "model-truncated" | "model-invalid" | "model-load-failed" | "model-not-supported" | "rate-limited" | "too-many-requests" | "overloaded" | "store-unavailable" | "store-full" | "store-access-denied" | "store-bucket-missing" | "jobs-unavailable" | "engine-unavailable" | "engine-crashed" | "engine-killed" | "not-ready" | "shutting-down" | "deadline-exceeded" | "cancelled" | "headers-too-large" | "run-failed" | "job-lost" | "internal";
            /** @description The `x-request-id` of the answer. */
            request_id?: string;
            /** @description The same as `detail`, where clients of the Open Inference Protocol and of KServe look for it. */
            error?: string;
            /** @description Each place of the request that is wrong. */
            errors?: components["schemas"]["Issue"][];
            /** @description Figures and names that belong to the code. */
            details?: {
                [key: string]: unknown;
            };
        };
        ProblemKind: {
            code: string;
            status: number;
            title: string;
            /** @description When it happens, and what helps. */
            when: string;
        };
        ProblemKinds: {
            problems: components["schemas"]["ProblemKind"][];
        };
        /** @description The channel that the row is of, and its share of the relevance; only where the condition says {"top": …}. */
        RankedConcept: {
            layer: string;
            index: number;
            relevance: number | null;
        };
        Readiness: {
            /** @enum {string} */
            status: "ready";
            checks: {
                [key: string]: components["schemas"]["ReadinessCheck"];
            };
        };
        /** @description Figures of the check stand beside. */
        ReadinessCheck: {
            /** @enum {unknown} */
            status: "ok" | "failed";
            /** @description Why it failed. */
            reason?: string;
        } & {
            [key: string]: unknown;
        };
        RecordEntry: {
            /**
             * @description Relevance at its output, before its mask.
             * @default true
             */
            relevance?: boolean | null;
            /** @default false */
            activation?: boolean | null;
            /** @description The most relevant channels, this many. */
            concepts?: number | null;
            /**
             * @description Divide concepts by the sum of their absolute values.
             * @default false
             */
            abs_norm?: boolean | null;
        };
        RecordedLayer: {
            relevance?: components["schemas"]["ResultTensor"];
            activation?: components["schemas"]["ResultTensor"];
            concepts?: components["schemas"]["ConceptRelevance"][];
        };
        ReferenceList: {
            /** @description Id of the run. */
            feature_visualization: string;
            model: string;
            dataset: string;
            /** @description The canonical name. */
            layer: string;
            mode: components["schemas"]["ReferenceMode"];
            /** @description The class whose samples alone were ranked. */
            target?: number;
            concept: number;
            references: components["schemas"]["ReferenceSample"][];
        } | {
            /** @description Id of the run. */
            feature_visualization: string;
            model: string;
            dataset: string;
            /** @description The canonical name. */
            layer: string;
            mode: components["schemas"]["ReferenceMode"];
            /** @description The class whose samples alone were ranked. */
            target?: number;
            concepts: components["schemas"]["ConceptReferences"][];
        };
        /** @enum {unknown} */
        ReferenceMode: "relevance" | "activation";
        ReferenceSample: {
            /** @description 0 is the highest value. */
            rank: number;
            dataset_index: number;
            /** @description Name of the class; null where the model has no labels. */
            label: string | null;
            /** @description Classes of the sample in the data set. */
            classes: number[];
            value: number | null;
            /** @description Flat position of the strongest neuron, row-major. */
            neuron: number;
            /** @description [x0, y0, x1, y1] of the neuron in pixels of the model input, half-open and clipped; null where the input is no image. */
            receptive_field: number[] | null;
            image_url: string;
            sample_url: string;
        };
        ReferencedConcepts: ("all" | "none") | {
            [key: string]: number[];
        };
        Region: {
            /** @description [x0, y0, x1, y1], half-open. */
            box: number[];
        } | {
            mask: components["schemas"]["Tensor"];
        };
        Render: {
            /** @default bwr */
            colormap?: string | null;
            /**
             * @description Zero in the middle of the colour map.
             * @default true
             */
            symmetric?: boolean | null;
            /**
             * @description Share of the range at which colours saturate.
             * @default 1
             */
            level?: number | null;
            /**
             * @description Share of the input image in the picture.
             * @default 0
             */
            overlay?: number | null;
            /**
             * @description Pixels per value.
             * @default 1
             */
            scale?: number | null;
        };
        RenderedReferences: {
            /**
             * @description Samples per concept.
             * @default 8
             */
            count?: number | null;
            /**
             * @description Cropped to the receptive field of the stored neuron.
             * @default true
             */
            receptive_field?: boolean | null;
            style?: ("opaque" | "plain" | "heatmap") | null;
            /**
             * @description By layer the channels whose references are rendered, or all of them, or none.
             * @default none
             */
            concepts?: components["schemas"]["ReferencedConcepts"] | null;
        };
        ResolvedOutput: {
            tensor: string;
            /** @enum {unknown} */
            start: "logits" | "output";
        };
        ResultTensor: {
            /** @description Sizes of the axes. */
            shape: number[];
            datatype: components["schemas"]["Datatype"];
            /** @description Flat, row-major; null where a value is not finite. */
            data: (number | boolean | null)[];
        } | {
            /** @description Sizes of the axes. */
            shape: number[];
            datatype: components["schemas"]["Datatype"];
            /** @description Little-endian bytes, row-major. */
            base64: string;
        };
        Root: {
            name: string;
            version: string;
            status: string;
            docs: string;
            openapi: string;
        };
        Rule: {
            /** @enum {string} */
            name: "epsilon";
            /** @default 0.000001 */
            epsilon?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "gamma";
            /** @default 0.25 */
            gamma?: number | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "z_plus";
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "alpha_beta";
            /** @default 2 */
            alpha?: number | null;
            /** @default 1 */
            beta?: number | null;
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "z_box";
            low: components["schemas"]["Bound"];
            high: components["schemas"]["Bound"];
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "w_square";
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "flat";
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
            /** @default [] */
            zero_params?: ("weight" | "bias")[] | null;
        } | {
            /** @enum {string} */
            name: "norm";
            /** @default 0.000001 */
            stabilizer?: components["schemas"]["Stabilizer"] | null;
        } | {
            /** @enum {string} */
            name: "pass";
        } | {
            /** @enum {string} */
            name: "gradient";
        } | {
            /** @enum {string} */
            name: "relu_deconvnet";
        } | {
            /** @enum {string} */
            name: "relu_guided_backprop";
        } | {
            /** @enum {string} */
            name: "relu_beta_smooth";
            /** @default 10 */
            beta_smooth?: number | null;
        };
        SkippedSample: {
            index: number;
            path?: string;
            /** @description Code of the error table. */
            code: string;
            detail: string;
        };
        Stabilizer: number | {
            /** @default 0.000001 */
            epsilon?: number | null;
            /**
             * @description Scale epsilon by the root mean square of the denominator.
             * @default false
             */
            norm_scale?: boolean | null;
            /**
             * @description Clip the magnitude instead of adding.
             * @default false
             */
            clip?: boolean | null;
            /** @description Axes of the mean; all but the batch by default. */
            dim?: number[] | null;
        };
        StatisticsList: {
            /** @description Id of the run. */
            feature_visualization: string;
            model: string;
            dataset: string;
            /** @description The canonical name. */
            layer: string;
            mode: components["schemas"]["ReferenceMode"];
            concept: number;
            /** @description Classes by the mean of their highest values, the highest first. */
            statistics: components["schemas"]["TargetStatistics"][];
        };
        SupportReport: {
            model: string;
            composite: unknown;
            /** @description Whether every needed node is supported. */
            explainable: boolean;
            /** @description Shares of the needed nodes that are supported; null where there are none, or sizes are not known. */
            share: {
                nodes: number | null;
                flops: number | null;
            };
            nodes: components["schemas"]["NodeSupport"][];
            /** @description Batch norms that stay where they are. */
            unmerged_batch_norms: {
                node: string;
                reason: string;
            }[];
        };
        TargetStatistics: {
            target: number;
            /** @description Name of the class; null where the model has no labels. */
            label: string | null;
            value: number | null;
        };
        Tensor: {
            /** @description Sizes of the axes. */
            shape: number[];
            datatype: components["schemas"]["Datatype"];
            /** @description Flat, row-major. */
            data: (number | boolean)[];
        } | {
            /** @description Sizes of the axes. */
            shape: number[];
            datatype: components["schemas"]["Datatype"];
            /** @description Little-endian bytes, row-major. */
            base64: string;
        };
        TensorInput: {
            tensor: components["schemas"]["Tensor"];
        };
        Timings: {
            /** @description Milliseconds that the rows waited for their turn, all batches together. */
            queue_ms: number;
            /** @description Rows that were computed together at most, those of other requests included. */
            batch: number;
            /** @description Milliseconds that ONNX Runtime computed, whoever else had rows in the same batches. */
            compute_ms: number;
            plan: {
                /** @description Runs of ONNX Runtime. */
                executions: number;
                /** @description Work for this request alone, in units of one forward pass. */
                forward_equivalents: number;
            };
        };
        TopEntry: {
            index: number;
            label?: string;
            score: number | null;
            /** @description From the model’s own output; null where the model has none. */
            probability: number | null;
        };
        Trust: {
            /** @description Relevance at the start, after `y`. */
            initial: number | null;
            /** @description Sum of the relevance at the input. */
            input: number | null;
            /** @description input / initial; null where initial is 0. */
            ratio: number | null;
            /** @description Sum at a layer before its mask / initial. */
            layers: {
                [key: string]: number | null;
            };
            absorbed: {
                bias?: number | null;
                stabilizer?: number | null;
                masked?: number | null;
            };
            /** @description Whether every value is finite. */
            finite: boolean;
            /** @description What is wrong with the relevance: values that are not finite; more than 1 % that neither reached the input nor was absorbed, with the layers whose rule need not keep the sum; what the heatmap is where an attributor gathers it from several passes. */
            warnings: string[];
        };
        UnsupportedNode: {
            node: string;
            op: string;
            reason: string;
            /** @description What would let relevance pass. */
            needs: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listModels: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of models. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    metadata: components["schemas"]["ModelMetadata"];
                    /** Format: binary */
                    model: string;
                    /** @description Files of external data, by their file names. */
                    external_data?: string[];
                };
            };
        };
        responses: {
            /** @description The same model was there already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description Created; `Location` holds its path. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description `malformed-multipart`, `malformed-json`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `model-name-conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `model-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `model-not-onnx`, `model-truncated`, `model-invalid`, `model-not-supported`, `model-load-failed`, `preprocessing-invalid` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLayers: {
        parameters: {
            query?: {
                /** @description Name of a composite, or a composite object as URL-encoded JSON; `epsilon_plus_flat` by default. */
                composite?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The layers from input to output. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LayerList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `unknown-layer`, `tensor-malformed`, `rule-not-applicable`, `rule-parameter-invalid` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSupport: {
        parameters: {
            query?: {
                /** @description Name of a composite, or a composite object as URL-encoded JSON; `epsilon_plus_flat` by default. */
                composite?: string;
            };
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every node with its rule, or why it has none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupportReport"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `unknown-layer`, `tensor-malformed`, `rule-not-applicable`, `rule-parameter-invalid` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDatasets: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of data sets. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createDataset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DatasetRequest"];
                "multipart/form-data": {
                    metadata: components["schemas"]["DatasetMetadata"];
                    data: string;
                };
            };
        };
        responses: {
            /** @description The same data set was there already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description Created; `Location` holds its path. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description `malformed-multipart`, `malformed-json`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dataset-name-conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `dataset-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-content-encoding`, `unsupported-media-type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `dataset-unreadable`, `dataset-invalid`, `dataset-empty`, `dataset-place-not-allowed`, `dataset-place-missing` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the data set. */
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The data set. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-dataset` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the data set. */
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-dataset` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDatasetItems: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Name of the data set. */
                dataset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of samples. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetItemList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-dataset` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `dataset-place-not-allowed`, `dataset-place-missing` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDatasetItem: {
        parameters: {
            query?: {
                /** @description Longest side in pixels of a reduced picture (PNG); the file itself by default. */
                thumbnail?: number;
            };
            header?: never;
            path: {
                /** @description Name of the data set. */
                dataset: string;
                /** @description Counts the samples from 0. */
                index: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sample. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": string;
                    "image/png": string;
                    "image/webp": string;
                    "application/x-npy": string;
                };
            };
            /** @description The client has it already (`If-None-Match`). */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-dataset-item`, `unknown-dataset` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dataset-changed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `image-not-supported`, `image-truncated`, `dataset-place-not-allowed`, `dataset-place-missing` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createPrediction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PredictionRequest"];
                "multipart/form-data": {
                    request: components["schemas"]["PredictionRequest"];
                    /** @description Image files, in the order of the inputs; other names go as well. */
                    image?: string[];
                };
            };
        };
        responses: {
            /** @description One result per sample. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PredictionResponse"];
                };
            };
            /** @description `malformed-json`, `malformed-multipart`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAttribution: {
        parameters: {
            query?: never;
            header?: {
                /** @description `respond-async`: answer 202 at once and do the work as a job. */
                prefer?: string;
                /** @description With `Prefer: respond-async`: the same key and the same content are the same job, once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AttributionRequest"];
                "multipart/form-data": {
                    request: components["schemas"]["AttributionRequest"];
                    /** @description Image files, in the order of the inputs; other names go as well. */
                    image?: string[];
                };
            };
        };
        responses: {
            /** @description One result per row, sample-major. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttributionResponse"];
                    "application/x-npz": string;
                };
            };
            /** @description With `Prefer: respond-async`: the job; `Location` holds its path. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `malformed-json`, `malformed-multipart`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `idempotency-key-reused`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed`, `pairing-mismatch`, `target-missing`, `target-not-allowed`, `unknown-layer`, `duplicate-layer`, `channel-out-of-range`, `position-out-of-range`, `class-out-of-range`, `direction-invalid`, `region-invalid`, `layer-not-reachable`, `rule-not-applicable`, `rule-parameter-invalid`, `attributor-invalid`, `colormap-invalid`, `render-invalid`, `heatmap-not-finite`, `model-not-supported` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAttributionGraph: {
        parameters: {
            query?: never;
            header?: {
                /** @description `respond-async`: answer 202 at once and do the work as a job. */
                prefer?: string;
                /** @description With `Prefer: respond-async`: the same key and the same content are the same job, once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AttributionGraphRequest"];
                "multipart/form-data": {
                    request: components["schemas"]["AttributionGraphRequest"];
                    /** @description Image files, in the order of the inputs; other names go as well. */
                    image?: string[];
                };
            };
        };
        responses: {
            /** @description Concepts, and how much of their relevance those below get. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttributionGraphResponse"];
                };
            };
            /** @description With `Prefer: respond-async`: the job; `Location` holds its path. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `malformed-json`, `malformed-multipart`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `idempotency-key-reused`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed`, `unknown-layer`, `channel-out-of-range`, `class-out-of-range`, `layer-not-reachable`, `rule-not-applicable`, `rule-parameter-invalid`, `model-not-supported` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFeatureVisualizations: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: components["schemas"]["JobStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs, the newest first; it may be short. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeatureVisualizationList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createFeatureVisualization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeatureVisualizationRequest"];
            };
        };
        responses: {
            /** @description The job, whose id is that of the feature visualization. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `malformed-json`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-dataset`, `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `dataset-changed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `tensor-malformed`, `tensor-not-finite`, `dataset-place-not-allowed`, `dataset-place-missing`, `dataset-classes-mismatch`, `unknown-layer`, `duplicate-layer`, `channel-out-of-range`, `class-out-of-range`, `range-invalid`, `labels-missing`, `preprocessing-missing`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `rule-not-applicable`, `rule-parameter-invalid`, `model-not-supported`, `idempotency-key-reused`, `model-load-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeatureVisualization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the feature visualization and of its job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job, with the manifest once it is finished. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeatureVisualization"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-feature-visualization` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: components["schemas"]["JobStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-job` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job as it is then. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-job` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJobResult: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By the kind of the job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttributionResponse"] | components["schemas"]["AttributionGraphResponse"] | {
                        [key: string]: string;
                    };
                    "application/x-npz": string;
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-job`, `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `job-not-finished`, `job-cancelled` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed`, `pairing-mismatch`, `target-missing`, `target-not-allowed`, `unknown-layer`, `duplicate-layer`, `channel-out-of-range`, `position-out-of-range`, `class-out-of-range`, `direction-invalid`, `region-invalid`, `layer-not-reachable`, `rule-not-applicable`, `rule-parameter-invalid`, `attributor-invalid`, `colormap-invalid`, `render-invalid`, `heatmap-not-finite`, `model-not-supported` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `job-lost`, `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `overloaded`, `engine-crashed`, `engine-killed`, `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One event per state; its data is the job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["JobEvent"];
                };
            };
            /** @description The last state is the one that the client has. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-job` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `jobs-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReferences: {
        parameters: {
            query: {
                model?: string;
                /** @description Id of the run; without it, the newest finished run of `model`. */
                feature_visualization?: string;
                layer: string;
                /** @description Samples that maximise the relevance (RelMax) or the activation (ActMax) of a concept. */
                mode?: "relevance" | "activation";
                /** @description A channel of the layer, or several, separated by commas. */
                concept: string;
                /** @description Only among the samples of this class (the statistics of the run). */
                target?: number;
                /** @description The first rank. */
                from?: number;
                /** @description Behind the last rank. */
                to?: number;
                /** @description `opaque`: the sample, dimmed where the concept is not; `plain`: the sample; `heatmap`: the relevance of the concept. */
                style?: "opaque" | "plain" | "heatmap";
                /** @description `field`: the receptive field of the stored neuron; `peer`: where the blurred heatmap exceeds `crop_th`, as zennit-crp crops; `none`: the whole sample. */
                crop?: "field" | "peer" | "none";
                /** @description Where the relevance of the heatmap starts: at the class that the sample was ranked for, or at the activation of the layer, as in zennit-crp. */
                start?: "class" | "layer";
                /** @description Only the stored neuron of the channel keeps its relevance, instead of all of them. */
                rf?: boolean;
                /** @description `opaque`: what stays of dimmed values. */
                alpha?: number;
                /** @description `opaque`: share of the highest relevance above which a pixel is not dimmed. */
                vis_th?: number;
                /** @description `crop=peer`: share of the highest relevance above which a pixel is kept. */
                crop_th?: number;
                /** @description Taps of the Gaussian blur of the heatmap, odd. */
                kernel_size?: number;
                colormap?: string;
                /** @description Zero in the middle of the colour map. */
                symmetric?: boolean;
                /** @description Share of the range at which colours saturate. */
                level?: number;
                /** @description Side of a transparent square that the picture is fitted into; without it, its own size. */
                size?: number;
                /** @description Where `image_url` leads: to this service, or to the S3 store itself for a while. */
                links?: "service" | "presigned";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description References of one concept, or of every concept of a list. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReferenceList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-dataset`, `unknown-feature-visualization` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `feature-visualization-unfinished`, `feature-visualization-outdated`, `dataset-changed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `feature-visualization-invalid`, `unknown-layer`, `channel-out-of-range`, `mode-not-collected`, `target-not-collected`, `model-load-failed`, `render-invalid`, `colormap-invalid`, `heatmap-not-finite`, `links-unavailable` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReferenceImage: {
        parameters: {
            query: {
                model?: string;
                /** @description Id of the run; without it, the newest finished run of `model`. */
                feature_visualization?: string;
                layer: string;
                /** @description Samples that maximise the relevance (RelMax) or the activation (ActMax) of a concept. */
                mode?: "relevance" | "activation";
                concept: number;
                /** @description Only among the samples of this class (the statistics of the run). */
                target?: number;
                rank: number;
                /** @description `opaque`: the sample, dimmed where the concept is not; `plain`: the sample; `heatmap`: the relevance of the concept. */
                style?: "opaque" | "plain" | "heatmap";
                /** @description `field`: the receptive field of the stored neuron; `peer`: where the blurred heatmap exceeds `crop_th`, as zennit-crp crops; `none`: the whole sample. */
                crop?: "field" | "peer" | "none";
                /** @description Where the relevance of the heatmap starts: at the class that the sample was ranked for, or at the activation of the layer, as in zennit-crp. */
                start?: "class" | "layer";
                /** @description Only the stored neuron of the channel keeps its relevance, instead of all of them. */
                rf?: boolean;
                /** @description `opaque`: what stays of dimmed values. */
                alpha?: number;
                /** @description `opaque`: share of the highest relevance above which a pixel is not dimmed. */
                vis_th?: number;
                /** @description `crop=peer`: share of the highest relevance above which a pixel is kept. */
                crop_th?: number;
                /** @description Taps of the Gaussian blur of the heatmap, odd. */
                kernel_size?: number;
                colormap?: string;
                /** @description Zero in the middle of the colour map. */
                symmetric?: boolean;
                /** @description Share of the range at which colours saturate. */
                level?: number;
                /** @description Side of a transparent square that the picture is fitted into; without it, its own size. */
                size?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture; `ETag` names everything that decides it. */
            200: {
                headers: {
                    etag?: string;
                    "cache-control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description The client has it: `If-None-Match` named its `ETag`. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-dataset`, `unknown-feature-visualization` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `feature-visualization-unfinished`, `feature-visualization-outdated`, `dataset-changed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `feature-visualization-invalid`, `unknown-layer`, `channel-out-of-range`, `mode-not-collected`, `target-not-collected`, `model-load-failed`, `render-invalid`, `colormap-invalid`, `heatmap-not-finite`, `rank-out-of-range` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReferenceGrid: {
        parameters: {
            query: {
                model?: string;
                /** @description Id of the run; without it, the newest finished run of `model`. */
                feature_visualization?: string;
                layer: string;
                /** @description Samples that maximise the relevance (RelMax) or the activation (ActMax) of a concept. */
                mode?: "relevance" | "activation";
                /** @description A channel of the layer, or several, separated by commas. */
                concept: string;
                /** @description Only among the samples of this class (the statistics of the run). */
                target?: number;
                /** @description The first rank. */
                from?: number;
                /** @description Behind the last rank. */
                to?: number;
                /** @description `opaque`: the sample, dimmed where the concept is not; `plain`: the sample; `heatmap`: the relevance of the concept. */
                style?: "opaque" | "plain" | "heatmap";
                /** @description `field`: the receptive field of the stored neuron; `peer`: where the blurred heatmap exceeds `crop_th`, as zennit-crp crops; `none`: the whole sample. */
                crop?: "field" | "peer" | "none";
                /** @description Where the relevance of the heatmap starts: at the class that the sample was ranked for, or at the activation of the layer, as in zennit-crp. */
                start?: "class" | "layer";
                /** @description Only the stored neuron of the channel keeps its relevance, instead of all of them. */
                rf?: boolean;
                /** @description `opaque`: what stays of dimmed values. */
                alpha?: number;
                /** @description `opaque`: share of the highest relevance above which a pixel is not dimmed. */
                vis_th?: number;
                /** @description `crop=peer`: share of the highest relevance above which a pixel is kept. */
                crop_th?: number;
                /** @description Taps of the Gaussian blur of the heatmap, odd. */
                kernel_size?: number;
                colormap?: string;
                /** @description Zero in the middle of the colour map. */
                symmetric?: boolean;
                /** @description Share of the range at which colours saturate. */
                level?: number;
                /** @description Side of a transparent square that the picture is fitted into; without it, its own size. */
                size?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    etag?: string;
                    "cache-control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                };
            };
            /** @description The client has it: `If-None-Match` named its `ETag`. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-dataset`, `unknown-feature-visualization` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `feature-visualization-unfinished`, `feature-visualization-outdated`, `dataset-changed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `feature-visualization-invalid`, `unknown-layer`, `channel-out-of-range`, `mode-not-collected`, `target-not-collected`, `model-load-failed`, `render-invalid`, `colormap-invalid`, `heatmap-not-finite`, `too-many-rows` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listStatistics: {
        parameters: {
            query: {
                model?: string;
                /** @description Id of the run; without it, the newest finished run of `model`. */
                feature_visualization?: string;
                layer: string;
                /** @description Samples that maximise the relevance (RelMax) or the activation (ActMax) of a concept. */
                mode?: "relevance" | "activation";
                concept: number;
                /** @description Number of classes. */
                top?: number;
                /** @description A class counts by the mean of this many of its highest values. */
                mean_of?: number;
                /** @description Divide by the value of the first class. */
                norm?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Classes, the highest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatisticsList"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-dataset`, `unknown-feature-visualization` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `feature-visualization-unfinished`, `feature-visualization-outdated` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `feature-visualization-invalid`, `unknown-layer`, `channel-out-of-range`, `mode-not-collected`, `target-not-collected` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    importFeatureVisualization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    metadata: components["schemas"]["FeatureVisualizationImport"];
                    data: string;
                };
            };
        };
        responses: {
            /** @description The same run was there already. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeatureVisualizationManifest"];
                };
            };
            /** @description Created; `Location` holds its path. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeatureVisualizationManifest"];
                };
            };
            /** @description `malformed-multipart`, `malformed-json`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-dataset` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `unknown-layer`, `class-out-of-range`, `rule-not-applicable`, `rule-parameter-invalid`, `feature-visualization-invalid` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportFeatureVisualization: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the run. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The result tree with its manifest. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-feature-visualization` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `feature-visualization-unfinished` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    kservePredict: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KServePrediction"];
            };
        };
        responses: {
            /** @description The outputs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KServePredictions"];
                };
            };
            /** @description `malformed-json`, `malformed-multipart`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    kserveExplain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KServeExplanation"];
            };
        };
        responses: {
            /** @description The explanations. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KServeExplanations"];
                };
            };
            /** @description `malformed-json`, `malformed-multipart`, `malformed-content-encoding`, `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `part-missing`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed`, `pairing-mismatch`, `target-missing`, `target-not-allowed`, `unknown-layer`, `duplicate-layer`, `channel-out-of-range`, `position-out-of-range`, `class-out-of-range`, `direction-invalid`, `region-invalid`, `layer-not-reachable`, `rule-not-applicable`, `rule-parameter-invalid`, `attributor-invalid`, `colormap-invalid`, `render-invalid`, `heatmap-not-finite`, `model-not-supported` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceServer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceServer"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceLive"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceReady"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-ready`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModel"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-model-version` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceModelOfVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
                /** @description The SHA-256 of the model. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModel"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-model-version` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceModelReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModelReady"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-model-version` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInferenceModelReadyOfVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the model. */
                model: string;
                /** @description The SHA-256 of the model. */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceModelReady"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model`, `unknown-model-version` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    infer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Length of the JSON, where the bytes of tensors follow it. */
                "inference-header-content-length"?: number;
            };
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InferenceRequest"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description The outputs: as JSON, or as bytes behind the JSON where the request asks for that. */
            200: {
                headers: {
                    /** @description Length of the JSON, where the bytes of outputs follow it. */
                    "inference-header-content-length"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceResponse"];
                    "application/octet-stream": string;
                };
            };
            /** @description `malformed-request`, `malformed-json`, `malformed-content-encoding` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model-version`, `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inferOfVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description Length of the JSON, where the bytes of tensors follow it. */
                "inference-header-content-length"?: number;
            };
            path: {
                /** @description Name of the model. */
                model: string;
                /** @description The SHA-256 of the model. */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InferenceRequest"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description The outputs: as JSON, or as bytes behind the JSON where the request asks for that. */
            200: {
                headers: {
                    /** @description Length of the JSON, where the bytes of outputs follow it. */
                    "inference-header-content-length"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceResponse"];
                    "application/octet-stream": string;
                };
            };
            /** @description `malformed-request`, `malformed-json`, `malformed-content-encoding` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model-version`, `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain: {
        parameters: {
            query?: never;
            header?: {
                /** @description Length of the JSON, where the bytes of tensors follow it. */
                "inference-header-content-length"?: number;
            };
            path: {
                /** @description Name of the model. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplanationRequest"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description The outputs: as JSON, or as bytes behind the JSON where the request asks for that. */
            200: {
                headers: {
                    /** @description Length of the JSON, where the bytes of outputs follow it. */
                    "inference-header-content-length"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceResponse"];
                    "application/octet-stream": string;
                };
            };
            /** @description `malformed-request`, `malformed-json`, `malformed-content-encoding` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model-version`, `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed`, `pairing-mismatch`, `target-missing`, `target-not-allowed`, `unknown-layer`, `duplicate-layer`, `channel-out-of-range`, `position-out-of-range`, `class-out-of-range`, `direction-invalid`, `region-invalid`, `layer-not-reachable`, `rule-not-applicable`, `rule-parameter-invalid`, `attributor-invalid`, `colormap-invalid`, `render-invalid`, `heatmap-not-finite`, `model-not-supported` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainOfVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description Length of the JSON, where the bytes of tensors follow it. */
                "inference-header-content-length"?: number;
            };
            path: {
                /** @description Name of the model. */
                model: string;
                /** @description The SHA-256 of the model. */
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplanationRequest"];
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description The outputs: as JSON, or as bytes behind the JSON where the request asks for that. */
            200: {
                headers: {
                    /** @description Length of the JSON, where the bytes of outputs follow it. */
                    "inference-header-content-length"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferenceResponse"];
                    "application/octet-stream": string;
                };
            };
            /** @description `malformed-request`, `malformed-json`, `malformed-content-encoding` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown-model-version`, `unknown-model` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`, `image-too-large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`, `unsupported-content-encoding` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`, `too-many-rows`, `image-not-supported`, `image-url-refused`, `image-truncated`, `preprocessing-missing`, `preprocessing-invalid`, `tensor-malformed`, `tensor-not-finite`, `tensor-shape-mismatch`, `tensor-type-mismatch`, `model-load-failed`, `pairing-mismatch`, `target-missing`, `target-not-allowed`, `unknown-layer`, `duplicate-layer`, `channel-out-of-range`, `position-out-of-range`, `class-out-of-range`, `direction-invalid`, `region-invalid`, `layer-not-reachable`, `rule-not-applicable`, `rule-parameter-invalid`, `attributor-invalid`, `colormap-invalid`, `render-invalid`, `heatmap-not-finite`, `model-not-supported` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-requests`, `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `run-failed`, `store-access-denied`, `store-bucket-missing`, `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`, `engine-crashed`, `engine-killed`, `engine-unavailable`, `store-unavailable`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline-exceeded` */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `store-full` */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRoot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Root"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-ready`, `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics in the text format. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate-limited` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProblems: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The table of error codes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemKinds"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the `type` of a problem refers to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemKind"];
                };
            };
            /** @description `malformed-request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request-timeout` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `headers-too-large` */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `shutting-down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
