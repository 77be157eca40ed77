namespace Edge.Telemetry;

/// <summary>
/// What the process allocates from the managed heap, and which thread does. A collection suspends the control loop, and without allocation there is none:
/// each thread notes its own counter, one thread samples them all. Constant memory; sampling allocates nothing.
/// </summary>
public sealed class AllocationMeter
{
    private const int MostSamples = 8192; // a day
    private readonly List<ThreadAllocation> _threads = [];
    private readonly AllocationSample[] _samples = new AllocationSample[MostSamples];
    private long _totalAtBegin;
    private int _collectionsAtBegin;
    private long _beganNs;
    private int _count;

    /// <summary>Time between two samples.</summary>
    public const double SampleSeconds = 10;

    /// <summary>Samples taken since <see cref="Begin"/>.</summary>
    public int Count => _count;

    /// <summary>A counter for a thread; make all of them before <see cref="Begin"/>.</summary>
    public ThreadAllocation Thread(string name)
    {
        var thread = new ThreadAllocation(name);
        _threads.Add(thread);
        return thread;
    }

    /// <summary>Begins to count.</summary>
    public void Begin(long nowNs)
    {
        foreach (var thread in _threads)
            thread.Begin();
        _beganNs = nowNs;
        _count = 0;
        _collectionsAtBegin = GC.CollectionCount(0); // generation 0 counts every collection

        // The exact sum would suspend the process, and the loop with it, until a planner of the lowest priority has come to a safe point.
        _totalAtBegin = GC.GetTotalAllocatedBytes();
        Add(nowNs);
    }

    /// <summary>Takes a sample where one is due; true when it did.</summary>
    public bool TrySample(long nowNs)
    {
        if ((nowNs - _beganNs) / 1e9 < _count * SampleSeconds)
            return false;
        Add(nowNs);
        return true;
    }

    /// <summary>A sample that was taken; the first is 0. Only the newest of a day are kept.</summary>
    public AllocationSample this[int index] => _samples[index % MostSamples];

    /// <summary>The counters so far. Allocates.</summary>
    public AllocationReport Report(long nowNs)
    {
        Add(nowNs);
        var last = this[_count - 1];
        var threads = _threads.ToDictionary(thread => thread.Name, thread => thread.Bytes);
        threads["others"] = Math.Max(0, last.Bytes - threads.Values.Sum());
        return new AllocationReport(last.Seconds, last.Bytes, last.Collections, threads);
    }

    private void Add(long nowNs) =>
        _samples[_count++ % MostSamples] = new((nowNs - _beganNs) / 1e9, GC.GetTotalAllocatedBytes() - _totalAtBegin, GC.CollectionCount(0) - _collectionsAtBegin);
}

/// <summary>The heap at a moment.</summary>
/// <param name="Seconds">Since the meter began.</param>
/// <param name="Bytes">Allocated by the process since then, to within 8 kB a thread: the blocks in which threads take their memory.</param>
/// <param name="Collections">Garbage collections since then.</param>
public readonly record struct AllocationSample(double Seconds, long Bytes, int Collections);

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

/// <summary>The managed heap of a run, from arming on, or from when the statistics were last started anew.</summary>
/// <param name="Seconds">How long.</param>
/// <param name="Bytes">Allocated by the whole process.</param>
/// <param name="Collections">Garbage collections: each suspended the control loop.</param>
/// <param name="BytesByThread">Bytes of each thread; "others" are those of libraries and the runtime.</param>
public sealed record AllocationReport(double Seconds, long Bytes, int Collections, IReadOnlyDictionary<string, long> BytesByThread)
{
    /// <summary>Bytes a second of the whole process.</summary>
    public double BytesPerSecond => Seconds > 0 ? Bytes / Seconds : 0;
}
