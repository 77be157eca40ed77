namespace Edge.Policy.Handover;

/// <summary>The newest chunk replaces the present one as soon as it is there; what the two disagree in is left to the loop, which fades it out.</summary>
/// <inheritdoc/>
public sealed class NaiveSwitch(long stepNs, int replanSteps) : ChunkHandover(stepNs, replanSteps)
{
    /// <summary>Name in robot files.</summary>
    public const string Name = "naiveSwitch";
}
