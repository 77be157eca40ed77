namespace Edge.Hil.Bench;

/// <summary>One figure of <c>edge-hil bench</c>: it measures something beside a peer or a limit, in the same run, and judges its goal.</summary>
public interface IBenchItem
{
    /// <summary>Key in bench.json and for <c>--only</c>: camelCase, fixed for good.</summary>
    string Key { get; }

    /// <summary>What is measured, as the tables show it: a few words.</summary>
    string Title { get; }

    /// <summary>The goal in one line, numbers with units: "at most 1.02 x the bare calls; at least 3 x faster than eager".</summary>
    string Goal { get; }

    /// <summary>Seconds that the item would like; its <see cref="BenchContext.Seconds"/> in a run with time for all.</summary>
    double WantedSeconds { get; }

    /// <summary>
    /// Measures within about <see cref="BenchContext.Seconds"/>. A goal that was missed is a result, not an exception. Throws <see cref="BenchException"/>
    /// where it cannot measure (a peer is missing, the rig does not start); the run goes on with the next item.
    /// </summary>
    BenchResult Run(BenchContext context);
}

/// <summary>An item could not measure; the message says why and what to do next.</summary>
public sealed class BenchException(string message, Exception? inner = null) : Exception(message, inner);
