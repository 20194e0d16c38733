"""Import this before torchvision: lets PyPI's torchvision run beside the CPU build of PyTorch.

PyPI's torchvision is compiled for another build of PyTorch, so that its own operators are missing. The models need none
of them, but the package declares gradients and shapes for them when it is imported.
"""

import torch

_register_autograd = torch.library.register_autograd


def _skip_torchvision(op, *args, **kwargs):
    if isinstance(op, str) and op.startswith("torchvision::"):
        return None
    return _register_autograd(op, *args, **kwargs)


for _name in ("nms", "qnms"):
    try:
        torch.library.define(f"torchvision::{_name}", "(Tensor dets, Tensor scores, float threshold) -> Tensor")
    except RuntimeError:
        pass  # This torchvision brought its operators along.
torch.library.register_autograd = _skip_torchvision
