"""Processes that train together, on the cores of one machine."""
import ctypes
import datetime
import os
import signal
import tempfile

import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Team:
    """Each process draws batches of its own; after every step all have the same gradients, so the same weights."""

    def __init__(self, rank, size):
        self.rank, self.size = rank, size

    @property
    def leads(self):
        """This is the process that reports, evaluates and saves."""
        return self.rank == 0

    def average(self, parameters, *numbers):
        """Averages the gradients in place, and returns the averages of some numbers."""
        if self.size == 1:
            return numbers
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([*(g.flatten() for g in gradients), torch.tensor(numbers, dtype=torch.float32)])
        distributed.all_reduce(flat)
        flat /= self.size
        *parts, last = flat.split([*(g.numel() for g in gradients), len(numbers)])
        for gradient, part in zip(gradients, parts):
            gradient.copy_(part.view_as(gradient))
        return tuple(last.tolist())

    def agree(self, find):
        """What the leader finds: everybody gets that."""
        found = [find() if self.leads else None]
        if self.size > 1:
            distributed.broadcast_object_list(found, 0)
        return found[0]

    def share(self, state):
        """Everybody takes over the leader's tensors."""
        if self.size > 1:
            for tensor in state.values():
                distributed.broadcast(tensor, 0)


def run(work, size, *arguments):
    """Calls work(team, *arguments) in so many processes; one that fails ends them all. (torch.distributed.run would do: Debian 12's is broken by its Python.)"""
    if size == 1:
        work(Team(0, 1), *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(_member, (work, size, f"file://{folder}/meeting", arguments), size)


def _member(rank, work, size, meeting, arguments):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # who stops the first stops all
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    # The others wait while the leader evaluates and saves.
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=size, timeout=datetime.timedelta(minutes=30))
    work(Team(rank, size), *arguments)
    distributed.destroy_process_group()
