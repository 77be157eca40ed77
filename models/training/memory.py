"""How the process gets its memory."""
import ctypes

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # malloc.h


def keep():
    """
    Freed memory stays with the process. A training step frees and takes the same large tensors again; by default glibc returns them to the kernel each time, and
    clearing their pages anew takes half of the step.
    """
    libc = ctypes.CDLL(None)
    for option, value in ((M_MMAP_THRESHOLD, 1 << 30), (M_TRIM_THRESHOLD, (1 << 31) - 1), (M_TOP_PAD, 1 << 28)):
        libc.mallopt(option, value)
