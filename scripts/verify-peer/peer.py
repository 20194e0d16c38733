"""Writes one torchvision model from both exporters, inputs, and zennit's relevance in float64 and float32.

    python peer.py NAME FOLDER [--inputs 8] [--seed 0]
"""

import argparse
import copy
import json
import time
import warnings
from pathlib import Path

import numpy as np
import torch

from peer_models import MODELS, pictures, seeded
from zennit.composites import EpsilonPlusFlat

warnings.filterwarnings("ignore")


def export(model, size, folder):
    example = torch.randn(2, 3, size, size)
    common = {"input_names": ["input"], "output_names": ["output"]}
    torch.onnx.export(
        model, (example,), folder / "ts.onnx", dynamo=False, opset_version=17, dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}, **common
    )
    batch = torch.export.Dim("batch")
    torch.onnx.export(
        model, (example,), folder / "dynamo.onnx", dynamo=True, opset_version=20, external_data=False, verbose=False, dynamic_shapes=({0: batch},), **common
    )


def relevance(model, canonizer, inputs, targets):
    """Relevance at the input, one pass for each input; it starts at the logit of the target."""
    composite = EpsilonPlusFlat(canonizers=[canonizer()])
    parts = []
    for x, target in zip(inputs, targets):
        with composite.context(model) as hooked:
            x = x[None].clone().requires_grad_()
            output = hooked(x)
            start = torch.zeros_like(output)
            start[0, target] = output[0, target].detach()
            parts.append(torch.autograd.grad(output, x, start)[0])
    return torch.cat(parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inputs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    entry = MODELS[args.name]
    args.folder.mkdir(parents=True, exist_ok=True)
    model = seeded(args.name, args.seed)
    inputs = pictures(args.inputs, entry.size, args.seed + 2)
    with torch.no_grad():
        double = copy.deepcopy(model).double()
        targets = torch.cat([double(x[None].double()).argmax(1) for x in inputs])
    np.save(args.folder / "input.npy", inputs.numpy())
    export(model, entry.size, args.folder)
    seconds = {}
    for kind, peer, values in (("float64", double, inputs.double()), ("float32", model, inputs)):
        begin = time.perf_counter()
        np.save(args.folder / f"{kind}.npy", relevance(peer, entry.canonizer, values, targets).numpy())
        seconds[kind] = time.perf_counter() - begin
    facts = {"targets": targets.tolist(), "size": entry.size, "seconds": seconds}
    (args.folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
