using Edge.Control;

namespace Edge.Mqtt;

/// <summary>What the <c>state</c> topic tells. A change of anything but <see cref="Numbers"/> is published at once.</summary>
public readonly record struct RobotStatus
{
    /// <summary>State of the control state machine.</summary>
    public ControlState State { get; init; }

    /// <summary>Why, where a reaction led there.</summary>
    public ReactionCause Cause { get; init; }

    /// <summary>Holding because of a pause command.</summary>
    public bool Paused { get; init; }

    /// <summary>The task that runs; null for none.</summary>
    public string? TaskId { get; init; }

    /// <summary>The call that runs; null for none.</summary>
    public string? Call { get; init; }

    /// <summary>Its number within the task, from 1.</summary>
    public int Step { get; init; }

    /// <summary>What is wrong, one sentence; null for nothing.</summary>
    public string? Error { get; init; }

    /// <summary>Numbers that change all the time.</summary>
    public ControllerNumbers Numbers { get; init; }
}

/// <summary>Statistics of the control loop and the models, as of now.</summary>
public readonly record struct ControllerNumbers
{
    /// <summary>Progress of the call that runs, 0..1.</summary>
    public double Progress { get; init; }

    /// <summary>Median time that a tick takes, microseconds.</summary>
    public double CycleUs { get; init; }

    /// <summary>99th percentile of the loop's lateness, microseconds.</summary>
    public double JitterP99Us { get; init; }

    /// <summary>Ticks missed since start.</summary>
    public long Missed { get; init; }

    /// <summary>Time of the newest chunk's inference, milliseconds.</summary>
    public double PolicyLatencyMs { get; init; }
}
