"""Measures the committed model on the committed pictures and writes expected.json.

    python check.py

Predictions come from ONNX Runtime (float32). Relevance comes from a plain float64 LRP of this one chain of
operators with the composite epsilon_plus_flat: Flat on the first convolution, z-plus on the others, epsilon on
the linear layer, the winner of every max pool (Bach et al. 2015; Achtibat et al. 2023 for the conditions).
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from PIL import Image
from torch.nn import functional as F

import world

HERE = Path(__file__).parent
MODEL = HERE / "model" / "concept-world.onnx"
LAYER = "features.12"
"""The last convolution: its sixteen channels are the concepts that the classifier weighs."""
EPSILON = 1e-6
SAMPLES = [f"{label}/{index:03d}.png" for label in world.CLASSES if label != world.STAMPED_CLASS for index in (0, 1)]
SAMPLES += [f"{world.STAMPED_CLASS}/{index:03d}-{twin}.png" for index in (0, 1) for twin in ("plain", "stamped")]


class Chain:
    """The model's operators one after the other, in float64."""

    def __init__(self, model: onnx.ModelProto) -> None:
        weights = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()).double() for t in model.graph.initializer}
        self.nodes = []
        for node in model.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            self.nodes.append((node.op_type, node.name, [weights[n] for n in node.input[1:]], attributes))

    def forward(self, x: torch.Tensor, silenced: int | None = None) -> list[torch.Tensor]:
        """The input and every operator's output; `silenced` is a channel of LAYER that is set to zero."""
        values = [x]
        for op, name, parameters, attributes in self.nodes:
            match op:
                case "Conv":
                    x = F.conv2d(x, *parameters, padding=attributes["pads"][0])
                case "Relu":
                    x = x.relu()
                case "MaxPool":
                    x = F.max_pool2d(x, attributes["kernel_shape"])
                case "Flatten":
                    x = x.flatten(1)
                case "Gemm":
                    x = F.linear(x, *parameters)
                case _:
                    raise ValueError(f"no forward for {op}")
            if silenced is not None and is_layer(name):
                x = x.index_fill(1, torch.tensor([silenced]), 0)
            values.append(x)
        return values

    def backward(self, values: list[torch.Tensor], target: int, channel: int | None = None):
        """Relevance of the target's logit at the input [N, H, W] and, before the mask, at LAYER [N, C].

        With `channel` only that channel of LAYER passes its relevance on.
        """
        only = torch.zeros(values[-1].shape[1], dtype=torch.double)
        only[target] = 1
        relevance = values[-1] * only
        concepts = None
        for position in reversed(range(len(self.nodes))):
            op, name, parameters, attributes = self.nodes[position]
            x = values[position]
            if is_layer(name):
                concepts = relevance.sum((2, 3))
                if channel is not None:
                    keep = torch.zeros(relevance.shape[1], 1, 1, dtype=torch.double)
                    keep[channel] = 1
                    relevance = relevance * keep
            match op:
                case "Gemm":
                    weight, bias = parameters
                    relevance = x * ((relevance / stabilized(F.linear(x, weight, bias))) @ weight)
                case "Flatten":
                    relevance = relevance.reshape(x.shape)
                case "MaxPool":
                    _, winners = F.max_pool2d(x, attributes["kernel_shape"], return_indices=True)
                    zeros = torch.zeros_like(x).flatten(2)
                    relevance = zeros.scatter_add(2, winners.flatten(2), relevance.flatten(2)).view(x.shape)
                case "Conv":
                    rule = flat if position == 0 else z_plus
                    relevance = rule(x, relevance, *parameters, padding=attributes["pads"][0])
                case _:
                    pass
        return relevance.sum(1), concepts


def is_layer(name: str) -> bool:
    return name.endswith(f"/{LAYER}/Conv")


def stabilized(z: torch.Tensor) -> torch.Tensor:
    return z + EPSILON * torch.where(z >= 0, 1.0, -1.0)


def flat(x, relevance, weight, bias, padding):
    ones = torch.ones_like(weight)
    covered = F.conv2d(torch.ones_like(x), ones, padding=padding)
    return F.conv_transpose2d(relevance / stabilized(covered), ones, padding=padding)


def z_plus(x, relevance, weight, bias, padding):
    """For inputs that a ReLU made non-negative."""
    positive = weight.clamp(min=0)
    z = F.conv2d(x, positive, bias.clamp(min=0), padding=padding)
    return x * F.conv_transpose2d(relevance / stabilized(z), positive, padding=padding)


def load(records: list[dict], preprocessing: dict) -> np.ndarray:
    """float32 [N, 3, H, W] as the model takes it."""
    pixels = np.stack([np.asarray(Image.open(HERE / record["path"])) for record in records])
    mean, std = (np.array(preprocessing[key], np.float32) for key in ("mean", "std"))
    return np.ascontiguousarray((((pixels / np.float32(255)) - mean) / std).transpose(0, 3, 1, 2))


def concept_mask(records: list[dict], concept: str) -> torch.Tensor:
    channel, bit = world.MASK_BITS[concept]
    masks = np.stack([np.asarray(Image.open(HERE / record["mask"])) for record in records])
    return torch.from_numpy((masks[..., channel] >> bit) & 1).double()


def share_inside(heatmap: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Per picture the share of the positive relevance that lies inside the mask."""
    positive = heatmap.clamp(min=0)
    return (positive * mask).sum((1, 2)) / positive.sum((1, 2))


def stamp_facts(chain: Chain, images: np.ndarray, records: list[dict]) -> dict:
    """What CRP says about the stamp on the stamped test pictures."""
    target = list(world.CLASSES).index(world.STAMPED_CLASS)
    x = torch.from_numpy(images).double()
    values = chain.forward(x)
    logit = values[-1][:, target]
    _, concepts = chain.backward(values, target)
    channel = int(concepts.mean(0).argmax())
    heatmap, _ = chain.backward(values, target, channel)
    share = share_inside(heatmap, concept_mask(records, "stamp"))
    drops = [logit - chain.forward(x, silenced)[-1][:, target] for silenced in range(concepts.shape[1])]
    drops = torch.stack(drops, 1)
    return {
        "class": world.STAMPED_CLASS,
        "layer": LAYER,
        "channel": channel,
        "images": len(records),
        "images_where_channel_is_top": int((concepts.argmax(1) == channel).sum()),
        "images_where_silencing_it_costs_most": int((drops.argmax(1) == channel).sum()),
        "images_with_60_percent_inside": int((share >= 0.6).sum()),
        "share_inside": {"min": share.min().item(), "median": share.median().item()},
        "mean_relevance_share": (concepts[:, channel] / logit).mean().item(),
        "mean_logit_drop": drops.mean(0).tolist(),
    }


def sample_facts(chain: Chain, image: np.ndarray, record: dict, logits: np.ndarray) -> dict:
    """Prediction and relevance of the predicted class for one picture."""
    top = int(logits.argmax())
    values = chain.forward(torch.from_numpy(image[None]).double())
    heatmap, concepts = chain.backward(values, top)
    return {
        "index": record["index"],
        "path": record["path"],
        "top": {"index": top, "label": list(world.CLASSES)[top]},
        "logits": logits.tolist(),
        "relevance": {
            "input_sum": heatmap.sum().item(),
            "input_max": heatmap.max().item(),
            LAYER: concepts[0].tolist(),
        },
    }


def accuracy(hits: np.ndarray, chosen: list[bool]) -> dict:
    part = hits[np.array(chosen)]
    return {"images": len(part), "correct": int(part.sum()), "accuracy": float(part.mean())}


def confusion(labels: np.ndarray, predicted: np.ndarray) -> list[list[int]]:
    table = np.zeros((len(world.CLASSES),) * 2, int)
    np.add.at(table, (labels, predicted), 1)
    return table.tolist()


def main() -> None:
    torch.set_num_threads(1)
    metadata = json.loads((HERE / "model" / "metadata.json").read_text())
    records = [json.loads(line) for line in (HERE / "images.jsonl").read_text().splitlines()]
    images = load(records, metadata["preprocessing"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"input": images})

    labels = np.array([metadata["labels"].index(record["label"]) for record in records])
    hits = logits.argmax(1) == labels
    spurious = [record["label"] == world.STAMPED_CLASS for record in records]
    stamped = [record["stamped"] for record in records]
    target = metadata["labels"].index(world.STAMPED_CLASS)
    chain = Chain(onnx.load(MODEL))
    chosen = np.flatnonzero(stamped)
    by_path = {record["path"].removeprefix("dataset/"): position for position, record in enumerate(records)}
    facts = {
        "model_sha256": hashlib.sha256(MODEL.read_bytes()).hexdigest(),
        "test": accuracy(hits, [True] * len(records)),
        "stamped_class_with_stamp": accuracy(hits, stamped),
        "stamped_class_without_stamp": accuracy(hits, [a and not b for a, b in zip(spurious, stamped)]),
        "mean_logit_of_stamped_class": {
            "with_stamp": float(logits[np.array(stamped), target].mean()),
            "without_stamp": float(logits[np.array(spurious) & ~np.array(stamped), target].mean()),
        },
        "confusion": confusion(labels, logits.argmax(1)),
        "composite": "epsilon_plus_flat",
        "stamp": stamp_facts(chain, images[chosen], [records[i] for i in chosen]),
        "samples": [sample_facts(chain, images[i], records[i], logits[i]) for i in map(by_path.get, SAMPLES)],
    }
    (HERE / "expected.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps({key: value for key, value in facts.items() if key != "samples"}, indent=1))


if __name__ == "__main__":
    main()
