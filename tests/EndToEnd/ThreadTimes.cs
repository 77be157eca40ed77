using System.Globalization;
using Xunit;

namespace Edge.Tests.EndToEnd;

/// <summary>What a thread of another process got of the CPUs, by the kernel's word.</summary>
/// <param name="RanNs">Time on a CPU.</param>
/// <param name="WaitedNs">Time in which it wanted to run and did not.</param>
internal readonly record struct ThreadTimes(long RanNs, long WaitedNs)
{
    /// <summary>Reads a thread by its name; skips the test where the kernel keeps no such account.</summary>
    public static ThreadTimes Of(int process, string name)
    {
        foreach (var thread in Directory.GetDirectories($"/proc/{process}/task"))
        {
            if (File.ReadAllText(Path.Combine(thread, "comm")).Trim() != name)
                continue;
            var account = Path.Combine(thread, "schedstat"); // Documentation/scheduler/sched-stats.rst: time on the CPU, time on a run queue, time slices
            Assert.SkipUnless(File.Exists(account), "this kernel was built without CONFIG_SCHED_INFO");
            var fields = File.ReadAllText(account).Split(' ');
            return new(long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture));
        }

        throw new InvalidOperationException($"process {process} has no thread \"{name}\"");
    }

    public static ThreadTimes operator -(ThreadTimes a, ThreadTimes b) => new(a.RanNs - b.RanNs, a.WaitedNs - b.WaitedNs);
}
