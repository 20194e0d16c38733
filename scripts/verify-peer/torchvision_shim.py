"""Makes PyPI's torchvision importable beside a CPU build of torch: its compiled operators are missing there, its models work."""

import torch

for name in ("nms", "qnms"):
    try:
        torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:
        pass  # the build brings the operator

_register = torch.library.register_autograd


def _skip_torchvision(op, *args, **kwargs):
    if not (isinstance(op, str) and op.startswith("torchvision::")):
        return _register(op, *args, **kwargs)


torch.library.register_autograd = _skip_torchvision
