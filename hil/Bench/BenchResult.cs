using System.Globalization;

namespace Edge.Hil.Bench;

/// <summary>What an item found. Made by <see cref="Of"/>: the goal is met when every ratio and limit in it is.</summary>
public sealed record BenchResult
{
    /// <summary>The goal was met.</summary>
    public required bool Met { get; init; }

    /// <summary>The figures that matter, in one line, for the tables: "p99.9 1.03 x cyclictest (41 us beside 40 us)".</summary>
    public required string Summary { get; init; }

    /// <summary>Where the goal was missed: why. Null where it was met.</summary>
    public string? Reason { get; init; }

    /// <summary>Where the goal was missed: what was tried. Null where it was met.</summary>
    public string? Tried { get; init; }

    /// <summary>Figures that the goal speaks of: each against a peer or limit of the same run.</summary>
    public required IReadOnlyList<BenchRatio> Ratios { get; init; }

    /// <summary>Absolute numbers behind them.</summary>
    public required IReadOnlyList<BenchRow> Rows { get; init; }

    /// <summary>File names of the pictures that the item left in its folder.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>Judges: the goal is met when every ratio is. The reason of a missed one names the ratios that missed, then <paramref name="reason"/>.</summary>
    public static BenchResult Of(
        string summary, IReadOnlyList<BenchRatio> ratios, IReadOnlyList<BenchRow> rows, string? reason = null, string? tried = null, IReadOnlyList<string>? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(ratios);
        var missed = ratios.Where(ratio => !ratio.Met).Select(ratio => ratio.ToString()).ToArray();
        return new()
        {
            Met = missed.Length == 0,
            Summary = summary,
            Reason = missed.Length == 0 ? null : string.Join("; ", reason is null ? missed : [.. missed, reason]),
            Tried = missed.Length == 0 ? null : tried,
            Ratios = ratios,
            Rows = rows,
            Pictures = pictures ?? [],
        };
    }
}

/// <summary>A figure against a peer's or a limit's in the same run.</summary>
/// <param name="Name">What: "p99 wake-up lateness".</param>
/// <param name="Value">Ours.</param>
/// <param name="Peer">Whose figure it is held against: "cyclictest", "goal".</param>
/// <param name="PeerValue">The peer's, in the same unit; may be 0 for a limit of zero.</param>
/// <param name="Unit">Unit of both.</param>
/// <param name="AtMost">The goal for value / peer; null: none that way.</param>
/// <param name="AtLeast">The goal for value / peer; null: none that way.</param>
public sealed record BenchRatio(string Name, double Value, string Peer, double PeerValue, string Unit, double? AtMost = null, double? AtLeast = null)
{
    /// <summary>Value / peer; null where the peer's figure is 0.</summary>
    public double? Ratio => PeerValue == 0 ? null : Value / PeerValue;

    /// <summary>The goal is met. By multiplication, so that a limit of 0 is met by 0. Not a number never meets one.</summary>
    public bool Met => (AtMost is not { } most || Value <= most * PeerValue) && (AtLeast is not { } least || Value >= least * PeerValue);

    /// <summary>A value against a limit of its own unit: "at most 25 us".</summary>
    public static BenchRatio Limit(string name, double value, double atMost, string unit) => new(name, value, "goal", atMost, unit, AtMost: 1);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Name} {Value:0.###} {Unit} beside {PeerValue:0.###} {Unit} of {Peer}");
        if (Ratio is { } ratio)
            text += string.Create(CultureInfo.InvariantCulture, $": {ratio:0.00} x");
        if (AtMost is { } most)
            text += string.Create(CultureInfo.InvariantCulture, $", at most {most:0.###} x allowed");
        if (AtLeast is { } least)
            text += string.Create(CultureInfo.InvariantCulture, $", at least {least:0.###} x wanted");
        return text;
    }
}

/// <summary>Absolute numbers of one thing measured: "edge alone": p50 3 us, p99 12 us.</summary>
public sealed record BenchRow(string Name, IReadOnlyList<BenchNumber> Numbers);

/// <summary>A named number.</summary>
public sealed record BenchNumber(string Name, double Value, string Unit);
