"""Processes that train together."""
import json
import tempfile
import unittest
from pathlib import Path

import torch

import team


def work(member, folder):
    """What each finds out goes to a file of its own."""
    weight, idle = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(3))
    weight.grad = torch.full((2,), float(member.rank))
    numbers = member.average([idle, weight], 10.0 * member.rank)
    state = {"a": torch.full((1,), float(member.rank))}
    member.share(state)
    found = [numbers, weight.grad.tolist(), member.agree(lambda: f"by {member.rank}"), state["a"].item()]
    Path(folder, str(member.rank)).write_text(json.dumps(found))


def fail(member):
    if member.rank == 1:
        raise ValueError("broken")
    member.agree(lambda: "never")


class TeamTests(unittest.TestCase):
    def found_by(self, size):
        with tempfile.TemporaryDirectory() as folder:
            team.run(work, size, folder)
            return [json.loads(file.read_text()) for file in sorted(Path(folder).iterdir())]

    def test_all_have_the_same_gradients_and_what_the_leader_has(self):
        self.assertEqual([[[5.0], [0.5, 0.5], "by 0", 0.0]] * 2, self.found_by(2))

    def test_one_alone_is_its_own_average(self):
        self.assertEqual([[[0.0], [0.0, 0.0], "by 0", 0.0]], self.found_by(1))

    def test_one_that_fails_ends_all(self):
        with self.assertRaisesRegex(Exception, "broken"):
            team.run(fail, 2)
