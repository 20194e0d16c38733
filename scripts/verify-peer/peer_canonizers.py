"""What zennit needs besides its own canonizers, so that its rules see every sum and every pool of a torchvision model.

zennit's rules stand on modules: an addition or a pool that a forward pass writes as a function keeps its plain gradient,
which counts the relevance of an addition twice. As zennit's ResNetCanonizer does for residual blocks, these put a module in
the place of the function.
"""

import torch
from torch import nn
from torchvision.models import convnext, densenet, efficientnet, mnasnet, mobilenetv2, mobilenetv3, regnet
from torchvision.models.inception import InceptionA, InceptionC, InceptionE
from zennit.canonizers import AttributeCanonizer, CompositeCanonizer, NamedMergeBatchNorm, SequentialMergeBatchNorm
from zennit.layer import Sum


def replaced(kinds, forward, **modules):
    """A canonizer that gives every module of these classes a forward method and the modules that it needs."""

    def attributes(_, module):
        if not isinstance(module, kinds):
            return None
        return {"forward": forward.__get__(module), **{name: make() for name, make in modules.items()}}

    return AttributeCanonizer(attributes)


def total(block, *parts):
    return block.canonizer_sum(torch.stack(parts, dim=-1))


def mobilenet_block(self, x):
    return total(self, x, self.conv(x)) if self.use_res_connect else self.conv(x)


def mobilenet(self, x):
    return self.classifier(torch.flatten(self.canonizer_pool(self.features(x)), 1))


def mnasnet_block(self, x):
    return total(self, self.layers(x), x) if self.apply_residual else self.layers(x)


def inverted_residual(self, x):
    return total(self, self.block(x), x) if self.use_res_connect else self.block(x)


def regnet_block(self, x):
    return self.activation(total(self, x if self.proj is None else self.proj(x), self.f(x)))


def convnext_block(self, x):
    return total(self, self.layer_scale * self.block(x), x)


def dense(self, x):
    return self.classifier(torch.flatten(self.canonizer_pool(self.canonizer_relu(self.features(x))), 1))


def chain(*layers):
    def through(x):
        for layer in layers:
            x = layer(x)
        return x

    return through


def inception_a(self, x):
    five = chain(self.branch5x5_1, self.branch5x5_2)
    double = chain(self.branch3x3dbl_1, self.branch3x3dbl_2, self.branch3x3dbl_3)
    pooled = self.branch_pool(self.canonizer_pool(x))
    return torch.cat([self.branch1x1(x), five(x), double(x), pooled], 1)


def inception_c(self, x):
    seven = chain(self.branch7x7_1, self.branch7x7_2, self.branch7x7_3)
    double = chain(*(getattr(self, f"branch7x7dbl_{i}") for i in range(1, 6)))
    pooled = self.branch_pool(self.canonizer_pool(x))
    return torch.cat([self.branch1x1(x), seven(x), double(x), pooled], 1)


def inception_e(self, x):
    three = self.branch3x3_1(x)
    double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
    return torch.cat(
        [
            self.branch1x1(x),
            torch.cat([self.branch3x3_2a(three), self.branch3x3_2b(three)], 1),
            torch.cat([self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)], 1),
            self.branch_pool(self.canonizer_pool(x)),
        ],
        1,
    )


def pool3():
    return nn.AvgPool2d(3, stride=1, padding=1)


def all_of(*canonizers):
    return CompositeCanonizer((SequentialMergeBatchNorm(), *canonizers))


def mobilenet_canonizer():
    return all_of(
        replaced(mobilenetv2.InvertedResidual, mobilenet_block, canonizer_sum=Sum),
        replaced(mobilenetv2.MobileNetV2, mobilenet, canonizer_pool=lambda: nn.AdaptiveAvgPool2d(1)),
    )


def mnasnet_canonizer():
    return all_of(replaced(mnasnet._InvertedResidual, mnasnet_block, canonizer_sum=Sum))


def gated_canonizer():
    blocks = (mobilenetv3.InvertedResidual, efficientnet.MBConv)
    return all_of(
        replaced(blocks, inverted_residual, canonizer_sum=Sum),
        replaced(regnet.ResBottleneckBlock, regnet_block, canonizer_sum=Sum),
    )


def convnext_canonizer():
    return replaced(convnext.CNBlock, convnext_block, canonizer_sum=Sum)


class DenseMerge(NamedMergeBatchNorm):
    """Merges by data flow what zennit's sequential canonizer, which goes by the order of modules, would merge wrongly."""

    def __init__(self):
        super().__init__([])

    def apply(self, root_module):
        names = [name for name, module in root_module.named_modules() if isinstance(module, densenet._DenseLayer)]
        pairs = [([f"{name}.conv1"], f"{name}.norm2") for name in names]
        return NamedMergeBatchNorm([(["features.conv0"], "features.norm0"), *pairs]).apply(root_module)

    def copy(self):
        return self.__class__()


def densenet_canonizer():
    module = replaced(densenet.DenseNet, dense, canonizer_relu=nn.ReLU, canonizer_pool=lambda: nn.AdaptiveAvgPool2d(1))
    return CompositeCanonizer((DenseMerge(), module))


def inception_canonizer():
    return all_of(
        replaced(InceptionA, inception_a, canonizer_pool=pool3),
        replaced(InceptionC, inception_c, canonizer_pool=pool3),
        replaced(InceptionE, inception_e, canonizer_pool=pool3),
    )
