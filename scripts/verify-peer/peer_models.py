"""The torchvision models that are compared, each with an input size and the canonizer that zennit needs for it."""

from dataclasses import dataclass
from typing import Callable

import torch
import torchvision_shim  # noqa: F401  (before torchvision)
from torch import nn
from torchvision import models as tv
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.torchvision import ResNetCanonizer, VGGCanonizer

from peer_canonizers import (
    convnext_canonizer,
    densenet_canonizer,
    gated_canonizer,
    inception_canonizer,
    mnasnet_canonizer,
    mobilenet_canonizer,
)


@dataclass(frozen=True)
class Entry:
    """How a model is made, the side of its square input, and what zennit needs for it."""

    make: Callable[[], nn.Module]
    size: int
    canonizer: Callable


MODELS = {
    "vgg16_bn": Entry(tv.vgg16_bn, 224, VGGCanonizer),
    "resnet18": Entry(tv.resnet18, 128, ResNetCanonizer),
    "resnet50": Entry(tv.resnet50, 128, ResNetCanonizer),
    "densenet121": Entry(tv.densenet121, 96, densenet_canonizer),
    "googlenet": Entry(lambda: tv.googlenet(aux_logits=False, init_weights=False), 128, SequentialMergeBatchNorm),
    "inception_v3": Entry(lambda: tv.inception_v3(aux_logits=False, init_weights=False), 139, inception_canonizer),
    "squeezenet1_1": Entry(tv.squeezenet1_1, 128, SequentialMergeBatchNorm),
    "mobilenet_v2": Entry(tv.mobilenet_v2, 128, mobilenet_canonizer),
    "mobilenet_v3_small": Entry(tv.mobilenet_v3_small, 128, gated_canonizer),
    "efficientnet_b0": Entry(tv.efficientnet_b0, 96, gated_canonizer),
    "shufflenet_v2": Entry(tv.shufflenet_v2_x1_0, 128, SequentialMergeBatchNorm),
    "mnasnet": Entry(tv.mnasnet1_0, 128, mnasnet_canonizer),
    "regnet_y_400mf": Entry(tv.regnet_y_400mf, 96, gated_canonizer),
    "convnext_tiny": Entry(tv.convnext_tiny, 96, convnext_canonizer),
}

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def pictures(count, size, seed):
    """Smooth random fields around the mean of photographs, normalized as for ImageNet."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, 3, 8, 8, generator=generator)
    fine = torch.randn(count, 3, size, size, generator=generator)
    return nn.functional.interpolate(coarse, size=size, mode="bicubic") + 0.1 * fine


def seeded(name, seed):
    """The model with seeded weights, batch norms whose statistics are those of data, and scales and shifts of their own."""
    torch.manual_seed(seed)
    entry = MODELS[name]
    model = entry.make()
    norms = [module for module in model.modules() if isinstance(module, NORMS)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.normal_(norm.bias, 0.0, 0.2)
    with torch.no_grad():
        model.train()(pictures(8, entry.size, seed + 1))
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
        norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.7, 1.4))
    return model.eval()
