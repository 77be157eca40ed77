using Edge.Control;

namespace Edge.Policy;

/// <summary>The planner's call, resolved to numbers: what the policy is conditioned on.</summary>
/// <param name="Id">Unique since start, from 1.</param>
/// <param name="Function">Index of the call in <c>RobotApi.Calls</c>, or <see cref="WholeTask"/>.</param>
/// <param name="Target">Target in the base frame: the point of the table under the thing named, and the yaw asked for.</param>
/// <param name="Text">The call as the planner wrote it; the task's sentence where the whole task is meant.</param>
public sealed record Subtask(long Id, int Function, ToolPose Target, string Text)
{
    /// <summary>In the place of a call: all that the sentence asks for at once, for a policy that works without a planner. It has no target, and ends when the policy says so.</summary>
    public const int WholeTask = -1;

    /// <summary>Where the second half of the call goes (a push's far end, a rotation's yaw); the same as <see cref="Target"/> for calls of one place.</summary>
    public ToolPose End { get; init; } = Target;

    /// <summary>The target that counts now: the sensors tell when the first half is done.</summary>
    public ToolPose TargetNow(Observation observation) => CallRule.Of(Function).IsHalfDone(observation) ? End : Target;
}

/// <summary>How a subtask ended.</summary>
public enum SubtaskOutcome : byte
{
    /// <summary>Still running.</summary>
    Running,

    /// <summary>The policy says done and the sensors agree.</summary>
    Succeeded,

    /// <summary>The policy says done and the sensors do not agree, or a held thing was lost.</summary>
    Failed,

    /// <summary>It took longer than the API allows for this call, or came to a stand on the way.</summary>
    TimedOut,
}
