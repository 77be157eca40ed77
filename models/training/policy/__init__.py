"""The policy: a conditional diffusion model over action chunks. `python3 -m policy.train`, then `python3 -m policy.export`; `python3 -m policy.distil` between them for few steps."""
