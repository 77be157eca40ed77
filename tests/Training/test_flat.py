"""The flat baseline's training code: what it reads, that the order of words counts, and the way from data to a package."""
import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "training"))

from policy import export, train  # noqa: E402
from policy.data import FlatData  # noqa: E402
from policy.network import SentenceEncoder  # noqa: E402

torch.set_num_threads(1)
SENTENCES = [["pick the red cube", "pick the blue cube"], ["push the red cube to the zup"]]
META = {
    "encoder": "scene96-body12-words-1", "observationSteps": 2, "stateFeatures": 12, "imageSizePx": 96, "sentenceWords": 8, "horizon": 16, "stepSeconds": 0.1,
    "translationScaleM": 0.05, "yawScaleRad": 0.25, "actionChannels": ["dx", "dy", "dz", "dyaw", "suction", "progress"], "tasks": ["pick", "swap", "push"]}


def write(folder):
    """Two shards of three episodes; the second row of each episode is of a call that failed."""
    random = np.random.default_rng(1)
    (folder / "meta.json").write_text(json.dumps(META))
    for number, sentences in enumerate(SENTENCES):
        shard = folder / f"shard-{number:05d}"
        shard.mkdir()
        (shard / "instructions.json").write_text(json.dumps(sentences))
        rows = np.repeat(np.arange(len(sentences), dtype=np.int32), 3)
        arrays = {
            "state": random.uniform(-1, 1, (len(rows), 24)).astype(np.float32), "image": random.integers(0, 255, (len(rows), 96, 96, 3), np.uint8),
            "action": random.uniform(-1, 1, (len(rows), 16, 6)).astype(np.float32), "instruction": rows, "task": np.full(len(rows), 2 * number, np.int32),
            "episode": 19 + 2 * number + rows, "success": np.tile(np.uint8([1, 0, 1]), len(sentences))}
        for name, values in arrays.items():
            np.save(shard / f"{name}.npy", values)


class Flat(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "data").mkdir()
        write(self.folder / "data")

    def test_each_row_has_its_sentence(self):
        data = FlatData(self.folder / "data")
        self.assertEqual(["cube", "pick", "red", "the"], data.meta["words"])
        self.assertEqual(["pick", "push"], data.groups)
        images, state, words, action, offset = data.batch(torch.tensor([0, 2, 5]), augment=False)
        self.assertEqual([(3, 1, 3, 96, 96), (3, 24), (3, 8), (3, 16, 6), (3, 2)], [tuple(x.shape) for x in (images, state, words, action, offset)])
        self.assertEqual([[0, 0, 0, 0, 3, 5, 4, 2], [0, 0, 0, 0, 3, 5, 1, 2], [0, 1, 5, 4, 2, 1, 5, 1]], words.int().tolist())
        self.assertTrue(offset.isnan().all())
        np.testing.assert_allclose(images[2, 0].permute(1, 2, 0) * 255, np.load(self.folder / "data" / "shard-00001" / "image.npy")[2], atol=1e-3)

    def test_the_order_of_words_counts(self):
        torch.manual_seed(1)
        encoder = SentenceEncoder(1, 24, 10, 8).eval()
        images, state, _ = encoder.example(torch.Generator().manual_seed(1))
        with torch.no_grad():
            one, other = (encoder(images, state, torch.tensor([words])) for words in ([0, 0, 0, 2, 3, 4, 5, 6], [0, 0, 0, 2, 5, 4, 3, 6]))
        looks = slice(0, encoder.size - 24 - 64)
        self.assertGreater((one[:, looks] - other[:, looks]).abs().max(), 1e-4)

    def test_from_data_to_a_package(self):
        out, package = self.folder / "out", self.folder / "package"
        for module, command in (
                (train, ["--flat", "--data", str(self.folder / "data"), "--out", str(out), "--steps", "2", "--batch", "4", "--device", "cpu"]),
                (export, ["--checkpoint", str(out), "--data", str(self.folder / "data"), "--package", str(package)])):
            with mock.patch.object(sys, "argv", [module.__name__, *command]), mock.patch("os.nice"), contextlib.redirect_stdout(io.StringIO()):
                module.main()
        manifest = json.loads((package / "manifest.json").read_text())
        self.assertEqual("policy", manifest["kind"])
        self.assertEqual(["pick", "push"], manifest["task"])
        self.assertEqual([], manifest["policy"]["calls"])
        self.assertEqual(8, manifest["policy"]["sentenceWords"])
        self.assertEqual(["cube", "pick", "red", "the"], manifest["policy"]["words"])
        encoder = (ROOT / "hil" / "Flat" / "SceneEncoder.cs").read_text()
        self.assertIn(f'Version = "{META["encoder"]}"', encoder)
        self.assertIn(f"ImageSizePx = {SentenceEncoder(1, 24, 2, 1).picture[1]};", encoder)
        inputs = 3 * 96 * 96 + 24 + 8
        self.assertEqual(4 * (inputs + 2 * 16 * 6 + 1 + 64 + 24 + 64), (package / "golden.bin").stat().st_size)


if __name__ == "__main__":
    unittest.main()
