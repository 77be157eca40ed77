"""Which checkpoint ships, with a rig that says what it is told."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import choose

TRAINING = Path(choose.__file__).parent
RIG = """#!/usr/bin/env python3
import json, sys
from pathlib import Path
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
out, package = Path(arguments["--out"]), Path(arguments["--policy-package"])
out.mkdir(parents=True, exist_ok=True)
won = json.loads((package / "manifest.json").read_text())["won"]
(out / "result.json").write_text(json.dumps({"rows": [{"successes": won, "episodes": 4}, {"successes": 1, "episodes": 4}], "seed": arguments["--seed"]}))
"""


class ChooseTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        self.rig = self.root / "rig"
        self.rig.write_text(RIG)
        self.rig.chmod(0o755)

    def keep(self, share, won):
        package = choose.folder(self.root / "run", share) / "package"
        package.mkdir(parents=True)
        (package / "manifest.json").write_text(json.dumps({"won": won}))

    def choose(self):
        return subprocess.run([sys.executable, "-m", "choose", "policy", "--run", self.root / "run", "--package", self.root / "shipped", "--rig", self.rig],
                              env={"PYTHONPATH": str(TRAINING), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)

    def test_the_one_that_acts_best_ships(self):
        self.keep(0.6, 2)
        self.keep(0.8, 4)
        self.keep(1, 3)
        self.assertEqual(0, self.choose().returncode)
        self.assertEqual({"won": 4}, json.loads((self.root / "shipped" / "manifest.json").read_text()))
        choice = json.loads((self.root / "run" / "choice.json").read_text())
        self.assertEqual("kept-080", choice["best"])
        self.assertEqual([(3, 8), (5, 8), (4, 8)], [(r["successes"], r["episodes"]) for r in choice["rows"]])

    def test_of_equals_the_one_that_learned_longest_ships(self):
        self.keep(0.8, 4)
        self.keep(1, 4)
        self.assertIn("kept-100 ships", self.choose().stdout)

    def test_nothing_kept_is_said(self):
        said = self.choose()
        self.assertNotEqual(0, said.returncode)
        self.assertIn("train first", said.stderr)

    def test_a_step_passes_each_share_once(self):
        steps = 7
        passed = [choose.passed((i - 1) / steps, i / steps) for i in range(1, steps + 1)]
        self.assertEqual(list(choose.SHARES), sum(passed, []))


if __name__ == "__main__":
    unittest.main()
