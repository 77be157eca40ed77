"""The networks: a small convolutional encoder with a spatial softmax, and a 1D U-Net over the chunk, conditioned by FiLM."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class SpatialSoftmax(nn.Module):
    """Where each channel looks: the mean position under a softmax, x and y in -1..1."""

    def __init__(self, size):
        super().__init__()
        line = torch.linspace(-1, 1, size)
        self.register_buffer("x", line[None, :].expand(size, size).reshape(-1).contiguous())
        self.register_buffer("y", line[:, None].expand(size, size).reshape(-1).contiguous())

    def forward(self, maps):
        attention = maps.flatten(2).softmax(-1)
        return torch.cat([(attention * self.x).sum(-1), (attention * self.y).sum(-1)], -1)


class ImageEncoder(nn.Module):
    """A picture of 48 x 48 to a few numbers."""

    def __init__(self, channels=4, width=32, output=64, size=48):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels, width, 6, 3, 2), nn.GroupNorm(8, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1), nn.GroupNorm(8, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1), nn.GroupNorm(8, width), nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, 1, 1))
        self.where = SpatialSoftmax((size - 3) // 3 + 1)
        # The arrangement of things needs more than where each channel looks: a coarse average of the maps goes along.
        self.pool = nn.AvgPool2d(4)
        self.project = nn.Linear(4 * width + 2 * width * 16, output)

    def forward(self, image):
        maps = self.net(image)
        return self.project(torch.cat([self.where(maps), F.relu(self.pool(maps)).flatten(1)], -1))


class Encoder(nn.Module):
    """Pictures and state to the condition of the denoiser; `offset` also tells how far the target is off, for the auxiliary loss."""

    def __init__(self, image_steps, state_size, width=32, output=64):
        super().__init__()
        self.image_steps = image_steps
        self.image = ImageEncoder(width=width, output=output)
        self.offset = nn.Linear(output, 2)
        self.size = image_steps * output + state_size

    def features(self, images):
        batch, steps = images.shape[:2]
        return self.image(images.flatten(0, 1)).view(batch, -1)

    def forward(self, images, state):
        return torch.cat([F.relu(self.features(images)), state], -1)

    def both(self, images, state):
        """The condition, and the offset seen in the newest picture (in units of 3 cm)."""
        features = self.features(images)
        newest = features.view(len(images), self.image_steps, -1)[:, -1]
        return torch.cat([F.relu(features), state], -1), self.offset(newest)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2)
        self.norm = nn.GroupNorm(8, outputs)

    def forward(self, x):
        return F.silu(self.norm(self.conv(x)))


class Residual(nn.Module):
    """Two convolutions; the condition scales and shifts between them."""

    def __init__(self, inputs, outputs, condition, kernel):
        super().__init__()
        self.first = Block(inputs, outputs, kernel)
        self.second = Block(outputs, outputs, kernel)
        self.film = nn.Linear(condition, 2 * outputs)
        self.skip = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        self.outputs = outputs

    def forward(self, x, condition):
        film = self.film(condition).unsqueeze(-1)
        h = self.first(x) * (1 + film[:, :self.outputs]) + film[:, self.outputs:]
        return self.second(h) + self.skip(x)


class Denoiser(nn.Module):
    """(noisy actions [B, H, D], timestep [B], condition [B, C]) -> prediction [B, H, D]; H is a multiple of 4."""

    def __init__(self, channels, condition, dims=(32, 64, 128), time_size=64, kernel=5):
        super().__init__()
        self.time_size = time_size
        self.time = nn.Sequential(nn.Linear(time_size, 2 * time_size), nn.SiLU(), nn.Linear(2 * time_size, time_size))
        self.mix = nn.Linear(time_size + condition, 2 * time_size)
        size = 2 * time_size
        self.down = nn.ModuleList()
        inputs = channels
        for i, dim in enumerate(dims):
            last = i == len(dims) - 1
            self.down.append(nn.ModuleList([
                Residual(inputs, dim, size, kernel), Residual(dim, dim, size, kernel),
                nn.Identity() if last else nn.Conv1d(dim, dim, 3, 2, 1)]))
            inputs = dim
        self.middle = nn.ModuleList([Residual(inputs, inputs, size, kernel), Residual(inputs, inputs, size, kernel)])
        self.up = nn.ModuleList()
        for dim, below in zip(reversed(dims[1:]), reversed(dims[:-1])):
            self.up.append(nn.ModuleList([
                Residual(2 * dim, below, size, kernel), Residual(below, below, size, kernel),
                nn.ConvTranspose1d(below, below, 4, 2, 1)]))
        self.last = nn.Sequential(Block(dims[0], dims[0], kernel), nn.Conv1d(dims[0], channels, 1))

    def forward(self, noisy_actions, timestep, cond):
        half = self.time_size // 2
        rates = torch.exp(torch.arange(half, device=cond.device) * (-math.log(10000) / (half - 1)))
        angle = timestep[:, None] * rates[None]
        h = F.silu(self.mix(torch.cat([self.time(torch.cat([angle.sin(), angle.cos()], -1)), cond], -1)))
        x = noisy_actions.transpose(1, 2)
        skips = []
        for first, second, shrink in self.down:
            x = second(first(x, h), h)
            skips.append(x)
            x = shrink(x)
        for block in self.middle:
            x = block(x, h)
        for first, second, grow in self.up:
            x = grow(second(first(torch.cat([x, skips.pop()], 1), h), h))
        return self.last(x).transpose(1, 2)


class Policy(nn.Module):
    def __init__(self, channels, image_steps, state_size):
        super().__init__()
        self.encoder = Encoder(image_steps, state_size)
        self.denoiser = Denoiser(channels, self.encoder.size)

    @property
    def parameter_count(self):
        return sum(p.numel() for p in self.parameters())
