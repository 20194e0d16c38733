"""KServe's own SDK speaks V1 and V2 with the service; answers equal those of /v1 to the bit."""

import sys

# A file of this name lies beside the package of that name: this folder comes last.
sys.path.append(sys.path.pop(0))
url = sys.argv[1]

# begin example
import asyncio
import base64

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

with open("examples/concept-world/dataset/green-speckled-cross/002-stamped.png", "rb") as file:
    image = base64.b64encode(file.read()).decode()


async def infer(tensor):
    """The outputs of a batch of tensors, over the Open Inference Protocol."""
    given = InferInput("input", list(tensor.shape), "FP32")
    given.set_data_from_numpy(tensor)
    request = InferRequest(model_name="concept-world", infer_inputs=[given])
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
        answer = await client.infer(url, request, model_name="concept-world")
    return answer.outputs[0].as_numpy()


async def explain(conditions):
    """What the conditions explain of the image, over KServe's V1 protocol."""
    body = {"instances": [{"b64": image}], "parameters": {"conditions": conditions}}
    async with InferenceRESTClient(RESTConfig(protocol="v1")) as client:
        answer = await client.explain(url, "concept-world", body)
    return answer["explanations"]


zeros = np.zeros((1, 3, 80, 80), np.float32)
logits = asyncio.run(infer(zeros))
print(logits.shape, logits.argmax())
[row] = asyncio.run(explain([{"y": [3], "features.12": [5]}]))
heatmap = row["heatmap"]["tensor"]
print(heatmap["shape"], row["trust"]["ratio"])
# end example

import httpx
from sample import CONDITION, MODEL, image_input, own_heatmap, own_prediction, tensor_input

checked = []


def check(what, holds):
    assert holds, what
    checked.append(what)


async def version_2(sample):
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
        check("V2 live", await client.is_server_live(url))
        check("V2 ready", await client.is_server_ready(url))
        check("V2 model ready", await client.is_model_ready(url, MODEL))
        check("V2 unknown model not ready", not await client.is_model_ready(url, "no-such-model"))
        expected = np.frombuffer(own_prediction(url, [tensor_input(sample)]), np.float32).reshape(2, 8)
        for binary in (True, False):
            given = InferInput("input", list(sample.shape), "FP32")
            given.set_data_from_numpy(sample, binary_data=binary)
            request = InferRequest(
                model_name=MODEL, infer_inputs=[given], parameters={"binary_data_output": binary}
            )
            answer = await client.infer(url, request, model_name=MODEL)
            check(f"V2 infer, binary={binary}", np.array_equal(answer.outputs[0].as_numpy(), expected))


async def version_1(sample):
    async with InferenceRESTClient(RESTConfig(protocol="v1")) as client:
        check("V1 live", await client.is_server_live(url))
        check("V1 model ready", await client.is_model_ready(url, MODEL))
        expected = np.frombuffer(own_prediction(url, [tensor_input(sample)]), np.float32).reshape(2, 8)
        answer = await client.infer(url, {"instances": sample.tolist()}, model_name=MODEL)
        check("V1 predict", np.array_equal(np.array(answer["predictions"], np.float32), expected))
        body = {"instances": [{"b64": image}], "parameters": {"conditions": [CONDITION]}}
        answer = await client.explain(url, MODEL, body)
        own = np.frombuffer(own_heatmap(url, [image_input()]), np.float32)
        for given in (answer["explanations"][0]["heatmap"]["tensor"], heatmap):
            check("V1 explain", np.array_equal(np.array(given["data"], np.float32), own))
        try:
            await client.infer(url, {"instances": sample.tolist()}, model_name="no-such-model")
        except httpx.HTTPStatusError as error:
            check("V1 unknown model", "404" in str(error) and "no-such-model" in str(error))


expected = np.frombuffer(own_prediction(url, [tensor_input(zeros)]), np.float32)
check("V2 infer, example", np.array_equal(logits[0], expected))
sample = np.random.default_rng(1).normal(size=(2, 3, 80, 80)).astype(np.float32)
asyncio.run(version_2(sample))
asyncio.run(version_1(sample))
print(f"kserve: {len(checked)} checks passed: {', '.join(checked)}")
