"""zennit-crp's feature visualization of a folder of pictures, as its documentation shows it."""

import contextlib
import json
import os
from pathlib import Path

import torchvision_shim  # noqa: F401  must come before torchvision
from crp.concepts import ChannelConcept
from crp.visualization import FeatureVisualization
from PIL import Image
from torch.utils.data import Dataset
from torchvision.transforms import Normalize
from torchvision.transforms.functional import to_tensor

NORMALIZE = Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class Pictures(Dataset):
    """The pictures of a folder in the order of its manifest.jsonl."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / "manifest.jsonl").read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        self.samples = [(folder / entry["path"], entry["label"]) for entry in entries]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int):
        path, label = self.samples[index]
        with Image.open(path) as picture:
            return to_tensor(picture.convert("RGB")), label


def feature_visualization(bench, request: dict) -> None:
    """Runs over the pictures of a round; the files lie in the folder `path` followed by the round."""
    count = request["images"]
    first = (request["round"] - 1) * count
    layers = {layer: ChannelConcept() for layer in request["layers"]}
    path = f"{request['path']}-{request['round']}"
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        visualization = FeatureVisualization(
            bench.attribution, Pictures(Path(request["pictures"])), layers, preprocess_fn=NORMALIZE, path=path
        )
        visualization.run(bench.composite, first, first + count, batch_size=request["batch"])
