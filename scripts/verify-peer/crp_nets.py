"""Random small networks: plain, residual and dense blocks. Every tensor that a condition may name has a tap behind it.

A tap is a module that copies its input. It has no rule, so that zennit-crp can start relevance there, and what it records
there is the relevance that arrives, before the mask of the layer in front of it. Exported, it is gone.
"""

import random

import torch
import torchvision_shim  # noqa: F401  must come before zennit
from torch import nn
from zennit.layer import Sum


class Tap(nn.Module):
    def forward(self, x):
        return x.clone()


class Cat(nn.Module):
    def forward(self, *parts):
        return torch.cat(parts, dim=1)


class Place:
    """A layer that conditions can name: `branch` is None on the trunk, else (block, branch)."""

    def __init__(self, name, shape, branch):
        self.name, self.shape, self.branch = name, tuple(shape), branch


class Net(nn.Module):
    """Built step by step from a random generator; `places` holds the layers in the order in which they run."""

    def __init__(self, rng: random.Random):
        super().__init__()
        self.rng, self.places, self.steps, self.counts = rng, [], [], {}
        self.channels, self.side = rng.choice([1, 3]), rng.choice([12, 15, 16])
        self.input_shape = (self.channels, self.side, self.side)
        self.slots = 1
        x = self._activated(self._conv(0, rng.choice([4, 6, 8]), None), None)
        for block in range(rng.randint(1, 3)):
            x = rng.choice([self._plain, self._residual, self._dense])(x, block)
        self._head(x)
        del self.rng

    def _add(self, kind, module, sources, branch=None, tapped=True):
        """Adds a module that reads slots and writes a new one; gives that slot."""
        number = self.counts[kind] = self.counts.get(kind, 0) + 1
        name = f"{kind}{number}"
        self.add_module(name, module)
        target = self.slots
        self.slots += 1
        self.steps.append((name, sources, target))
        if tapped:
            self.places.append(Place(name, self._shape(target), branch))
            self.add_module(f"tap_{name}", Tap())
            self.steps.append((f"tap_{name}", (target,), target))
        return target

    def _values(self, x):
        slots = {0: x}
        for name, sources, target in self.steps:
            given = [slots[source] for source in sources]
            module = getattr(self, name)
            slots[target] = module(torch.stack(given, dim=-1)) if isinstance(module, Sum) else module(*given)
        return slots

    def _shape(self, slot):
        with torch.no_grad():
            self.eval()
            return self._values(torch.zeros(1, *self.input_shape))[slot].shape[1:]

    def _conv(self, x, width, branch, kernel=3, stride=1):
        shape = self._shape(x) if x else self.input_shape
        conv = nn.Conv2d(shape[0], width, kernel, stride, kernel // 2, bias=self.rng.random() < 0.8)
        if self.rng.random() < 0.7:
            return self._add("conv", conv, (x,), branch)
        # Two modules that run one after the other: zennit merges the batch norm into the convolution.
        inner = self._add("conv", conv, (x,), branch, tapped=False)
        norm = nn.BatchNorm2d(width)
        with torch.no_grad():
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 2)
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.3)
        name = f"conv{self.counts['conv']}"
        merged = self._add("bn", norm, (inner,), branch)
        self.places[-1].name, self.places[-1].tap = name, f"tap_bn{self.counts['bn']}"
        return merged

    def _activated(self, x, branch):
        return self._add("relu", nn.ReLU(), (x,), branch)

    def _plain(self, x, block):
        x = self._activated(self._conv(x, self.rng.choice([6, 8]), None), None)
        if self.rng.random() < 0.5:
            x = self._add("pool", self.rng.choice([nn.MaxPool2d, nn.AvgPool2d])(2), (x,))
        return x

    def _residual(self, x, block):
        width, inputs = self.rng.choice([6, 8]), self._shape(x)[0]
        stride = self.rng.choice([1, 2])
        inner = self._activated(self._conv(x, width, (block, 0), stride=stride), (block, 0))
        outputs = inputs if stride == 1 and self.rng.random() < 0.5 else width
        inner = self._conv(inner, outputs, (block, 0))
        keeps = stride == 1 and outputs == inputs
        side = x if keeps else self._conv(x, outputs, (block, 1), 1, stride)
        return self._activated(self._add("sum", Sum(), (side, inner)), None)

    def _dense(self, x, block):
        parts = [x]
        for _ in range(self.rng.randint(1, 2)):
            source = parts[0] if len(parts) == 1 else self._add("cat", Cat(), tuple(parts))
            inner = self._conv(source, self.rng.choice([3, 4]), (block, len(parts)))
            parts.append(self._activated(inner, (block, len(parts))))
        return self._add("cat", Cat(), tuple(parts))

    def _head(self, x):
        # The exporter takes no size that does not divide that of the input.
        size = self.rng.choice([size for size in (1, 2) if self._shape(x)[1] % size == 0])
        x = self._add("average", nn.AdaptiveAvgPool2d(size), (x,), tapped=False)
        x = self._add("flatten", nn.Flatten(), (x,), tapped=False)
        width = self._shape(x)[0]
        if self.rng.random() < 0.5:
            x = self._activated(self._add("fc", nn.Linear(width, 10), (x,)), None)
            width = 10
        self.last = self._add("fc", nn.Linear(width, 5), (x,), tapped=False)

    def forward(self, x):
        return self._values(x)[self.last]


def random_net(seed: int) -> Net:
    torch.manual_seed(seed)
    return Net(random.Random(seed)).eval()


def tap_of(place: Place) -> str:
    return getattr(place, "tap", f"tap_{place.name}")
