"""The networks: a small convolutional encoder with a spatial softmax, and a 1D U-Net over the chunk, conditioned by FiLM."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class SpatialSoftmax(nn.Module):
    """Where each channel looks: the mean position under a softmax, x and y in -1..1."""

    def __init__(self, size):
        super().__init__()
        self.size = size
        y, x = torch.meshgrid(*[torch.linspace(-1, 1, size)] * 2, indexing="ij")
        self.register_buffer("place", torch.stack([x.flatten(), y.flatten()], -1))

    def forward(self, maps):
        return (maps.flatten(2).softmax(-1) @ self.place).transpose(1, 2).flatten(1)


class ImageEncoder(nn.Module):
    """A square picture to a few numbers; `film` [B, 2 width], where there is one, scales and shifts the maps before the last look at them."""

    def __init__(self, channels, size, width, output):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels, width, 6, 3, 2), nn.GroupNorm(8, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1), nn.GroupNorm(8, width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1), nn.GroupNorm(8, width), nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, 1, 1))
        self.where = SpatialSoftmax((size - 3) // 3 + 1)
        # The arrangement of things needs more than where each channel looks: a coarse average of the maps goes along.
        self.pool = nn.AvgPool2d(4)
        self.project = nn.Linear(4 * width + 2 * width * (self.where.size // 4) ** 2, output)

    def forward(self, image, film=None):
        maps = self.net[:-1](image)
        if film is not None:
            scale, shift = film[..., None, None].chunk(2, 1)
            maps = maps * (1 + scale) + shift
        maps = self.net[-1](maps)
        return self.project(torch.cat([self.where(maps), F.relu(self.pool(maps)).flatten(1)], -1))


class Look(nn.Module):
    """What the encoders share: pictures to features, and the state beside them."""

    def __init__(self, picture, image_steps, state_size, width=32, output=64):
        super().__init__()
        self.picture, self.image_steps, self.state_size = picture, image_steps, state_size
        self.image = ImageEncoder(*picture, width, output)
        self.size = image_steps * output + state_size

    def features(self, images, film=None):
        return self.image(images.flatten(0, 1), film).view(len(images), -1)

    def example(self, generator):
        """One observation of the right shapes."""
        channels, size = self.picture
        images = torch.rand(1, self.image_steps, channels, size, size, generator=generator)
        return images, torch.rand(1, self.state_size, generator=generator) * 2 - 1


class Encoder(Look):
    """Pictures around the target and state to the condition of the denoiser; `offset` also tells how far the target is off, for the auxiliary loss."""

    inputs = ("images", "state")

    def __init__(self, image_steps, state_size, width=32, output=64):
        super().__init__((4, 48), image_steps, state_size, width, output)
        self.offset = nn.Linear(output, 2)

    def forward(self, images, state):
        return torch.cat([F.relu(self.features(images)), state], -1)

    def both(self, images, state):
        """The condition, and the offset seen in the newest picture (in units of 3 cm)."""
        features = self.features(images)
        newest = features.view(len(images), self.image_steps, -1)[:, -1]
        return torch.cat([F.relu(features), state], -1), self.offset(newest)


class SentenceEncoder(Look):
    """The flat policy's: whole pictures, state and the task's sentence, which says where to look. Words are numbers [B, L], 0 before the first one."""

    inputs = ("images", "state", "words")

    def __init__(self, image_steps, state_size, words, sentence_words, width=32, output=64, word=32, sentence=64):
        super().__init__((3, 96), image_steps, state_size, width, output)
        self.words, self.sentence_words = words, sentence_words
        self.word = nn.Embedding(words, word, padding_idx=0)
        self.read = nn.GRU(word, sentence, batch_first=True)
        self.film = nn.Linear(sentence, 2 * width)
        self.size += sentence

    def example(self, generator):
        return *super().example(generator), torch.randint(self.words, (1, self.sentence_words), generator=generator).float()

    def forward(self, images, state, words):
        sentence = self.read(self.word(words.long()))[1][0]
        film = self.film(sentence).repeat_interleave(self.image_steps, 0)
        return torch.cat([F.relu(self.features(images, film)), state, sentence], -1)

    def both(self, images, state, words):
        """The condition; there is no target whose offset could be seen."""
        return self(images, state, words), state.new_zeros(len(state), 2)


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
    """`sentence` (how many words there are, and in the longest sentence) makes it the flat one."""

    def __init__(self, channels, image_steps, state_size, sentence=()):
        super().__init__()
        self.encoder = SentenceEncoder(image_steps, state_size, *sentence) if sentence else Encoder(image_steps, state_size)
        self.denoiser = Denoiser(channels, self.encoder.size)

    @property
    def parameter_count(self):
        return sum(p.numel() for p in self.parameters())
