using System.Collections.Concurrent;

namespace Edge.Hil.Lockstep;

/// <summary>Runs rigs side by side, on threads of their own: a rig's drawing context belongs to its thread, and the thread pool's threads come and go.</summary>
internal static class Workers
{
    /// <summary>Calls <paramref name="work"/> on each of some threads, with the items that are left; returns when all have returned.</summary>
    public static void Run<T>(int jobs, IReadOnlyCollection<T> items, Action<ConcurrentQueue<T>> work)
    {
        var queue = new ConcurrentQueue<T>(items);
        var threads = Enumerable.Range(0, Math.Clamp(jobs, 1, Math.Max(1, items.Count))).Select(_ => new Thread(() => work(queue))).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
    }
}
