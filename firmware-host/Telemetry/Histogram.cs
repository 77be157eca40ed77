using System.Numerics;

namespace Edge.Telemetry;

/// <summary>
/// Counts values of 0 to about 10^12 (nanoseconds: 18 minutes) in log-linear buckets, the layout of HdrHistogram: exact below 128, within 1/64 above.
/// Constant memory; recording allocates nothing. One writer; readers on other threads see a moment within the last few records.
/// </summary>
public sealed class Histogram
{
    private const int LinearBits = 7; // values below 2^7 have a bucket each
    private const int HalfCount = 1 << (LinearBits - 1); // buckets per further power of two
    private const int LargestBits = 40;
    private readonly long[] _counts = new long[(1 << LinearBits) + ((LargestBits - LinearBits) * HalfCount)];
    private long _count;
    private long _max;
    private long _sum;

    /// <summary>Values recorded.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Largest value recorded, exact; 0 before the first.</summary>
    public long Max => Volatile.Read(ref _max);

    /// <summary>Sum of the values recorded.</summary>
    public long Sum => Volatile.Read(ref _sum);

    /// <summary>Records one value; below 0 counts as 0, above the range as the largest bucket (<see cref="Max"/> stays exact).</summary>
    public void Record(long value)
    {
        value = Math.Max(0, value);
        _counts[Bucket(Math.Min(value, (1L << LargestBits) - 1))]++;
        if (value > _max)
            Volatile.Write(ref _max, value);
        Volatile.Write(ref _sum, _sum + value);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Forgets everything. Only the writer may call this.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Volatile.Write(ref _max, 0);
        Volatile.Write(ref _sum, 0);
        Volatile.Write(ref _count, 0);
    }

    /// <summary>
    /// The smallest value that at least <paramref name="fraction"/> (0..1) of the records do not exceed, rounded up to its bucket's edge; 0 before the first.
    /// </summary>
    public long Quantile(double fraction)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(fraction * Count));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += Volatile.Read(ref _counts[i]);
            if (seen >= rank)
                return Math.Min(UpperEdge(i), Max);
        }

        return Max;
    }

    /// <summary>The buckets that are not empty, in order. Allocates.</summary>
    public IReadOnlyList<HistogramBucket> Buckets()
    {
        var buckets = new List<HistogramBucket>();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (Volatile.Read(ref _counts[i]) is > 0 and var count)
                buckets.Add(new HistogramBucket(i == 0 ? 0 : UpperEdge(i - 1) + 1, UpperEdge(i), count));
        }

        return buckets;
    }

    private static int Bucket(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - (LinearBits - 1));
        return (shift * HalfCount) + (int)(value >> shift);
    }

    private static long UpperEdge(int bucket)
    {
        var shift = Math.Max(0, (bucket / HalfCount) - 1);
        return ((bucket - (shift * HalfCount) + 1L) << shift) - 1;
    }
}

/// <summary>A bucket of a <see cref="Histogram"/>.</summary>
/// <param name="From">Least value that it counts.</param>
/// <param name="To">Largest value that it counts.</param>
/// <param name="Count">Values counted.</param>
public readonly record struct HistogramBucket(long From, long To, long Count);
