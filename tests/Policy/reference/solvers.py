"""Writes solvers.json: what torch says the solvers must compute. An independent peer: textbook formulas, written without looking at the C#.
Run: python3 tests/Policy/reference/solvers.py > tests/Policy/reference/solvers.json
"""
import json
import math

import torch

torch.set_num_threads(1)
torch.manual_seed(3)
N, T = 12, 100


def network(x, t):
    """Any smooth function of sample and time will do."""
    return 0.6 * torch.sin(1.7 * x + 0.05 * t) + 0.3 * x * math.cos(0.03 * t)


def cosine_alphas_cumprod(timesteps):
    f = [math.cos((i / timesteps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(timesteps + 1)]
    beta = torch.tensor([min(1 - f[i + 1] / f[i], 0.999) for i in range(timesteps)], dtype=torch.float64)
    return torch.cumprod(1.0 - beta, dim=0)


ABAR = cosine_alphas_cumprod(T)


def split(prediction, x, abar, kind, clip):
    """Predicted clean sample and noise."""
    a, s = abar.sqrt(), (1 - abar).sqrt()
    x0 = {"epsilon": (x - s * prediction) / a, "sample": prediction, "v": a * x - s * prediction}[kind]
    x0 = x0.clamp(-clip, clip)
    return x0, (x - a * x0) / s


def trailing(steps):
    return [int(round(T - k * T / steps)) - 1 for k in range(steps)]


def ddim(x, steps, kind, clip):
    ts = trailing(steps)
    for i, t in enumerate(ts):
        x0, eps = split(network(x, t), x, ABAR[t], kind, clip)
        nxt = ABAR[ts[i + 1]] if i + 1 < len(ts) else torch.tensor(1.0, dtype=torch.float64)
        x = nxt.sqrt() * x0 + (1 - nxt).sqrt() * eps
    return x


def ddpm(x, steps, kind, clip, noises):
    ts = trailing(steps)
    for i, t in enumerate(ts):
        x0, _ = split(network(x, t), x, ABAR[t], kind, clip)
        last = i + 1 == len(ts)
        prev = torch.tensor(1.0, dtype=torch.float64) if last else ABAR[ts[i + 1]]
        current_alpha = ABAR[t] / prev
        current_beta = 1 - current_alpha
        mean = prev.sqrt() * current_beta / (1 - ABAR[t]) * x0 + current_alpha.sqrt() * (1 - prev) / (1 - ABAR[t]) * x
        variance = (1 - prev) / (1 - ABAR[t]) * current_beta
        x = mean if last else mean + variance.sqrt() * noises[i]
    return x


def dpm_solver_pp_2m(x, steps, kind, clip):
    """Algorithm 2 of Lu et al. (2022), data prediction, multistep; first order where there is no step before, and in the last, which ends without noise."""
    ts = trailing(steps)
    older = None  # (clean sample, lambda) of the step before
    for i, t in enumerate(ts):
        x0, _ = split(network(x, t), x, ABAR[t], kind, clip)
        if i + 1 == len(ts):
            return x0
        alpha_t, sigma_t = ABAR[t].sqrt(), (1 - ABAR[t]).sqrt()
        alpha_s, sigma_s = ABAR[ts[i + 1]].sqrt(), (1 - ABAR[ts[i + 1]]).sqrt()
        lambda_t, lambda_s = torch.log(alpha_t / sigma_t), torch.log(alpha_s / sigma_s)
        h = lambda_s - lambda_t
        d = x0
        if older is not None:
            r = (lambda_t - older[1]) / h
            d = (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * older[0]
        older = (x0, lambda_t)
        x = sigma_s / sigma_t * x - alpha_s * (torch.exp(-h) - 1) * d
    return x


def flow(x, steps):
    for i in range(steps):
        x = x + network(x, i / steps * T) / steps
    return x


start = torch.randn(N, dtype=torch.float64)
noises = torch.randn(20, N, dtype=torch.float64)
cases = []
for steps in (1, 2, 4, 10):
    cases.append({"solver": "flow", "steps": steps, "result": flow(start, steps).tolist()})
    for kind in ("epsilon", "sample", "v"):
        cases.append({"solver": "ddim", "steps": steps, "prediction": kind, "clip": 1.2, "result": ddim(start, steps, kind, 1.2).tolist()})
        cases.append({"solver": "dpm-solver++", "steps": steps, "prediction": kind, "clip": 1.2, "result": dpm_solver_pp_2m(start, steps, kind, 1.2).tolist()})
        cases.append({"solver": "ddpm", "steps": steps, "prediction": kind, "clip": 1.2, "result": ddpm(start, steps, kind, 1.2, noises).tolist()})
print(json.dumps({"timesteps": T, "alphasCumprod": ABAR.tolist(), "start": start.tolist(), "noises": noises.tolist(), "cases": cases}))
