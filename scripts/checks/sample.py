"""What the checks share: the demo model's picture, and the service's own answers to compare with."""

import base64
import json
import pathlib
import urllib.request

MODEL = "concept-world"
ROOT = pathlib.Path(__file__).parents[2]
PICTURE = (ROOT / "examples/concept-world/dataset/green-speckled-cross/002-stamped.png").read_bytes()
CONDITION = {"y": [3], "features.12": [5]}


def post(url, body):
    """The JSON answer to a JSON request."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def fp32(tensor):
    """The bytes of a tensor of an answer."""
    return base64.b64decode(tensor["base64"])


def own_prediction(url, inputs):
    """The output row of each sample, from our own route."""
    body = {"inputs": inputs, "output": {"prediction": {"tensor": True}}}
    results = post(f"{url}/v1/models/{MODEL}/predictions", body)["results"]
    return b"".join(fp32(row["prediction"]["tensor"]) for row in results)


def own_heatmap(url, inputs):
    """The conditional heatmap of each sample, from our own route."""
    body = {"model": MODEL, "inputs": inputs, "conditions": [CONDITION], "output": {"heatmap": ["tensor"]}}
    return b"".join(fp32(row["heatmap"]["tensor"]) for row in post(f"{url}/v1/attributions", body)["results"])


def image_input():
    """The picture as our own routes take it."""
    return {"image": {"base64": base64.b64encode(PICTURE).decode()}}


def tensor_input(array):
    """A NumPy array as our own routes take it."""
    data = base64.b64encode(array.tobytes()).decode()
    return {"tensor": {"shape": list(array.shape), "datatype": "FP32", "base64": data}}
