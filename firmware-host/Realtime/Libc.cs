using System.Runtime.InteropServices;

namespace Edge.Realtime;

/// <summary>The calls of the C library that clocks, sleeping and scheduling need (Linux, 64 bit; names and numbers of the kernel's uapi headers).</summary>
internal static partial class Libc
{
    public const int ClockMonotonic = 1; // CLOCK_MONOTONIC, linux/time.h
    public const int TimerAbsolute = 1; // TIMER_ABSTIME, linux/time.h
    public const int SchedOther = 0; // linux/sched.h
    public const int SchedFifo = 1;
    public const int SchedIdle = 5;
    public const int LockCurrent = 1; // MCL_CURRENT, asm-generic/mman.h
    public const int LockFuture = 2; // MCL_FUTURE
    public const int LockOnFault = 4; // MCL_ONFAULT
    public const int SetThreadName = 15; // PR_SET_NAME, linux/prctl.h
    public const int PriorityOfProcess = 0; // PRIO_PROCESS; with id 0 the calling thread, sys/resource.h
    public const int Interrupted = 4; // EINTR, asm-generic/errno-base.h
    public const int CpuMaskWords = 16; // 1024 CPUs, as glibc's cpu_set_t

    // No SuppressGCTransition: it gains nothing on clock_gettime.
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static unsafe partial int ClockGetTime(int clock, Timespec* time);

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    public static unsafe partial int ClockNanosleep(int clock, int flags, Timespec* request, Timespec* remaining);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    public static unsafe partial int SchedSetScheduler(int thread, int policy, SchedParam* parameters);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    public static unsafe partial int SchedSetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    public static unsafe partial int SchedGetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    public static partial int LockAllMemory(int flags);

    [LibraryImport("libc", EntryPoint = "prctl", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ProcessControl(int option, string name);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int niceness);

    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct SchedParam
    {
        public int Priority;
    }
}
