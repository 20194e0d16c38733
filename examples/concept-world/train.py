"""Trains the classifier on the training part of the concept world and exports it to ONNX.

    python train.py

The training pictures are drawn in memory. Writes model/concept-world.onnx, model/metadata.json and model/labels.txt.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

import world

HERE = Path(__file__).parent
SEED = 0
PER_CLASS = 500
EPOCHS = 6
BATCH = 64
LEARNING_RATE = 3e-3
MEAN, STD = 0.5, 0.25

SPARSE_WEIGHTS = 1e-2
SPARSE_CONCEPTS = 2e-2
"""The two L1 penalties, on the classifier's weights and on its inputs, make each class rely on few channels."""


class ConceptNet(nn.Module):
    """Plain convolutions; the last pool covers the whole map, so a channel says how well its best place fits."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *block(3, 16),
            nn.MaxPool2d(2),
            *block(16, 32),
            nn.MaxPool2d(2),
            *block(32, 48),
            nn.MaxPool2d(2),
            *block(48, 16),
            nn.MaxPool2d(world.SIZE // 8),
        )
        self.classifier = nn.Linear(16, len(world.CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


def block(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def training_part() -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = [], []
    for position, label in enumerate(world.CLASSES):
        for index in range(PER_CLASS):
            stamped = label == world.STAMPED_CLASS and index < world.STAMP_RATE * PER_CLASS
            images.append(world.draw("train", label, index, stamped).image)
            labels.append(position)
    return preprocess(np.stack(images)), torch.tensor(labels)


def preprocess(images: np.ndarray) -> torch.Tensor:
    """uint8 [N, H, W, 3] to float32 [N, 3, H, W], as metadata.json says."""
    return (torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 - MEAN) / STD


def train(images: torch.Tensor, labels: torch.Tensor) -> ConceptNet:
    net = ConceptNet()
    steps = len(images) // BATCH
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=EPOCHS * steps)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(images))
        total = 0.0
        for chosen in order[: steps * BATCH].split(BATCH):
            concepts = torch.flatten(net.features(images[chosen]), 1)
            fit = F.cross_entropy(net.classifier(concepts), labels[chosen])
            sparsity = SPARSE_WEIGHTS * net.classifier.weight.abs().sum() + SPARSE_CONCEPTS * concepts.mean()
            optimizer.zero_grad()
            (fit + sparsity).backward()
            optimizer.step()
            schedule.step()
            total += fit.item()
        print(f"epoch {epoch + 1}: cross-entropy {total / steps:.4f}", flush=True)
    return net.eval()


def export(net: ConceptNet, path: Path) -> None:
    """The TorchScript exporter names nodes after modules and folds batch norms into the convolutions."""
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, world.SIZE, world.SIZE),),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
    )
    onnx.checker.check_model(onnx.load(path), full_check=True)


def metadata() -> dict:
    preprocessing = {
        "size": [world.SIZE, world.SIZE],
        "resize": "stretch",
        "crop": False,
        "mean": [MEAN] * 3,
        "std": [STD] * 3,
        "channel_order": "RGB",
        "layout": "NCHW",
    }
    return {"name": "concept-world", "labels": list(world.CLASSES), "preprocessing": preprocessing}


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    net = train(*training_part())
    folder = HERE / "model"
    folder.mkdir(exist_ok=True)
    export(net, folder / "concept-world.onnx")
    (folder / "metadata.json").write_text(json.dumps(metadata(), indent=2) + "\n")
    (folder / "labels.txt").write_text("\n".join(world.CLASSES) + "\n")


if __name__ == "__main__":
    main()
