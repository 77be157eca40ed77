namespace Edge.Telemetry;

/// <summary>
/// What the process allocates from the managed heap, and which thread does. A collection suspends the control loop, and without allocation there is none:
/// each thread notes its own counter, one thread reads them all.
/// </summary>
public sealed class AllocationMeter
{
    private readonly List<ThreadAllocation> _threads = [];
    private long _totalAtBegin;
    private int _collectionsAtBegin;
    private long _beganNs;

    /// <summary>A counter for a thread; make all of them before <see cref="Begin"/>.</summary>
    public ThreadAllocation Thread(string name)
    {
        var thread = new ThreadAllocation(name);
        _threads.Add(thread);
        return thread;
    }

    /// <summary>Begins to count: steady state.</summary>
    public void Begin(long nowNs)
    {
        foreach (var thread in _threads)
            thread.Begin();
        _beganNs = nowNs;
        _collectionsAtBegin = GC.CollectionCount(0); // generation 0 counts every collection

        // The exact sum would suspend the process, and the loop with it, until a planner of the lowest priority has come to a safe point.
        _totalAtBegin = GC.GetTotalAllocatedBytes();
    }

    /// <summary>Seconds since <see cref="Begin"/>.</summary>
    public double Seconds(long nowNs) => (nowNs - _beganNs) * 1e-9;

    /// <summary>Bytes that the process allocated since <see cref="Begin"/>, to within 8 kB a thread: the blocks in which threads take their memory.</summary>
    public long AllocatedBytes => GC.GetTotalAllocatedBytes() - _totalAtBegin;

    /// <summary>Collections since <see cref="Begin"/>.</summary>
    public int Collections => GC.CollectionCount(0) - _collectionsAtBegin;

    /// <summary>The counters so far. Allocates.</summary>
    public AllocationReport Report(long nowNs)
    {
        var bytes = AllocatedBytes;
        var threads = _threads.ToDictionary(thread => thread.Name, thread => thread.Bytes);
        threads["others"] = Math.Max(0, bytes - threads.Values.Sum());
        return new AllocationReport(Seconds(nowNs), bytes, Collections, threads);
    }
}

/// <summary>One thread's counter: the thread itself calls <see cref="Note"/> now and then, which costs a few nanoseconds.</summary>
public sealed class ThreadAllocation(string name)
{
    private long _now;
    private long _atBegin;

    /// <summary>The thread's name.</summary>
    public string Name => name;

    /// <summary>Bytes from the meter's beginning to the thread's last note.</summary>
    public long Bytes => Volatile.Read(ref _now) - _atBegin;

    /// <summary>Notes what the calling thread has allocated so far.</summary>
    public void Note() => Volatile.Write(ref _now, GC.GetAllocatedBytesForCurrentThread());

    internal void Begin() => _atBegin = Volatile.Read(ref _now);
}

/// <summary>Allocation in steady state.</summary>
/// <param name="Seconds">Since when: armed, or at rest without arming.</param>
/// <param name="Bytes">Of the whole process.</param>
/// <param name="Collections">Garbage collections: each suspended the control loop.</param>
/// <param name="BytesByThread">Bytes of each thread; "others" are those of libraries and the runtime.</param>
public sealed record AllocationReport(double Seconds, long Bytes, int Collections, IReadOnlyDictionary<string, long> BytesByThread)
{
    /// <summary>Bytes a second of the whole process.</summary>
    public double BytesPerSecond => Seconds > 0 ? Bytes / Seconds : 0;
}
