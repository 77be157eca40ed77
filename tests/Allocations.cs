namespace Edge.Tests;

/// <summary>Managed bytes that an action allocates on the calling thread.</summary>
internal static class Allocations
{
    private const int Attempts = 5;

    /// <summary>Bytes that one run of the action allocates: the smallest figure of up to five runs.</summary>
    public static long Of(Action action) => Of(() => action, run => run());

    /// <summary>As <see cref="Of(Action)"/>, with something new for each run whose making is not counted.</summary>
    public static long Of<T>(Func<T> prepare, Action<T> action) => Least(() =>
    {
        var subject = prepare();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action(subject);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    /// <summary>
    /// The smallest figure of up to five measurements. What the code itself allocates shows in each of them; what the runtime allocates
    /// on its thread (a method compiled anew, a type initialised) happens once, at a time of its own choosing.
    /// </summary>
    public static long Least(Func<long> measure)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Attempts && least > 0; i++)
            least = Math.Min(least, measure());
        return least;
    }
}
