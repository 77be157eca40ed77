using System.Runtime.InteropServices;

namespace Edge.Hil.Bench;

/// <summary>Processor time of the calling thread: what a computation costs, whoever else runs meanwhile.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID, linux/time.h

    /// <summary>Processor time so far, ns.</summary>
    public static unsafe long NowNs
    {
        get
        {
            Timespec time;
            _ = ClockGetTime(ThreadCpuTime, &time); // cannot fail: the clock exists and the pointer is valid
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static unsafe partial int ClockGetTime(int clock, Timespec* time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
