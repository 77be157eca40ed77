using System.Globalization;
using System.Text.Json;
using Edge.Telemetry;

namespace Edge.Hil.Bench;

/// <summary>A histogram of latencies, from whatever tool: buckets of microseconds in order.</summary>
internal sealed class Latencies
{
    private readonly (double FromUs, double ToUs, long Count)[] _buckets;

    private Latencies(IEnumerable<(double FromUs, double ToUs, long Count)> buckets, double maxUs)
    {
        _buckets = [.. buckets];
        Count = _buckets.Sum(bucket => bucket.Count);
        MaxUs = maxUs;
    }

    /// <summary>Values counted.</summary>
    public long Count { get; }

    /// <summary>The largest.</summary>
    public double MaxUs { get; }

    /// <summary>Buckets that are not empty, half open, in order.</summary>
    public IReadOnlyList<(double FromUs, double ToUs, long Count)> Buckets => _buckets;

    /// <summary>From the controller's report.</summary>
    public static Latencies Of(IReadOnlyList<HistogramBucket> bucketsNs, double maxUs) =>
        new(bucketsNs.Select(bucket => (bucket.From / 1e3, (bucket.To + 1) / 1e3, bucket.Count)), maxUs);

    /// <summary>From what cyclictest writes with --json: it rounds down to whole microseconds.</summary>
    /// <exception cref="BenchException">The file is not that.</exception>
    public static Latencies OfCyclictest(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            var thread = json.RootElement.GetProperty("thread").GetProperty("0");
            return new(
                thread.GetProperty("histogram").EnumerateObject()
                    .Select(bucket => (Us: double.Parse(bucket.Name, CultureInfo.InvariantCulture), Count: bucket.Value.GetInt64()))
                    .OrderBy(bucket => bucket.Us)
                    .Select(bucket => (bucket.Us, bucket.Us + 1, bucket.Count)),
                thread.GetProperty("max").GetDouble());
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or FormatException)
        {
            throw new BenchException($"cyclictest wrote no histogram ({e.Message})", e);
        }
    }

    /// <summary>The value that this fraction (0..1) does not exceed; even within a bucket, so that two tools' resolutions do not matter.</summary>
    public double QuantileUs(double fraction)
    {
        var rank = fraction * Count;
        foreach (var (from, to, count) in _buckets)
        {
            if (rank <= count)
                return Math.Min(from + ((to - from) * rank / count), MaxUs);
            rank -= count;
        }

        return MaxUs;
    }
}
