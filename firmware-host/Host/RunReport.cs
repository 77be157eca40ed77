using System.Text.Json.Serialization;
using Edge.Tasks;
using Edge.Telemetry;

namespace Edge.Host;

/// <summary>What a run of the controller did, written at its end.</summary>
/// <param name="Loop">The control loop.</param>
/// <param name="LatenessNs">Histogram behind the loop's lateness.</param>
/// <param name="Allocation">The managed heap in steady state.</param>
/// <param name="Planner">The planner.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Tasks">Tasks that ended, oldest first.</param>
/// <param name="Warnings">What the kernel refused, one sentence each.</param>
public sealed record RunReport(
    LoopReport Loop,
    IReadOnlyList<HistogramBucket> LatenessNs,
    AllocationReport Allocation,
    PlannerReport Planner,
    PolicyReport Policy,
    IReadOnlyList<TaskReport> Tasks,
    IReadOnlyList<string> Warnings);

/// <summary>The planner's part of a <see cref="RunReport"/>.</summary>
/// <param name="Calls">Calls answered.</param>
/// <param name="MsP50">Median time of one.</param>
/// <param name="TokensPerSecond">Written while it was busy.</param>
/// <param name="Exercises">Answers thrown away, of an exercised planner.</param>
public sealed record PlannerReport(long Calls, double MsP50, double TokensPerSecond, long Exercises);

/// <summary>The policy's part of a <see cref="RunReport"/>.</summary>
/// <param name="Chunks">Chunks made.</param>
/// <param name="MsP50">Median time of one.</param>
/// <param name="MsP99">Time that one in a hundred exceeds.</param>
/// <param name="FrameToCommandUs">From the arrival of a picture to the first command of a chunk that used it.</param>
public sealed record PolicyReport(long Chunks, double MsP50, double MsP99, QuantilesUs FrameToCommandUs);

/// <summary>JSON of the report, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunReport))]
public sealed partial class HostJson : JsonSerializerContext;
