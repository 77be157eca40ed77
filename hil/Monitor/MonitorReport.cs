using System.Text.Json;
using System.Text.Json.Serialization;

namespace Edge.Hil.Monitor;

/// <summary>What a <see cref="BusMonitor"/> saw. <paramref name="Violations"/> is 0 when the controller kept all limits.</summary>
/// <param name="Robot">Name of the robot.</param>
/// <param name="Frames">Commands to drives with energy.</param>
/// <param name="Violations">Commands that certainly broke a limit, all joints and limits together.</param>
/// <param name="Joints">Joint by joint.</param>
public sealed record MonitorReport(string Robot, long Frames, long Violations, JointReport[] Joints)
{
    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, MonitorJson.Default.MonitorReport);
}

/// <summary>The commands to one drive.</summary>
public sealed record JointReport
{
    /// <summary>Name of the joint.</summary>
    public required string Joint { get; init; }

    /// <summary>Commands while the drive had energy.</summary>
    public required long Frames { get; init; }

    /// <summary>Commands while it had none; not checked.</summary>
    public required long FramesWithoutEnergy { get; init; }

    /// <summary>Times that the windows began anew: enabled, or a gap.</summary>
    public required long Restarts { get; init; }

    /// <summary>Sum of all violations below.</summary>
    public required long Violations { get; init; }

    /// <summary>Time of the first violation on the rig's clock; null for none.</summary>
    public required long? FirstViolationNs { get; init; }

    /// <summary>Commanded velocity.</summary>
    public required QuantityReport VelocityRadS { get; init; }

    /// <summary>Commanded acceleration.</summary>
    public required QuantityReport AccelerationRadS2 { get; init; }

    /// <summary>Commanded jerk.</summary>
    public required QuantityReport JerkRadS3 { get; init; }

    /// <summary>Commanded position, joint coordinates.</summary>
    public required RangeReport PositionRad { get; init; }

    /// <summary>Feed-forward torque.</summary>
    public required BoundReport FeedForwardNm { get; init; }

    /// <summary>Steps across a gap that were too far for the velocity limit.</summary>
    public required long JumpViolations { get; init; }

    /// <summary>Commands that came faster than the loop's rate.</summary>
    public required long PaceViolations { get; init; }
}

/// <summary>A derivative against its limit.</summary>
/// <param name="Limit">From the robot file.</param>
/// <param name="Margin">1 - largest certain value / limit: what was left of the limit; negative when it was broken.</param>
/// <param name="Violations">Commands at which it certainly was above the limit.</param>
/// <param name="FromPositions">Read from commanded positions.</param>
/// <param name="FromVelocities">Read from commanded velocities.</param>
public sealed record QuantityReport(double Limit, double Margin, long Violations, ChannelReport FromPositions, ChannelReport FromVelocities);

/// <summary>A derivative as read from one signal.</summary>
/// <param name="WindowSeconds">Length over which <paramref name="Max"/> is averaged.</param>
/// <param name="Resolution">Largest error of <paramref name="Max"/>.</param>
/// <param name="Max">Largest reading.</param>
/// <param name="AtLeast">What was certainly reached, from windows of several lengths.</param>
public sealed record ChannelReport(double WindowSeconds, double Resolution, double Max, double AtLeast);

/// <summary>A value that must stay in a range; the seen ends are null without commands.</summary>
public sealed record RangeReport(double Low, double High, double? Lowest, double? Highest, long Violations);

/// <summary>A magnitude that must stay below a limit.</summary>
public sealed record BoundReport(double Limit, double Max, long Violations);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(MonitorReport))]
internal sealed partial class MonitorJson : JsonSerializerContext;
