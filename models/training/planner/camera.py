"""Table geometry of the robot file's camera: per mille of the picture to metres on the table, to state pointing errors in millimetres."""

import json
import math
import os

import numpy as np

ROBOT = os.path.join(os.path.dirname(__file__), "..", "..", "..", "firmware-host", "robots", "xarm6-damiao.json")


class Camera:
    """Pinhole camera fixed in the base frame."""

    def __init__(self, robot=ROBOT):
        with open(robot, encoding="utf-8") as file:
            camera = json.load(file)["cameras"][0]
        self.width, self.height = camera["widthPx"], camera["heightPx"]
        self.position = np.array(camera["positionM"], float)
        self.forward = _unit(np.array(camera["lookAtM"], float) - self.position)
        self.right = _unit(np.cross(self.forward, [0, 0, 1]))
        self.down = np.cross(self.forward, self.right)
        self.focal = self.height / 2 / math.tan(camera["fovYRad"] / 2)

    def to_table(self, x, y):
        """Point of z = 0, metres, that is seen at (x, y) per mille."""
        a = (x / 1000 * self.width - self.width / 2) / self.focal
        b = (y / 1000 * self.height - self.height / 2) / self.focal
        ray = self.forward + a * self.right + b * self.down
        return (self.position - ray * self.position[2] / ray[2])[:2]

    def distance_mm(self, a, b):
        """Millimetres on the table between two image points, per mille."""
        return 1000 * float(np.linalg.norm(self.to_table(*a) - self.to_table(*b)))


def _unit(v):
    return v / np.linalg.norm(v)
