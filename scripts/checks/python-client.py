"""A client that openapi-python-client generates uploads the demo model, explains an image, and reads the heatmap."""

import base64
import json
import pathlib
import subprocess
import sys

from sample import CONDITION, MODEL, PICTURE, ROOT, image_input, own_heatmap

url, work = sys.argv[1], pathlib.Path(sys.argv[2])
subprocess.run(
    ["openapi-python-client", "generate", "--path", ROOT / "openapi/openapi.json"]
    + ["--output-path", work / "crp_client", "--meta", "none"],
    check=True,
    stdout=subprocess.DEVNULL,
)
sys.path.insert(0, str(work))

from crp_client import Client
from crp_client.api.attributions import create_attribution
from crp_client.api.models import create_model, delete_model, get_model
from crp_client.models import AttributionRequest, CreateModelBody, Model, ModelMetadata, Problem
from crp_client.types import File

client = Client(base_url=url, raise_on_unexpected_status=True)
folder = ROOT / "examples/concept-world/model"
metadata = json.loads((folder / "metadata.json").read_text()) | {"name": "uploaded-from-python"}
with (folder / "concept-world.onnx").open("rb") as file:
    body = CreateModelBody(ModelMetadata.from_dict(metadata), File(file, "concept-world.onnx"))
    model = create_model.sync(client=client, body=body)
assert isinstance(model, Model) and model.labels == metadata["labels"], model
assert get_model.sync("uploaded-from-python", client=client).sha256 == model.sha256

request = {
    "model": model.name,
    "inputs": [image_input()],
    "conditions": [CONDITION],
    "output": {"heatmap": ["png", "tensor"]},
}
answer = create_attribution.sync(client=client, body=AttributionRequest.from_dict(request))
[row] = answer.results
assert base64.b64decode(row.heatmap.png).startswith(b"\x89PNG"), "the heatmap is no PNG"
assert base64.b64decode(row.heatmap.tensor.base64) == own_heatmap(url, [image_input()])
assert row.trust.finite

unknown = create_attribution.sync(
    client=client, body=AttributionRequest.from_dict(request | {"model": "no-such-model"})
)
assert isinstance(unknown, Problem) and unknown.code == "unknown-model", unknown
assert delete_model.sync_detailed("uploaded-from-python", client=client).status_code == 204
print(f"openapi-python-client: uploaded {MODEL}, explained {len(PICTURE)} bytes of PNG, read the heatmap, a problem, deleted")
