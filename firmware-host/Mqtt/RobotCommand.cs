using Edge.Cameras;

namespace Edge.Mqtt;

/// <summary>What somebody wants of the robot: taken from the queue by the host, which decides.</summary>
/// <param name="Kind">What is wanted.</param>
/// <param name="Id">Task id of a task, action id of anything else.</param>
/// <param name="Instruction">The task's sentence; empty for anything else.</param>
/// <param name="TaskId">The task that a cancel is meant for; empty for whatever runs.</param>
/// <param name="Picture">The picture that the task's sentence speaks of; null: there is none.</param>
public sealed record RobotCommand(RobotCommandKind Kind, string Id, string Instruction = "", string TaskId = "", CameraFrame? Picture = null);

/// <summary>Kinds of commands.</summary>
public enum RobotCommandKind
{
    /// <summary>Do what the sentence says. Answer with <see cref="TaskState.Accepted"/> or <see cref="TaskState.Rejected"/> within a second.</summary>
    Task,

    /// <summary>Energise the drives, where the robot file allows it by wire.</summary>
    Arm,

    /// <summary>Come to rest and take the energy out.</summary>
    Disarm,

    /// <summary>Stop moving, keep the task.</summary>
    Pause,

    /// <summary>Go on after a pause.</summary>
    Resume,

    /// <summary>End the task in a controlled stop.</summary>
    Cancel,

    /// <summary>Controlled stop, latched. Not a safety function.</summary>
    Stop,

    /// <summary>A person has looked: forget the latched stop or error. Never goes on with a task.</summary>
    ClearError,
}
