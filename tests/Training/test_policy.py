"""The policy's training code: what it draws, and that the benchmark's peer is the package's network."""
import sys
import unittest
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "training"))

from policy import bench_peer, distil, objective  # noqa: E402
from policy.network import Policy  # noqa: E402

torch.set_num_threads(1)


class Objectives(unittest.TestCase):
    """A network that knows the answer draws exactly that, in any number of steps."""

    def test_flow(self):
        action = torch.linspace(-1, 1, 12).view(1, 4, 3)
        flow = objective.Flow()
        for steps in (1, 2, 5):
            drawn = flow.sample(lambda x, t, c: (action - x) / (1 - t.view(-1, 1, 1) / flow.timesteps), None, torch.randn(1, 4, 3), steps)
            torch.testing.assert_close(drawn, action, atol=1e-5, rtol=0)

    def test_diffusion(self):
        action = torch.linspace(-1, 1, 12).view(1, 4, 3)
        for kind in ("epsilon", "sample", "v"):
            ddpm = objective.Ddpm(prediction=kind)

            def exact(x, t, c):
                alpha = ddpm.alpha_bar[int(t[0])]
                a, b = alpha.sqrt(), (1 - alpha).sqrt()
                noise = (x - a * action) / b
                return {"epsilon": noise, "sample": action, "v": a * noise - b * action}[kind]

            for steps in (1, 4, 20):
                drawn = ddpm.sample(exact, None, torch.randn(1, 4, 3), steps)
                torch.testing.assert_close(drawn, action, atol=5e-3, rtol=0, msg=f"{kind}, {steps} steps")

    def test_manifests_name_solvers_that_the_robot_has(self):
        known = (ROOT / "firmware-host" / "Policy" / "PolicyManifest.cs").read_text()
        for solver in (objective.Flow().manifest(1)["kind"], *(objective.Ddpm().manifest(1, s)["kind"] for s in ("ddim", "ddpm", "dpm-solver++"))):
            self.assertIn(f'"{solver}"', known)


class Students(unittest.TestCase):
    def test_pairs_are_the_teachers(self):
        torch.manual_seed(1)
        teacher = Policy(6, 1, 72).eval()

        class Data:
            @staticmethod
            def draw(count):
                return torch.arange(count)

            @staticmethod
            def batch(rows, augment):
                return torch.rand(len(rows), 1, 4, 48, 48), torch.rand(len(rows), 72), torch.zeros(len(rows), 16, 6), torch.zeros(len(rows), 2)

        flow = objective.Flow()
        cond, noise, action = distil.draw_pairs(teacher, flow, Data, 10, 3, "cpu", batch=4)
        self.assertEqual((10, 16, 6), tuple(action.shape))
        with torch.no_grad():
            torch.testing.assert_close(action, flow.sample(teacher.denoiser, cond, noise, 3), atol=1e-5, rtol=1e-5)


class Peer(unittest.TestCase):
    def test_the_packages_weights_are_found_again(self):
        package = ROOT / "models" / "policy"
        policy = Policy(6, 1, 72).eval()
        golden = torch.from_numpy(np.fromfile(package / "golden.bin", "<f4"))
        shapes = [(1, 1, 4, 48, 48), (1, 72), (1, 16, 6), (1,), (1, policy.encoder.size), (1, 16, 6)]
        images, state, noisy, timestep, cond, prediction = (p.reshape(s) for p, s in zip(golden.split([int(np.prod(s)) for s in shapes]), shapes))
        with torch.no_grad():
            self.assertFalse(torch.allclose(policy.denoiser(noisy, timestep, cond), prediction, atol=1e-2))
            bench_peer.load_weights(policy.encoder, package / "encoder.onnx", images, state)
            bench_peer.load_weights(policy.denoiser, package / "denoiser.onnx", noisy, timestep, cond)
            torch.testing.assert_close(policy.encoder(images, state), cond, atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(policy.denoiser(noisy, timestep, cond), prediction, atol=1e-3, rtol=1e-3)


if __name__ == "__main__":
    unittest.main()
