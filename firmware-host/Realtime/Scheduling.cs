using System.Numerics;
using System.Runtime.InteropServices;

namespace Edge.Realtime;

/// <summary>
/// What the kernel is asked for. Each call acts on the calling thread (memory: on the process) and returns null, or one sentence that says
/// what was refused and what grants it; the caller decides whether to go on.
/// </summary>
public static class Scheduling
{
    /// <summary>
    /// Gives the calling thread its <see cref="Thread.Name"/> in the kernel's lists too (<c>top -H</c>, <c>ps -L</c>), which NativeAOT does not; 15 bytes are kept.
    /// </summary>
    public static void ShowName() => _ = Libc.ProcessControl(Libc.SetThreadName, Thread.CurrentThread.Name ?? "");

    /// <summary>SCHED_FIFO with a priority of 1..98 (99 belongs to the kernel's own threads); 0 asks for nothing.</summary>
    public static string? UseFifo(int priority)
    {
        if (priority == 0)
            return null;
        return SetScheduler(Libc.SchedFifo, priority) is { } error
            ? $"SCHED_FIFO with priority {priority} was refused ({error}): run as root or grant CAP_SYS_NICE (systemd: LimitRTPRIO=98). The thread runs with ordinary priority and may be late."
            : null;
    }

    /// <summary>SCHED_IDLE: the thread runs only when nobody else wants the CPU. For the planner.</summary>
    public static string? UseIdle() =>
        SetScheduler(Libc.SchedIdle, 0) is { } error ? $"SCHED_IDLE was refused ({error}). The thread runs with ordinary priority and may delay others." : null;

    /// <summary>Niceness -20 (favoured) to 19.</summary>
    public static string? UseNiceness(int niceness) =>
        Libc.SetPriority(Libc.PriorityOfProcess, 0, niceness) == 0
            ? null
            : $"Niceness {niceness} was refused ({LastError()}): run as root or grant CAP_SYS_NICE. The thread keeps its niceness.";

    /// <summary>Pins the thread to one CPU; -1 means the last one that it may run on.</summary>
    public static unsafe string? Pin(int cpu)
    {
        var mask = stackalloc ulong[Libc.CpuMaskWords];
        new Span<ulong>(mask, Libc.CpuMaskWords).Clear();
        const nint Bytes = Libc.CpuMaskWords * sizeof(ulong);
        if (cpu < 0)
        {
            if (Libc.SchedGetAffinity(0, Bytes, mask) < 0)
                return $"The CPUs that the thread may run on cannot be read ({LastError()}). The thread is not pinned.";
            cpu = LastCpu(new ReadOnlySpan<ulong>(mask, Libc.CpuMaskWords));
            new Span<ulong>(mask, Libc.CpuMaskWords).Clear();
        }

        if (cpu >= Libc.CpuMaskWords * 64)
            return $"CPU {cpu} does not exist: 0..{(Libc.CpuMaskWords * 64) - 1} is allowed. The thread is not pinned.";
        mask[cpu / 64] = 1UL << (cpu % 64);
        return Libc.SchedSetAffinity(0, Bytes, mask) == 0
            ? null
            : $"Pinning to CPU {cpu} was refused ({LastError()}): it must be one of the CPUs that the process may run on. The thread is not pinned.";
    }

    /// <summary>
    /// Locks all pages of the process as soon as they are touched: none that the loop has used is ever taken away. Pages that nobody touches (stacks, the heap's
    /// reserve) cost nothing; to fill them in advance took a gigabyte.
    /// </summary>
    public static string? LockMemory() =>
        Libc.LockAllMemory(Libc.LockCurrent | Libc.LockFuture | Libc.LockOnFault) == 0
            ? null
            : $"mlockall was refused ({LastError()}): run as root or raise the limit (systemd: LimitMEMLOCK=infinity). A page fault may delay the loop.";

    private static int LastCpu(ReadOnlySpan<ulong> mask)
    {
        for (var word = mask.Length - 1; word >= 0; word--)
        {
            if (mask[word] != 0)
                return (word * 64) + BitOperations.Log2(mask[word]);
        }

        return 0;
    }

    private static unsafe string? SetScheduler(int policy, int priority)
    {
        var parameters = new Libc.SchedParam { Priority = priority };
        return Libc.SchedSetScheduler(0, policy, &parameters) == 0 ? null : LastError();
    }

    private static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
}
