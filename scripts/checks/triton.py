"""tritonclient does metadata, ready, infer and explain over HTTP with binary tensors; answers equal those of /v1 to the bit."""

import sys

url = sys.argv[1]
host = url.removeprefix("http://")

# begin example
import json
import urllib.request

import numpy as np
import tritonclient.http as triton

client = triton.InferenceServerClient(host)
with open("examples/concept-world/dataset/green-speckled-cross/002-stamped.png", "rb") as file:
    images = np.array([file.read()], dtype=np.object_)
given = triton.InferInput("input", list(images.shape), "BYTES")
given.set_data_from_numpy(images)
logits = client.infer("concept-world", [given]).as_numpy("logits")
print(logits.shape, logits.argmax())

# There is no method for explanations: the client writes the request and reads the answer.
parameters = {"conditions": json.dumps([{"y": [3], "features.12": [5]}])}
body, length = client.generate_request_body([given], parameters=parameters)
headers = {"content-type": "application/octet-stream", "inference-header-content-length": str(length)}
request = urllib.request.Request(f"http://{host}/v2/models/concept-world/explain", body, headers)
with urllib.request.urlopen(request) as answer:
    length = int(answer.headers["inference-header-content-length"])
    explanation = client.parse_response_body(answer.read(), header_length=length)
heatmap = explanation.as_numpy("heatmap")
meta = json.loads(explanation.as_numpy("meta")[0])
print(heatmap.shape, meta["results"][0]["trust"]["ratio"])
# end example

from sample import CONDITION, MODEL, PICTURE, image_input, own_heatmap, own_prediction, tensor_input
from tritonclient.utils import InferenceServerException

checked = []


def check(what, holds):
    assert holds, what
    checked.append(what)


def tensor(array, name="input", datatype="FP32", binary=True):
    given = triton.InferInput(name, list(array.shape), datatype)
    given.set_data_from_numpy(array, binary_data=binary)
    return given


def explain(inputs, parameters, outputs=None):
    """explain has no method of its own; the client writes the request and reads the answer."""
    body, length = client.generate_request_body(inputs, outputs=outputs, parameters=parameters)
    headers = {} if length is None else {"Inference-Header-Content-Length": str(length)}
    request = urllib.request.Request(f"{url}/v2/models/{MODEL}/explain", body, headers)
    request.add_header("content-type", "application/octet-stream")
    with urllib.request.urlopen(request) as answer:
        header = answer.headers.get("Inference-Header-Content-Length")
        return client.parse_response_body(answer.read(), header_length=header and int(header))


def refusal(work):
    try:
        work()
    except InferenceServerException as error:
        return error
    raise AssertionError("was not refused")


check("server live", client.is_server_live())
check("server ready", client.is_server_ready())
server = client.get_server_metadata()
check("server metadata", server["name"] == "crp-serve" and "binary_tensor_data" in server["extensions"])
check("model ready", client.is_model_ready(MODEL))
check("unknown model not ready", not client.is_model_ready("no-such-model"))
model = client.get_model_metadata(MODEL)
[declared], [output] = model["inputs"], model["outputs"]
check("model metadata", declared["shape"] == [-1, 3, 80, 80] and declared["datatype"] == "FP32")
version = model["versions"][0]
check("model ready by version", client.is_model_ready(MODEL, version))

sample = np.random.default_rng(1).normal(size=(2, 3, 80, 80)).astype(np.float32)
expected = np.frombuffer(own_prediction(url, [tensor_input(sample)]), np.float32).reshape(2, 8)
for binary in (True, False):
    given = [tensor(sample, declared["name"], binary=binary)]
    wanted = [triton.InferRequestedOutput(output["name"], binary_data=binary)]
    answer = client.infer(MODEL, given, outputs=wanted, request_id="7", model_version=version)
    check(f"infer, binary={binary}", np.array_equal(answer.as_numpy(output["name"]), expected))
    check("infer, id", answer.get_response()["id"] == "7")
for coding in ("gzip", "deflate"):
    answer = client.infer(
        MODEL, [tensor(sample)], request_compression_algorithm=coding, response_compression_algorithm=coding
    )
    check(f"infer, {coding} both ways", np.array_equal(answer.as_numpy(output["name"]), expected))
answer = client.infer(MODEL, [tensor(np.round(sample).astype(np.float16), datatype="FP16")])
check("infer, FP16", answer.as_numpy(output["name"]).shape == (2, 8))
error = refusal(lambda: client.infer(MODEL, [tensor(np.full((1, 3, 80, 80), 0.1), datatype="FP64")]))
check("inexact FP64 is refused", error.status() == "422" and "not exact" in error.message())

picture = np.array([PICTURE], dtype=np.object_)
expected = np.frombuffer(own_prediction(url, [image_input()]), np.float32)
check("example, infer", np.array_equal(logits[0], expected))
answer = client.infer(MODEL, [tensor(picture, datatype="BYTES")])
check("infer, image as BYTES", np.array_equal(answer.as_numpy(output["name"])[0], expected))

own = np.frombuffer(own_heatmap(url, [image_input()]), np.float32).reshape(1, 80, 80)
check("example, explain", np.array_equal(heatmap, own))
parameters = {"conditions": [CONDITION], "record": {"features.12": {"concepts": 2}}}
for given in (parameters, {name: json.dumps(value) for name, value in parameters.items()}):
    answer = explain([tensor(picture, datatype="BYTES")], given)
    check("explain, image, binary", np.array_equal(answer.as_numpy("heatmap"), own))
    check("explain, recorded layer", answer.as_numpy("relevance/features.12").shape == (1, 16, 10, 10))
    meta = json.loads(answer.as_numpy("meta")[0])
    check("explain, trust", meta["results"][0]["trust"]["finite"])
outputs = [triton.InferRequestedOutput("heatmap"), triton.InferRequestedOutput("meta", binary_data=False)]
answer = explain([tensor(sample)], {"conditions": [CONDITION]}, outputs)
own = np.frombuffer(own_heatmap(url, [tensor_input(sample)]), np.float32).reshape(2, 80, 80)
check("explain, tensor, mixed outputs", np.array_equal(answer.as_numpy("heatmap"), own))

error = refusal(lambda: client.infer("no-such-model", [tensor(sample)]))
check("unknown model", error.status() == "404" and "no-such-model" in error.message())
error = refusal(lambda: client.infer(MODEL, [tensor(sample[:, :1])]))
check("wrong shape", error.status() == "422")
print(f"tritonclient: {len(checked)} checks passed: {', '.join(dict.fromkeys(checked))}")
