"""Writes random networks, random conditions, and what zennit-crp computes for them in float64 and float32.

    python crp_peer.py FOLDER --seed 0 --nets 12 --cases 10

For each network a folder with net.onnx, cases.json (requests of `POST /v1/attributions` without inputs), and
<case>-<array>-<float64|float32>.npy.
"""

import argparse
import copy
import json
import random
import warnings
from pathlib import Path

import numpy as np
import torch
import torchvision_shim  # noqa: F401  must come before zennit
from crp.attribution import CondAttribution
from crp.concepts import ChannelConcept
from crp_nets import random_net, tap_of
from zennit.canonizers import SequentialMergeBatchNorm
from zennit import composites

warnings.filterwarnings("ignore")

COMPOSITES = {
    "epsilon_plus_flat": (composites.EpsilonPlusFlat, {}),
    "epsilon_plus": (composites.EpsilonPlus, {}),
    "epsilon_alpha2_beta1": (composites.EpsilonAlpha2Beta1, {}),
    "epsilon_alpha2_beta1_flat": (composites.EpsilonAlpha2Beta1Flat, {}),
    "epsilon_gamma_box": (composites.EpsilonGammaBox, {"low": -3.0, "high": 3.0}),
}


def serial(places, rng, most):
    """Some layers from output to input of which no two run beside each other."""
    chosen = []
    for place in rng.sample(places, len(places)):
        beside = any(
            place.branch and other.branch and place.branch[0] == other.branch[0] and place.branch[1] != other.branch[1]
            for other in chosen
        )
        if len(chosen) < most and not beside:
            chosen.append(place)
    return sorted(chosen, key=places.index, reverse=True)


def concepts(place, neurons, rng):
    channels = rng.sample(range(place.shape[0]), rng.randint(1, min(3, place.shape[0])))
    if not neurons:
        return [] if rng.random() < 0.05 else channels
    size = int(np.prod(place.shape[1:]))
    return {str(c): rng.sample(range(size), rng.randint(1, min(2, size))) for c in channels}


def random_case(net, rng):
    """A request, what it masks by neuron, and how relevance starts at the peer."""
    places = net.places
    start = rng.choice(places[2:]) if rng.random() < 0.3 else None
    below = places if start is None else places[: places.index(start)]
    if start is not None and start.branch:
        below = [place for place in below if place.branch is None or place.branch == start.branch or place.branch[0] != start.branch[0]]
    layers = serial(below, rng, rng.randint(0 if start is None else 1, 3))
    neurons = {place.name: len(place.shape) == 3 and rng.random() < 0.3 for place in layers}
    inputs, rows = rng.randint(1, 2), rng.randint(1, 4)
    conditions = []
    for _ in range(rows):
        condition = {} if start else {"y": rng.sample(range(5), rng.randint(1, 2))}
        condition |= {place.name: concepts(place, neurons[place.name], rng) for place in layers}
        conditions.append(condition)
    composite = rng.choice(list(COMPOSITES))
    named = {"name": composite, **COMPOSITES[composite][1]}
    request = {"conditions": conditions, "composite": named, "exclude_parallel": rng.random() < 0.5}
    if start:
        request["start_layer"] = start.name
    request["init_relevance"] = rng.choice(["prediction", "absolute", rng.randint(1, 3), "tensor"])
    recorded = rng.sample(below, min(2, len(below)))
    request["record"] = {place.name: {"relevance": True, "activation": True} for place in recorded}
    return request, neurons, start, recorded, inputs


def peer_condition(condition):
    return {
        layer: {int(c): at for c, at in ids.items()} if isinstance(ids, dict) else ids for layer, ids in condition.items()
    }


def attribute(net, request, neurons, start, recorded, x, init):
    composite, parameters = COMPOSITES[request["composite"]["name"]]
    given = {key: torch.tensor(value, dtype=x.dtype) for key, value in parameters.items()}
    starts = {"prediction": None, "absolute": torch.abs, "tensor": init}
    kind = request["init_relevance"]
    mask = ChannelConcept()
    return CondAttribution(net)(
        x.clone().requires_grad_(),
        [peer_condition(condition) for condition in request["conditions"]],
        composite(canonizers=[SequentialMergeBatchNorm()], **given),
        record_layer=[tap_of(place) for place in recorded],
        mask_map={name: mask.mask_rf if by_neuron else mask.mask for name, by_neuron in neurons.items()},
        start_layer=tap_of(start) if start else None,
        init_rel=kind if isinstance(kind, int) else starts[kind],
        exclude_parallel=request["exclude_parallel"],
    )


def write_case(net, double, number, rng, folder):
    request, neurons, start, recorded, inputs = random_case(net, rng)
    x = torch.randn(inputs, *net.input_shape)
    conditions = len(request["conditions"])
    # The peer pairs as many samples with as many conditions, and crosses them otherwise.
    request["pairing"] = "zip" if inputs == conditions else "product"
    rows = inputs if inputs == conditions else inputs * conditions
    shape = start.shape if start else (5,)
    init = torch.rand(rows, *shape) if request["init_relevance"] == "tensor" else None
    save = lambda name, values: np.save(folder / f"{number}-{name}.npy", values.detach().float().numpy())
    save("input", x)
    if init is not None:
        save("init", init)
    for kind, model, cast in (("float64", double, torch.Tensor.double), ("float32", net, torch.Tensor.float)):
        result = attribute(model, request, neurons, start, recorded, cast(x), None if init is None else cast(init))
        save(f"heatmap-{kind}", result.heatmap)
        for place in recorded:
            save(f"relevance-{place.name}-{kind}", result.relevances[tap_of(place)])
            save(f"activation-{place.name}-{kind}", result.activations[tap_of(place)])
    return request


def write_net(seed, cases, folder):
    folder.mkdir(parents=True, exist_ok=True)
    net = random_net(seed)
    double = copy.deepcopy(net).double()
    names = {"input_names": ["input"], "output_names": ["output"]}
    axes = {"input": {0: "batch"}, "output": {0: "batch"}}
    example = torch.randn(2, *net.input_shape)
    torch.onnx.export(net, (example,), folder / "net.onnx", dynamo=False, opset_version=17, dynamic_axes=axes, **names)
    rng = random.Random(seed + 1)
    requests = [write_case(net, double, number, rng, folder) for number in range(cases)]
    (folder / "cases.json").write_text(json.dumps(requests))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--nets", type=int, required=True)
    parser.add_argument("--cases", type=int, required=True)
    args = parser.parse_args()
    for number in range(args.nets):
        write_net(args.seed + number, args.cases, args.folder / str(number))


if __name__ == "__main__":
    main()
