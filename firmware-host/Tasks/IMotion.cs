namespace Edge.Tasks;

/// <summary>What the task executor may ask of the control loop. It can start and hold motion; it cannot enable a drive or clear a stop.</summary>
public interface IMotion
{
    /// <summary>What the control loop is doing.</summary>
    MotionState State { get; }

    /// <summary>Why <see cref="State"/> is <see cref="MotionState.Held"/>, <see cref="MotionState.Blocked"/> or <see cref="MotionState.Unavailable"/>; empty otherwise.</summary>
    string Reason { get; }

    /// <summary>Follow the chunks of this subtask.</summary>
    void Follow(long subtaskId);

    /// <summary>Stop following and stand still.</summary>
    void Hold();

    /// <summary>Rise out of the things on the table and move to the home pose.</summary>
    void GoHome();
}

/// <summary>What the control loop is doing, as far as a task needs to know.</summary>
public enum MotionState
{
    /// <summary>Not armed, failed or stopped: a task cannot go on.</summary>
    Unavailable,

    /// <summary>Armed and at rest.</summary>
    Still,

    /// <summary>Following chunks or moving home.</summary>
    Moving,

    /// <summary>A person paused it: the task waits.</summary>
    Held,

    /// <summary>A watchdog stopped it (the camera is gone): the task waits a little, then gives up.</summary>
    Blocked,
}

/// <summary>What the task executor asks of the policy's thread.</summary>
public interface ISubtaskRunner
{
    /// <summary>Starts a subtask; chunks appear until it ends.</summary>
    void Begin(Edge.Policy.Subtask subtask);

    /// <summary>Ends it without an outcome.</summary>
    void Cancel();

    /// <summary>Outcome of the subtask with this id; Running until it ended.</summary>
    Edge.Policy.SubtaskOutcome OutcomeOf(long subtaskId);
}
