namespace Edge.Policy;

/// <summary>Durations in constant memory: eight buckets an octave from 1 us, so a percentile is right within 5 %.</summary>
internal sealed class DurationHistogram
{
    private const int BucketsPerOctave = 8;
    private readonly long[] _buckets = new long[BucketsPerOctave * 26];
    private long _maxNs;

    public long Count { get; private set; }

    public double MaxMs => _maxNs / 1e6;

    public void Add(long durationNs)
    {
        var us = Math.Max(1.0, durationNs / 1e3);
        _buckets[Math.Min(_buckets.Length - 1, (int)(Math.Log2(us) * BucketsPerOctave))]++;
        _maxNs = Math.Max(_maxNs, durationNs);
        Count++;
    }

    /// <summary>Milliseconds below which the share <paramref name="quantile"/> (0..1) lies; 0 when empty.</summary>
    public double QuantileMs(double quantile)
    {
        var rank = (long)Math.Ceiling(quantile * Count);
        long seen = 0;
        for (var i = 0; i < _buckets.Length && Count > 0; i++)
        {
            seen += _buckets[i];
            if (seen >= rank)
                return Math.Min(MaxMs, Math.Pow(2, (i + 0.5) / BucketsPerOctave) / 1e3);
        }

        return 0;
    }
}
