"""check.py ARCHIVE EXPECTED: opens an exported run with zennit-crp and compares what it finds with what the service tells.

EXPECTED is JSON: layers with their concepts, and for some of them references and statistics. Needs torch, zennit and zennit-crp.
"""
import json
import os
import sys
import tempfile
import zipfile
from types import SimpleNamespace

import numpy
import torch

sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'verify-peer'))
import torchvision_shim  # noqa: E402,F401  (before zennit imports torchvision)

# zennit-crp 0.6 uses a name that NumPy has dropped.
if not hasattr(numpy, 'int'):
    numpy.int = int

from crp.concepts import ChannelConcept
from crp.helper import load_maximization, load_stat_targets, load_statistics
from crp.visualization import FeatureVisualization


class Samples(torch.utils.data.Dataset):
    """Samples that say their own index."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return torch.full((3, 1, 1), float(index)), 0


def main(archive, expected_path):
    with open(expected_path, encoding='utf8') as file:
        expected = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
        layers = {name: ChannelConcept() for name in expected['layers']}
        attribution = SimpleNamespace(device='cpu')
        peer = FeatureVisualization(attribution, Samples(expected['samples']), layers, max_target='sum', abs_norm=True, path=folder)
        for maximization, statistics in ((peer.RelMax, peer.RelStats), (peer.ActMax, peer.ActStats)):
            targets = load_stat_targets(statistics.PATH)
            for name, concepts in expected['layers'].items():
                arrays = list(load_maximization(maximization.PATH, name))
                arrays += [array for target in targets for array in load_statistics(statistics.PATH, name, target)]
                assert all(array.shape[1] == concepts for array in arrays), name
        for reference in expected['references']:
            concept, layer, mode = reference['concept'], reference['layer'], reference['mode']
            found = peer.get_max_reference(concept, layer, mode, (0, len(reference['samples'])), composite=None, rf=False)
            indices = [int(sample.flatten()[0]) for sample in found[concept]]
            assert indices == reference['samples'], (reference, indices)
            names, values = peer.compute_stats(concept, layer, mode, top_N=3, mean_N=5)
            assert [int(name) for name in names] == reference['targets'], (reference, names)
            assert numpy.allclose(values, reference['values'], rtol=1e-5), (reference, values)
    print(f"zennit-crp reads {len(expected['layers'])} layers and agrees on {len(expected['references'])} concepts")


main(*sys.argv[1:])
