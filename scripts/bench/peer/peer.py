"""zennit-crp's side of `npm run bench:peer`.

    python peer.py MODEL WEIGHTS_FOLDER THREADS

reads one JSON object a line from standard input and answers each with one line. `{"work": KIND, "round": N, ...}` does
one piece of work on the image of round N and answers `{"ms": wall time}`; with `"save": PATH` the result is written as
.npy as well. To add a kind of work, write a function `(bench, request) -> result` and put it into WORK.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parent / "../../verify-peer"))
import torchvision_shim  # noqa: E402,F401  must come before torchvision
import torchvision
from crp.attribution import CondAttribution
from visualization import feature_visualization
from zennit.composites import EpsilonPlusFlat
from zennit.torchvision import ResNetCanonizer, VGGCanonizer

CANONIZERS = {"vgg16": VGGCanonizer, "resnet50": ResNetCanonizer}
IMAGE = (1, 3, 224, 224)


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Tensors by name, as weights.ts has written them."""
    index = json.loads((folder / "weights.json").read_text())
    values = np.fromfile(folder / "weights.bin", np.float32)
    return {
        entry["name"]: torch.from_numpy(values[entry["offset"] : entry["offset"] + np.prod(entry["shape"], dtype=int)].reshape(entry["shape"]).copy())
        for entry in index
    }


def load_model(name: str, folder: Path) -> torch.nn.Module:
    """torchvision's model with the weights of the ONNX file, whose batch norms are folded: they change nothing but the bias."""
    model = torchvision.models.get_model(name, weights=None).eval()
    weights = read_weights(folder)
    state = model.state_dict()
    with torch.no_grad():
        for path, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                conv = path.replace("bn", "conv").replace("downsample.1", "downsample.0")
                state[f"{path}.weight"].fill_((1 + module.eps) ** 0.5)
                state[f"{path}.bias"].copy_(weights.pop(f"{conv}.bias"))
        for key, value in weights.items():
            state[key].copy_(value)
    return model


def image(round_number: int) -> torch.Tensor:
    """The image that cases.ts makes for the same round."""
    steps = np.arange(np.prod(IMAGE), dtype=np.float64)
    values = np.sin(steps * 12.9898 + round_number * 78.233).astype(np.float32)
    return torch.from_numpy(values.reshape(IMAGE))


class Bench:
    """A model and everything that the peer keeps between two calls."""

    def __init__(self, name: str, folder: Path) -> None:
        self.model = load_model(name, folder)
        self.attribution = CondAttribution(self.model)
        self.composite = EpsilonPlusFlat(canonizers=[CANONIZERS[name]()])


def forward(bench: Bench, request: dict):
    with torch.no_grad():
        return bench.model(image(request["round"]))


def heatmap(bench: Bench, request: dict):
    """The heatmap of one class."""
    data = image(request["round"]).requires_grad_()
    return bench.attribution(data, [{"y": [request["y"]]}], bench.composite).heatmap


def conditions(bench: Bench, request: dict):
    """One heatmap for each channel of a layer, in batches as zennit-crp's `generate` makes them."""
    data = image(request["round"]).requires_grad_()
    named = [{"y": [request["y"]], request["layer"]: [channel]} for channel in range(request["channels"])]
    batches = bench.attribution.generate(
        data, named, bench.composite, record_layer=[], batch_size=request["batch"], verbose=False
    )
    return torch.cat([attribution.heatmap for attribution in batches])


WORK = {
    "forward": forward,
    "heatmap": heatmap,
    "conditions": conditions,
    "feature_visualization": feature_visualization,
}


def main() -> None:
    name, folder, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    bench = Bench(name, Path(folder))
    print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        result = WORK[request["work"]](bench, request)
        elapsed = 1000 * (time.perf_counter() - start)
        if "save" in request:
            np.save(request["save"], result.detach().numpy())
        print(json.dumps({"ms": elapsed}), flush=True)


if __name__ == "__main__":
    main()
