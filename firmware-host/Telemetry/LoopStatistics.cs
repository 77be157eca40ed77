using System.Text.Json.Serialization;

namespace Edge.Telemetry;

/// <summary>
/// What a periodic loop did, in constant memory: how late it woke, how long a tick took, what it missed, what its thread allocated and how often
/// memory was collected in the process. The loop's thread writes, anybody reads.
/// </summary>
public sealed class LoopStatistics
{
    private readonly int _rateHz;
    private long _missed;
    private long _longestMiss;
    private long _largestLatenessNs;
    private long _allocatedAtBegin;
    private long _allocated;
    private int _collectionsAtBegin;
    private int _collections;

    /// <summary>Statistics of a loop of this rate.</summary>
    public LoopStatistics(int rateHz) => _rateHz = rateHz;

    /// <summary>How long after its deadline the loop woke, ns.</summary>
    public Histogram LatenessNs { get; } = new();

    /// <summary>How long the ticks took, ns.</summary>
    public Histogram TickNs { get; } = new();

    /// <summary>Begins to count: from here on the loop's thread should allocate nothing. Called by that thread.</summary>
    public void Begin()
    {
        LatenessNs.Clear();
        TickNs.Clear();
        Volatile.Write(ref _missed, 0);
        Volatile.Write(ref _longestMiss, 0);
        Volatile.Write(ref _allocated, 0);
        Volatile.Write(ref _collections, 0);
        _collectionsAtBegin = GC.CollectionCount(0); // generation 0 counts every collection
        _allocatedAtBegin = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>Records one tick. Called by the loop's thread.</summary>
    public void Record(long latenessNs, long tickNs, int missedTicks)
    {
        LatenessNs.Record(latenessNs);
        if (latenessNs > Volatile.Read(ref _largestLatenessNs))
            Volatile.Write(ref _largestLatenessNs, latenessNs); // racing a reader's reset may lose one value: it only feeds a picture
        TickNs.Record(tickNs);
        if (missedTicks > 0)
        {
            Volatile.Write(ref _missed, _missed + missedTicks);
            Volatile.Write(ref _longestMiss, Math.Max(_longestMiss, missedTicks));
        }

        if (TickNs.Count % _rateHz == 0) // once a second
            End();
    }

    /// <summary>Deadlines missed so far.</summary>
    public long Missed => Volatile.Read(ref _missed);

    /// <summary>Managed memory that the loop's thread has allocated, by its newest count.</summary>
    public long AllocatedBytes => Volatile.Read(ref _allocated);

    /// <summary>The largest lateness since the last call, ns. For one reader.</summary>
    public long TakeLargestLatenessNs() => Interlocked.Exchange(ref _largestLatenessNs, 0);

    /// <summary>Brings the memory counters up to date. Called by the loop's thread.</summary>
    public void End()
    {
        Volatile.Write(ref _allocated, GC.GetAllocatedBytesForCurrentThread() - _allocatedAtBegin);
        Volatile.Write(ref _collections, GC.CollectionCount(0) - _collectionsAtBegin);
    }

    /// <summary>The numbers so far. Allocates: not for the loop's thread.</summary>
    public LoopReport Report() => new(
        _rateHz,
        TickNs.Count,
        Volatile.Read(ref _missed),
        Volatile.Read(ref _longestMiss),
        QuantilesUs.Of(LatenessNs),
        QuantilesUs.Of(TickNs),
        Volatile.Read(ref _allocated),
        Volatile.Read(ref _collections));
}

/// <summary>Statistics of a loop as published.</summary>
/// <param name="RateHz">Rate asked for.</param>
/// <param name="Ticks">Ticks run.</param>
/// <param name="Missed">Deadlines that nobody woke up for.</param>
/// <param name="LongestMiss">Most deadlines missed between two ticks.</param>
/// <param name="LatenessUs">How long after its deadline the loop woke.</param>
/// <param name="TickUs">How long a tick took.</param>
/// <param name="AllocatedBytes">Managed memory that the loop's thread allocated since it began.</param>
/// <param name="GcCollections">Garbage collections of the process since the loop began.</param>
public sealed record LoopReport(
    int RateHz, long Ticks, long Missed, long LongestMiss, QuantilesUs LatenessUs, QuantilesUs TickUs, long AllocatedBytes, int GcCollections);

/// <summary>Quantiles in microseconds.</summary>
public sealed record QuantilesUs(double P50, double P99, double P999, double Max)
{
    /// <summary>Reads a histogram of nanoseconds.</summary>
    public static QuantilesUs Of(Histogram histogramNs)
    {
        ArgumentNullException.ThrowIfNull(histogramNs);
        return new(histogramNs.Quantile(0.5) / 1e3, histogramNs.Quantile(0.99) / 1e3, histogramNs.Quantile(0.999) / 1e3, histogramNs.Max / 1e3);
    }
}

/// <summary>JSON of the statistics, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LoopReport))]
public sealed partial class TelemetryJson : JsonSerializerContext;
