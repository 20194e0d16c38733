"""make.py FOLDER [NAME...]: small PyTorch networks for test/engine/exports.test.ts.

Writes for each network its exports by both of PyTorch's exporters (NAME.ts.onnx, NAME.dyn.onnx), three samples (NAME.input.npy),
and in float64 what the network says of them (NAME.prediction.npy) and the gradient of half the squared prediction
(NAME.gradient.npy). Needs torch, torchvision, onnx and onnxscript.
"""
import os
import sys
import warnings

import numpy
import onnx
import torch
from torch import nn

sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'verify-peer'))
import torchvision_shim  # noqa: E402,F401  (torchvision without its native part)
from torchvision.models import SwinTransformer, VisionTransformer

warnings.filterwarnings('ignore')
torch.backends.mha.set_fastpath_enabled(False)


class Picked(nn.Module):
    """Columns and channels picked by an index."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3)
        self.linear = nn.Linear(3, 5)
        self.register_buffer('channels', torch.tensor([3, 0, 2, 3]))
        self.register_buffer('columns', torch.tensor([1, 4, 0]))

    def forward(self, x):
        x = self.convolution(x)[:, self.channels].relu()
        return self.linear(x.mean((2, 3))[:, [2, 0, 1]])[:, self.columns]


class Contracted(nn.Module):
    """Einsum in the forms that people write: fully connected, an attention, gates, three operands."""

    def __init__(self):
        super().__init__()
        self.heads = nn.Parameter(torch.randn(3, 6, 2, 4) / 3)
        self.out = nn.Parameter(torch.randn(2, 4, 6) / 3)
        self.gate = nn.Parameter(torch.randn(6))
        self.low = nn.Parameter(torch.randn(6, 2))
        self.high = nn.Parameter(torch.randn(2, 5))

    def forward(self, x):
        q, k, v = (torch.einsum('bte,ehd->bhtd', x, w) for w in self.heads)
        weights = torch.einsum('bhid,bhjd->bhij', q, k).softmax(-1)
        x = torch.einsum('bhij,bhjd,hde->bie', weights, v, self.out)
        x = torch.einsum('...e,e->...e', x.tanh(), self.gate)
        return torch.einsum('bte,er,rc->bc', x, self.low, self.high)


class Attention(nn.Module):
    """nn.MultiheadAttention with a linear layer behind it."""

    def __init__(self, batch_first, need_weights, extra=False):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=batch_first, add_bias_kv=extra, add_zero_attn=extra)
        self.need_weights = need_weights
        self.batch_first = batch_first
        self.classifier = nn.Linear(8, 3)

    def forward(self, x):
        x = x if self.batch_first else x.transpose(0, 1)
        x, _ = self.attention(x, x, x, need_weights=self.need_weights)
        return self.classifier(x.mean(1 if self.batch_first else 0))


class Rows(nn.Module):
    """Linear layers and batch norms over all positions of all samples."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.BatchNorm1d(6), nn.Tanh())
        self.classifier = nn.Linear(6, 3)

    def forward(self, x):
        samples, positions, features = x.shape
        rows = self.layers(x.reshape(samples * positions, features))
        return self.classifier(rows.view(samples, positions, 6).mean(1))


class Encoder(nn.Module):
    """nn.TransformerEncoderLayer, with a mask or without."""

    def __init__(self, batch_first, norm_first, masked):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(
            8, 2, 12, dropout=0.1, activation='gelu', batch_first=batch_first, norm_first=norm_first
        )
        self.batch_first = batch_first
        self.classifier = nn.Linear(8, 3)
        self.register_buffer('mask', nn.Transformer.generate_square_subsequent_mask(5) if masked else None)

    def forward(self, x):
        x = self.layer(x if self.batch_first else x.transpose(0, 1), src_mask=self.mask)
        return self.classifier(x[:, 0] if self.batch_first else x[0])


def vit():
    net = VisionTransformer(image_size=8, patch_size=4, num_layers=1, num_heads=2, hidden_dim=8, mlp_dim=12, num_classes=3)
    nn.init.normal_(net.heads.head.weight)
    return net


def swin():
    return SwinTransformer(
        patch_size=[2, 2], embed_dim=4, depths=[2], num_heads=[2], window_size=[3, 3], mlp_ratio=1.5, num_classes=3
    )


sequence = (3, 5, 8)
nets = {
    'picked': (Picked, (3, 2, 5, 5)),
    'contracted': (Contracted, (3, 4, 6)),
    'attention': (lambda: Attention(True, False), sequence),
    'attention-weights': (lambda: Attention(True, True), sequence),
    'attention-sequence': (lambda: Attention(False, False), sequence),
    'attention-extra': (lambda: Attention(False, True, extra=True), sequence),
    'rows': (Rows, sequence),
    'encoder': (lambda: Encoder(True, False, False), sequence),
    'encoder-masked': (lambda: Encoder(False, True, True), sequence),
    'vit': (vit, (3, 3, 8, 8)),
    'swin': (swin, (3, 3, 8, 8)),
}


def export(net, x, path, dynamo):
    batch = {'dynamic_shapes': ({0: torch.export.Dim('batch')},)} if dynamo else {'dynamic_axes': {'input': {0: 'batch'}}}
    torch.onnx.export(
        net, (x,), path, dynamo=dynamo, opset_version=18 if dynamo else 17, input_names=['input'], output_names=['output'],
        external_data=False, verbose=False, **batch
    )
    slimmed(path)


def slimmed(path):
    """Removes what says where and how the file was made."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if not entry.key.endswith(('stack_trace', 'fx_node', 'namespace'))]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        node.ClearField('doc_string')
    onnx.save(model, path)


def make(folder, name):
    build, shape = nets[name]
    torch.manual_seed(1)
    net = build().eval()
    for parameter in net.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape)
    x = torch.randn(shape)
    path = os.path.join(folder, name)
    for exporter in ('ts', 'dyn'):
        export(net, x, f'{path}.{exporter}.onnx', exporter == 'dyn')
    net, exact = net.double(), x.double().requires_grad_()
    prediction = net(exact)
    (gradient,) = torch.autograd.grad(prediction, exact, prediction.detach())
    numpy.save(f'{path}.input.npy', x.numpy())
    numpy.save(f'{path}.prediction.npy', prediction.detach().numpy())
    numpy.save(f'{path}.gradient.npy', gradient.numpy())


folder, *chosen = sys.argv[1:]
for name in chosen or nets:
    make(folder, name)
