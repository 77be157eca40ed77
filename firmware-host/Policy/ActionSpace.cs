using Edge.Control;

namespace Edge.Policy;

/// <summary>
/// What the network's numbers mean: one row of <see cref="Channels"/> values a step, each about -1..1. Motion is the difference to the step before
/// (base frame), because differences are learned far more accurately near the target than absolute poses.
/// </summary>
public static class ActionSpace
{
    /// <summary>Values a step: dx, dy, dz, dyaw, suction, progress.</summary>
    public const int Channels = 6;

    /// <summary>Metres of motion in one step that the value 1 stands for.</summary>
    public const double TranslationScaleM = 0.05;

    /// <summary>Radians of turn in one step that the value 1 stands for.</summary>
    public const double YawScaleRad = 0.25;

    /// <summary>Progress from which a call counts as done.</summary>
    public const float DoneProgress = 0.9f;

    /// <summary>Largest value taken from a network; more is a bad extrapolation.</summary>
    private const float MaxValue = 1.2f;

    /// <summary>Names of the channels, as a package's manifest lists them.</summary>
    public static IReadOnlyList<string> ChannelNames { get; } = ["dx", "dy", "dz", "dyaw", "suction", "progress"];

    /// <summary>Writes one step as the network's values.</summary>
    public static void Encode(in ToolPose from, in ToolPose to, bool suction, double progress, Span<float> values)
    {
        values[0] = (float)((to.X - from.X) / TranslationScaleM);
        values[1] = (float)((to.Y - from.Y) / TranslationScaleM);
        values[2] = (float)((to.Z - from.Z) / TranslationScaleM);
        values[3] = (float)(Math.IEEERemainder(to.Yaw - from.Yaw, Math.Tau) / YawScaleRad);
        values[4] = suction ? 1 : -1;
        values[5] = (float)((2 * progress) - 1);
    }

    /// <summary>
    /// Adds the network's values up from <paramref name="anchor"/> into the chunk's poses and suction. False, and a chunk of no steps, when a value is not finite.
    /// </summary>
    public static bool Decode(ReadOnlySpan<float> values, in ToolPose anchor, ActionChunk chunk, out float progress)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        chunk.Anchor = anchor;
        chunk.Steps = 0;
        progress = 0;
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        var pose = anchor;
        var steps = Math.Min(values.Length / Channels, ActionChunk.CapacitySteps);
        for (var k = 0; k < steps; k++)
        {
            var row = values.Slice(k * Channels, Channels);
            pose = new ToolPose(
                pose.X + (Bound(row[0]) * TranslationScaleM),
                pose.Y + (Bound(row[1]) * TranslationScaleM),
                pose.Z + (Bound(row[2]) * TranslationScaleM),
                pose.Yaw + (Bound(row[3]) * YawScaleRad));
            chunk.Poses[k] = pose;
            chunk.Suction[k] = row[4] > 0;
        }

        chunk.Steps = steps;
        progress = steps == 0 ? 0 : Math.Clamp((values[5] + 1) / 2, 0, 1);
        return true;
    }

    private static double Bound(float value) => Math.Clamp(value, -MaxValue, MaxValue);
}
