using Edge.Control;

namespace Edge.Policy.Handover;

/// <summary>
/// The arm does some steps, comes to rest, looks, waits for the answer, and goes on: nothing is ever late, and every wait is a stop.
/// </summary>
/// <inheritdoc/>
public sealed class WaitForChunk(long stepNs, int replanSteps) : ChunkHandover(stepNs, replanSteps)
{
    /// <summary>Name in robot files.</summary>
    public const string Name = "waitForChunk";

    // After a delivery the loop needs some ticks to set off.
    private const long SettingOffNs = 50_000_000;

    /// <inheritdoc/>
    public override bool IsDue(in RobotSnapshot robot, long sincePlanNs, long sinceDeliveryNs) =>
        robot is { State: ControlState.Holding, Cause: ReactionCause.ChunkStarved } ? sinceDeliveryNs >= SettingOffNs : sinceDeliveryNs >= 2 * ReplanSteps * StepNs;

    /// <inheritdoc/>
    public override void Finish(ActionChunk chunk, long inferenceNs)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        chunk.Steps = Math.Min(chunk.Steps, ReplanSteps);
    }
}
