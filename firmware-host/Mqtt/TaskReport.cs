using Edge.Policy;

namespace Edge.Mqtt;

/// <summary>How far a task is. Immutable: a plan that grows is a new report with a new list.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="State">How far it is.</param>
/// <param name="Instruction">Its sentence.</param>
/// <param name="Plan">The calls so far, oldest first; the last one may still run.</param>
/// <param name="Progress">0..1 of the call that runs.</param>
/// <param name="ErrorType">For programs, where it was rejected or failed: OTHER_TASK_ACTIVE, NOT_AVAILABLE, ...; empty otherwise.</param>
/// <param name="Reason">For people, likewise; empty otherwise.</param>
public sealed record TaskReport(
    string TaskId, TaskState State, string Instruction, IReadOnlyList<PlannedCall> Plan, double Progress = 0, string ErrorType = "", string Reason = "");

/// <summary>One call of a task's plan.</summary>
/// <param name="Call">The call as the planner wrote it.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Seconds">How long it took, or takes so far.</param>
public readonly record struct PlannedCall(string Call, SubtaskOutcome Outcome, double Seconds);

/// <summary>How far a task is; the names on the wire are the same in lower case.</summary>
public enum TaskState
{
    /// <summary>Taken from the wire, not yet decided. Never published.</summary>
    Received,

    /// <summary>It will be done.</summary>
    Accepted,

    /// <summary>It will not.</summary>
    Rejected,

    /// <summary>It has begun.</summary>
    Running,

    /// <summary>Something of it is new: a call, an outcome.</summary>
    Progress,

    /// <summary>Done.</summary>
    Finished,

    /// <summary>Given up.</summary>
    Failed,

    /// <summary>Ended by a cancel or a stop.</summary>
    Cancelled,
}

/// <summary>Names and groups of task states.</summary>
internal static class TaskStates
{
    public static string Name(this TaskState state) => state switch
    {
        TaskState.Received => "received",
        TaskState.Accepted => "accepted",
        TaskState.Rejected => "rejected",
        TaskState.Running => "running",
        TaskState.Progress => "progress",
        TaskState.Finished => "finished",
        TaskState.Failed => "failed",
        _ => "cancelled",
    };

    public static bool IsTerminal(this TaskState state) => state is TaskState.Rejected or TaskState.Finished or TaskState.Failed or TaskState.Cancelled;

    public static string Name(this SubtaskOutcome outcome) => outcome switch
    {
        SubtaskOutcome.Running => "running",
        SubtaskOutcome.Succeeded => "succeeded",
        SubtaskOutcome.TimedOut => "timedOut",
        _ => "failed",
    };
}
