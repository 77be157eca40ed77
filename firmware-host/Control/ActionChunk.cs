namespace Edge.Control;

/// <summary>
/// What the policy hands to the loop: tool poses at even times after the observation, with suction and progress. Reused, never reallocated.
/// </summary>
public sealed class ActionChunk
{
    /// <summary>Most steps that a chunk may have.</summary>
    public const int CapacitySteps = 64;

    /// <summary>The subtask it belongs to.</summary>
    public long SubtaskId { get; set; }

    /// <summary>Number of this chunk since start, from 1.</summary>
    public long Sequence { get; set; }

    /// <summary>Time of the observation that it answers.</summary>
    public long ObservationNs { get; set; }

    /// <summary>
    /// <see cref="RobotSnapshot.FollowedNs"/> at the observation: step k is due when chunks have been followed until <c>ObservationFollowedNs + (k + 1) * StepNs</c>.
    /// So a chunk that comes late is entered behind as many actions as were in fact carried out meanwhile, however long that took.
    /// </summary>
    public long ObservationFollowedNs { get; set; }

    /// <summary>When the newest picture of that observation arrived.</summary>
    public long FrameNs { get; set; }

    /// <summary>Time between steps.</summary>
    public long StepNs { get; set; }

    /// <summary>Steps in use.</summary>
    public int Steps { get; set; }

    /// <summary>Commanded tool pose at the observation: the pose before step 0.</summary>
    public ToolPose Anchor { get; set; }

    /// <summary>Tool poses in the base frame, one per step.</summary>
    public ToolPose[] Poses { get; } = new ToolPose[CapacitySteps];

    /// <summary>Suction asked for, one per step.</summary>
    public bool[] Suction { get; } = new bool[CapacitySteps];
}
