"""What the denoiser learns, and how actions are drawn from it: flow matching, or DDPM with the squared cosine schedule."""
import math

import torch


class Flow:
    """x(t) = (1 - t) noise + t action; the network predicts dx/dt = action - noise."""

    name = "flow"

    def __init__(self, timesteps=100):
        self.timesteps = timesteps

    def noisy(self, actions):
        noise = torch.randn_like(actions)
        t = torch.rand(len(actions), 1, 1, device=actions.device)
        return (1 - t) * noise + t * actions, t[:, 0, 0] * self.timesteps, actions - noise

    def sample(self, denoiser, cond, noise, steps):
        x = noise
        for i in range(steps):
            t = torch.full((len(x),), i / steps * self.timesteps, device=x.device)
            x = x + denoiser(x, t, cond) / steps
        return x

    def manifest(self, steps, solver=None):
        return {"kind": "flow", "steps": steps, "timesteps": self.timesteps}


class Ddpm:
    """prediction: epsilon, sample or v. Sampling is DDIM on evenly spaced ("trailing") steps."""

    name = "ddpm"

    def __init__(self, timesteps=100, prediction="v", clip=1.2):
        self.timesteps, self.prediction, self.clip = timesteps, prediction, clip

        def signal(t):
            return math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2

        betas = [min(0.999, 1 - signal((i + 1) / timesteps) / signal(i / timesteps)) for i in range(timesteps)]
        self.alpha_bar = torch.cumprod(1 - torch.tensor(betas, dtype=torch.float64), 0).float()

    def noisy(self, actions):
        noise = torch.randn_like(actions)
        t = torch.randint(self.timesteps, (len(actions),), device=actions.device)
        alpha = self.alpha_bar.to(actions.device)[t].view(-1, 1, 1)
        a, b = alpha.sqrt(), (1 - alpha).sqrt()
        target = {"epsilon": noise, "sample": actions, "v": a * noise - b * actions}[self.prediction]
        return a * actions + b * noise, t.float(), target

    def sample(self, denoiser, cond, noise, steps):
        x = noise
        times = [round(self.timesteps - i * self.timesteps / steps) - 1 for i in range(steps)] + [-1]
        for t, after in zip(times, times[1:]):
            alpha = self.alpha_bar[t].item()
            a, b = math.sqrt(alpha), math.sqrt(1 - alpha)
            p = denoiser(x, torch.full((len(x),), float(t), device=x.device), cond)
            clean = {"epsilon": (x - b * p) / a, "sample": p, "v": a * x - b * p}[self.prediction].clamp(-self.clip, self.clip)
            left = (x - a * clean) / b
            alpha = self.alpha_bar[after].item() if after >= 0 else 1.0
            x = math.sqrt(alpha) * clean + math.sqrt(1 - alpha) * left
        return x

    def manifest(self, steps, solver="ddim"):
        return {"kind": solver, "steps": steps, "timesteps": self.timesteps, "prediction": self.prediction, "clip": self.clip}


def create(name, prediction="v"):
    return Flow() if name == "flow" else Ddpm(prediction=prediction)
