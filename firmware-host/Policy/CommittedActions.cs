using Edge.Control;

namespace Edge.Policy;

/// <summary>Actions of the present chunk from an observation on, which the next chunk is to go on from. Reused.</summary>
public sealed class CommittedActions
{
    /// <summary>Steps known; 0: nothing is being followed.</summary>
    public int Steps { get; set; }

    /// <summary>The first steps, which will have been carried out when the next chunk is there.</summary>
    public int CertainSteps { get; set; }

    /// <summary>Tool poses, base frame, one per step after the observation.</summary>
    public ToolPose[] Poses { get; } = new ToolPose[ActionChunk.CapacitySteps];

    /// <summary>Suction, one per step.</summary>
    public bool[] Suction { get; } = new bool[ActionChunk.CapacitySteps];
}
