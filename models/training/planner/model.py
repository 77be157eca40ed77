"""The planner's network: a convolutional eye that reads the scene into a few tokens, and a llama-type decoder that writes the call.

The eye marks, on a 40 x 40 grid, where things meet the table (a centre map for objects and one for flat areas), and the best
`slots` peaks become image tokens, six for each: one for each digit of its coordinate per mille. All six carry free features and the
eye's own reading of that spot (score, size, colour, shape, where it is); each adds its digit and that digit's place. So writing a coordinate is what
attention does best: find the token that matches the thing named and the place, and copy its digit. The reading is trained densely by
every thing of every picture. A coarse 5 x 5 map follows, for all that is not a thing (what the gripper holds, free space).
"""

import math
import os
from dataclasses import asdict, dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

KINDS = 2  # centre maps: objects, areas
PLACES = 6  # digits of a point: three of x, three of y
WAVES = 4  # of a mark's position on either axis, the longest as long as the picture, each half of the one before
GRID = 40
READ_FIRST = 5  # of every cell the eye reads: a thing's centre is here, where exactly (x, y), its width and height; then colours and shapes
READ = 360  # tokens of a question, its sentence and its memory, that a head may be told to look at
# Where the processor multiplies in it, the decoder's products are of half precision while it learns: four times as fast. Elsewhere it would be slower.
BFLOAT16 = os.path.exists("/proc/cpuinfo") and "avx512_bf16" in open("/proc/cpuinfo", encoding="ascii").read()
BEFORE_PICTURE = 2  # tokens before those of a picture: one around it, one that says that it is whole


@dataclass
class Config:
    """Shapes; stored in the checkpoint."""

    colours: list = field(default_factory=list)
    shapes: list = field(default_factory=list)
    vocabulary: int = 512
    image_size: int = 160
    slots: int = 10
    context: int = 5
    hidden: int = 96
    layers: int = 10
    heads: int = 4
    inner: int = 384
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5
    channels: tuple = (48, 80, 48)

    @property
    def image_tokens(self):
        return PLACES * self.slots + self.context * self.context

    @property
    def head_dim(self):
        return self.hidden // self.heads

    def to_dict(self):
        return asdict(self)


def _conv(i, o, kernel, stride=1, dilation=1):
    return nn.Sequential(
        nn.Conv2d(i, o, kernel, stride, dilation * (kernel // 2), dilation, bias=False), nn.BatchNorm2d(o), nn.ReLU())


class _Residual(nn.Module):
    def __init__(self, channels, dilation=1):
        super().__init__()
        self.first = _conv(channels, channels, 3, dilation=dilation)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)))


def digits(value):
    """One-hot digits [..., 30] of whole numbers 0..999 held in floats."""
    hundreds = torch.floor(value / 100)
    tens = torch.floor((value - 100 * hundreds) / 10)
    ones = value - 100 * hundreds - 10 * tens
    place = torch.stack([hundreds, tens, ones], -1).unsqueeze(-1)
    return (place == torch.arange(10, dtype=value.dtype)).to(value.dtype).flatten(-2)


def waves(point):
    """Sines and cosines [..., 4 * WAVES] of points [..., 2] in 0..1: with these, how near two marks are is a product, which is what attention computes (arXiv 2006.10739)."""
    phase = point.unsqueeze(-1) * (2 * math.pi * 2.0 ** torch.arange(WAVES, dtype=point.dtype))
    return torch.cat([torch.sin(phase), torch.cos(phase)], -1).flatten(-2)


class Eye(nn.Module):
    """Picture to image tokens."""

    def __init__(self, config):
        super().__init__()
        b, c, d = config.channels
        self.config = config
        self.frozen = False
        self.fine = nn.Sequential(_conv(3, b, 7, 4), _Residual(b))
        self.position = nn.Parameter(torch.zeros(1, c, GRID // 2, GRID // 2))
        self.down = _conv(b, c, 3, 2)
        self.coarse = nn.Sequential(_Residual(c), _Residual(c, 2))
        self.lateral = nn.Conv2d(b, d, 1)
        self.up = nn.Conv2d(c, d, 1)
        self.merge = nn.Sequential(nn.ReLU(), _conv(d, d, 3))
        self.per_kind = READ_FIRST + len(config.colours) + len(config.shapes)
        self.read = nn.Conv2d(d, KINDS * self.per_kind, 1)
        with torch.no_grad():
            self.read.bias.view(KINDS, -1)[:, 0] = -4.0
        reading = KINDS + READ_FIRST + len(config.colours) + len(config.shapes)
        self.slot = nn.Linear(d + reading, config.hidden)
        self.position_waves = nn.Linear(4 * WAVES, config.hidden, bias=False)
        self.place = nn.Parameter(torch.randn(PLACES, config.hidden))
        self.digit = nn.Parameter(torch.randn(10, config.hidden))
        self.map = nn.Linear(c, config.hidden)
        self.map_position = nn.Parameter(torch.randn(1, config.context ** 2, config.hidden) * 0.02)
        column = torch.arange(GRID, dtype=torch.float32).repeat(GRID)
        row = torch.arange(GRID, dtype=torch.float32).view(GRID, 1).expand(GRID, GRID).reshape(-1)
        self.register_buffer("corner", torch.stack([column, row], -1).repeat(KINDS, 1), persistent=False)
        self.register_buffer("kind", torch.eye(KINDS).view(KINDS, 1, KINDS).expand(KINDS, GRID * GRID, KINDS).reshape(-1, KINDS), persistent=False)

    def train(self, mode=True):
        """A frozen eye sees as it does at work, whatever the mode."""
        return super().train(mode and not self.frozen)

    def forward(self, pixels):
        """
        [b, 3, 160, 160] in -1..1 to tokens [b, N, hidden], readings [b, kinds * 1600, 5 + colours + shapes], and the points, per mille,
        that the first tokens write [b, slots, 2], and the marks behind them [b, slots, 7]: point, score, 1 for an area, colour, shape and how sure these are.
        """
        config = self.config
        batch = pixels.shape[0]
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            fine = self.fine(pixels)
            coarse = self.coarse(self.down(fine) + self.position)
            features = self.merge(self.lateral(fine) + F.interpolate(self.up(coarse), scale_factor=2.0, mode="nearest"))
            raw = self.read(features).view(batch, KINDS, self.per_kind, GRID * GRID)

        score = torch.sigmoid(raw[:, :, 0]).view(batch, KINDS, GRID, GRID)
        peak = (score == F.max_pool2d(score, 3, 1, 1)).to(score.dtype) * score
        best, where = torch.topk(peak.view(batch, -1), config.slots, 1)
        readings = raw.transpose(2, 3).reshape(batch, KINDS * GRID * GRID, self.per_kind)
        slot = torch.gather(readings, 1, where.unsqueeze(-1).expand(batch, config.slots, self.per_kind))
        free = features.flatten(2).transpose(1, 2)
        area = (where >= GRID * GRID).to(where.dtype)
        cell = where - GRID * GRID * area
        free = torch.gather(free, 1, cell.unsqueeze(-1).expand(batch, config.slots, free.shape[2]))

        colours = len(config.colours)
        point = (self.corner[where] + 0.5 + slot[..., 1:3]) * (1000.0 / GRID)
        whole = torch.clamp(torch.floor(point.detach() + 0.5), 0, 999)
        colour, shape = (torch.softmax(names, -1) for names in (slot[..., READ_FIRST:READ_FIRST + colours], slot[..., READ_FIRST + colours:]))
        position = point * 0.001
        token = torch.cat([free, self.kind[where], best.unsqueeze(-1), position, slot[..., 3:READ_FIRST], colour, shape], -1)
        written = torch.matmul(digits(whole).view(batch, config.slots, PLACES, 10), self.digit)
        token = ((self.slot(token) + self.position_waves(waves(position))).unsqueeze(2) + self.place + written).flatten(1, 2)
        context = F.avg_pool2d(coarse, GRID // 2 // config.context).flatten(2).transpose(1, 2)
        tokens = torch.cat([token, self.map(context) + self.map_position], 1)
        sure = colour.amax(-1) * shape.amax(-1)
        named = torch.stack([best, *(i.to(whole.dtype) for i in (area, colour.argmax(-1), shape.argmax(-1))), sure], -1)
        return tokens, readings, whole, torch.cat([whole, named], -1)


class RmsNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotate(x, cos, sin):
    """Rotary embedding, halves style; cos and sin [..., head_dim]."""
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


class Layer(nn.Module):
    """One llama layer; attention itself is done by the caller, who knows what may see what."""

    def __init__(self, config):
        super().__init__()
        d = config.hidden
        self.heads = config.heads
        self.input_norm = RmsNorm(d, config.norm_eps)
        self.output_norm = RmsNorm(d, config.norm_eps)
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.gate = nn.Linear(d, config.inner, bias=False)
        self.up = nn.Linear(d, config.inner, bias=False)
        self.down = nn.Linear(config.inner, d, bias=False)

    def project(self, x, cos, sin):
        """[..., d] to rotated queries, rotated keys and values [..., heads, head_dim]."""
        h = self.input_norm(x)
        shape = (*x.shape[:-1], self.heads, x.shape[-1] // self.heads)
        return rotate(self.q(h).view(shape), cos, sin), rotate(self.k(h).view(shape), cos, sin), self.v(h).view(shape)

    def finish(self, x, attended):
        """Adds the attention's result and the feed-forward part."""
        x = x + self.o(attended)
        h = self.output_norm(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Decoder(nn.Module):
    """Llama-type decoder. `forward` is the plain causal form with a cache (the exported one), `packed` the form for training."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = RmsNorm(config.hidden, config.norm_eps)
        self.head = nn.Linear(config.hidden, config.vocabulary, bias=False)
        half = config.head_dim // 2
        self.register_buffer("frequency", config.rope_theta ** (-torch.arange(half, dtype=torch.float32) / half), persistent=False)

    def angles(self, positions):
        """cos and sin [..., 1, head_dim] (the 1 broadcasts over heads)."""
        angle = positions.to(torch.float32).unsqueeze(-1) * self.frequency
        angle = torch.cat([angle, angle], -1).unsqueeze(-2)
        return torch.cos(angle), torch.sin(angle)

    def forward(self, inputs_embeds, attention_mask, position_ids, *past):
        """Logits [b, s, V], then present keys and values, layer by layer, [b, heads, past + s, head_dim]."""
        batch, length = inputs_embeds.shape[0], inputs_embeds.shape[1]
        total = attention_mask.shape[1]
        cos, sin = self.angles(position_ids)
        query = torch.arange(length).unsqueeze(1) + (total - length)
        seen = (torch.arange(total).unsqueeze(0) <= query).unsqueeze(0).unsqueeze(0) & (attention_mask > 0).unsqueeze(1).unsqueeze(1)
        bias = (1.0 - seen.to(inputs_embeds.dtype)) * -1e4
        x, present = inputs_embeds, []
        for i, layer in enumerate(self.layers):
            q, k, v = layer.project(x, cos, sin)
            k = torch.cat([past[2 * i], k.transpose(1, 2)], 2)
            v = torch.cat([past[2 * i + 1], v.transpose(1, 2)], 2)
            present += [k, v]
            weight = torch.matmul(q.transpose(1, 2), k.transpose(2, 3)) * (1.0 / math.sqrt(self.config.head_dim)) + bias
            attended = torch.matmul(torch.softmax(weight, -1), v).transpose(1, 2).reshape(batch, length, self.config.hidden)
            x = layer.finish(x, attended)
        return (self.head(self.norm(x)), *present)

    def packed(self, prefix, tokens, pack):
        """
        Hidden states of all pair tokens, flat [n, d], and where the first head looks of an early layer, of the last but two and of the last but one: at the prefix and at the
        pair's own beginning, where a second picture may stand, and the sentence, 3 x [n, P + 2 + N + READ]. `prefix` [b, P, d]
        is each picture's common beginning, `tokens` [n, d] the tokens of all pairs one after the other; `pack` groups pairs of similar
        length and says which picture each belongs to. Every pair sees its picture's prefix and itself, as if it stood alone behind it.
        """
        batch, start, d = prefix.shape
        scale = 1.0 / math.sqrt(self.config.head_dim)
        seen = start + BEFORE_PICTURE + self.config.image_tokens + READ
        cos_p, sin_p = self.angles(torch.arange(start))
        cos_t, sin_t = self.angles(start + pack.position)
        causal = torch.full((start, start), -1e4).triu(1)
        masks = [torch.full((g.shape[1], g.shape[1]), -1e4).triu(1) for _, g in pack.groups]
        told = (len(self.layers) // 3, len(self.layers) - 3, len(self.layers) - 2)
        heeded = {}
        for i, layer in enumerate(self.layers):
            qp, kp, vp = (v.transpose(1, 2) for v in layer.project(prefix, cos_p, sin_p))
            qt, kt, vt = layer.project(tokens, cos_t, sin_t)
            qt = qt * scale
            attended, looks = [], []
            for (picture, rows), mask in zip(pack.groups, masks):
                k = torch.cat([kp[picture], kt[rows].transpose(1, 2)], 2)
                v = torch.cat([vp[picture], vt[rows].transpose(1, 2)], 2)
                weight = torch.matmul(qt[rows].transpose(1, 2), k.transpose(2, 3))
                weight[..., start:] += mask  # in place: these are the largest tensors of all
                weight = torch.softmax(weight, -1)
                attended.append(torch.matmul(weight, v).transpose(1, 2).reshape(-1, d))
                if i in told:
                    weight = weight[:, 0]
                    looks.append(F.pad(weight, (0, max(0, seen - weight.shape[-1])))[..., :seen].reshape(-1, seen))
            if looks:
                heeded[i] = torch.cat(looks)[pack.scatter]
            if i + 1 < len(self.layers):
                weight = torch.softmax(torch.matmul(qp, kp.transpose(2, 3)) * scale + causal, -1)
                prefix = layer.finish(prefix, torch.matmul(weight, vp).transpose(1, 2).reshape(batch, start, d))
            tokens = layer.finish(tokens, torch.cat(attended)[pack.scatter])
        return tokens, [heeded[i] for i in told]


class Planner(nn.Module):
    """Eye, token embedding and decoder."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.eye = Eye(config)
        self.embed = nn.Embedding(config.vocabulary, config.hidden)
        self.decoder = Decoder(config)
        nn.init.normal_(self.embed.weight, std=0.5)
        for name, p in self.decoder.named_parameters():
            if p.dim() == 2:
                deep = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(p, std=0.02 if name == "head.weight" else (0.08 / math.sqrt(2 * config.layers) if deep else 0.08))

    def prefix(self, ids, image_tokens):
        """Embeds the common beginning `ids` [P]; the image tokens' rows stand where `ids` holds -1."""
        rows = self.embed(ids.clamp(min=0)).unsqueeze(0).expand(image_tokens.shape[0], -1, -1)
        first = int((ids < 0).nonzero()[0])
        return torch.cat([rows[:, :first], image_tokens, rows[:, first + image_tokens.shape[1]:]], 1)

    def embed_pack(self, pack, image_tokens):
        """Embeds the tokens of all pairs [n, d], those of pictures that go with a sentence taken from `image_tokens` [b, N, d]."""
        return self.embed(pack.ids).index_put((pack.spots,), image_tokens.flatten(0, 1)[pack.shown])

    def write(self, image_tokens, prefix_ids, pack, asked):
        """
        The first `asked` of the pictures have pairs in `pack`; the others go with a sentence or are only looked at. Logits at the places whose next token is an answer's,
        and the looks (see `Decoder.packed`). `image_tokens` [b, N, d] are the eye's.
        """
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training and BFLOAT16):
            hidden, looks = self.decoder.packed(self.prefix(prefix_ids, image_tokens[:asked]), self.embed_pack(pack, image_tokens), pack)
            logits = self.decoder.head(self.decoder.norm(hidden[pack.predict]))
        return logits.float(), [look.float() for look in looks]
