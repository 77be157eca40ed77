namespace Edge.Policy;

/// <summary>What the policy stage tells everybody else.</summary>
public struct PolicyStatus
{
    /// <summary>The subtask that <see cref="Outcome"/> is about; 0: none yet.</summary>
    public long SubtaskId;

    /// <summary>How it stands or ended.</summary>
    public SubtaskOutcome Outcome;

    /// <summary>Why it failed.</summary>
    public PolicyFailure Failure;

    /// <summary>The policy's newest progress, 0..1.</summary>
    public float Progress;

    /// <summary>When the subtask began.</summary>
    public long BeganNs;

    /// <summary>Chunks made since start.</summary>
    public long Chunks;

    /// <summary>Chunks refused since start because the network wrote a number that is not finite.</summary>
    public long Refused;

    /// <summary>Camera frames since start whose size is not the robot file's.</summary>
    public long FramesOfWrongSize;

    /// <summary>Median time of one inference, ms.</summary>
    public double MsP50;

    /// <summary>99th percentile, ms.</summary>
    public double MsP99;

    /// <summary>Longest, ms.</summary>
    public double MsMax;
}

/// <summary>Why a subtask failed.</summary>
public enum PolicyFailure : byte
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>The call cannot begin like this: nothing held to place, the cup is not free, or the policy was not made for it.</summary>
    CannotBegin,

    /// <summary>The policy says done, the sensors do not agree.</summary>
    SensorsDisagree,

    /// <summary>The held thing was lost.</summary>
    HeldThingLost,

    /// <summary>It took longer than the API allows.</summary>
    TimedOut,

    /// <summary>The arm stood still for some seconds, and the cup neither caught nor lost anything.</summary>
    Stalled,
}
