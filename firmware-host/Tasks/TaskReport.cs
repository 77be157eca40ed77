using Edge.Cameras;
using Edge.Policy;

namespace Edge.Tasks;

/// <summary>A task as it was asked for.</summary>
/// <param name="Id">Idempotency key.</param>
/// <param name="Instruction">One sentence.</param>
/// <param name="Picture">What the sentence speaks of as the picture, as the planner's camera would show it; null: there is none.</param>
public sealed record TaskOrder(string Id, string Instruction, CameraFrame? Picture = null);

/// <summary>Where a task is.</summary>
public enum TaskPhase : byte
{
    /// <summary>Waiting for the planner.</summary>
    Planning,

    /// <summary>A call is running.</summary>
    Acting,

    /// <summary>Paused by a person, or held by a watchdog that recovers by itself.</summary>
    Paused,

    /// <summary>The planner said done().</summary>
    Finished,

    /// <summary>Given up; <see cref="TaskReport.Reason"/> says why.</summary>
    Failed,

    /// <summary>Cancelled by a person.</summary>
    Cancelled,
}

/// <summary>One call of a task: its text, how it ended, and when (monotonic): the planner was asked, the arm began, the call ended.</summary>
public sealed record CallReport(string Call, SubtaskOutcome Outcome, long AskedNs, long BeganNs, long EndedNs)
{
    /// <summary>How long it took from the question to its end.</summary>
    public double Seconds => (EndedNs - AskedNs) / 1e9;
}

/// <summary>A task's state; a new one is made at each change.</summary>
/// <param name="Order">The task.</param>
/// <param name="Phase">Where it is.</param>
/// <param name="Calls">The plan as it grew; the last one may be running.</param>
/// <param name="Seconds">Since the task began.</param>
/// <param name="Reason">Why it failed; empty otherwise.</param>
public sealed record TaskReport(TaskOrder Order, TaskPhase Phase, IReadOnlyList<CallReport> Calls, double Seconds, string Reason)
{
    /// <summary>Nothing more will happen.</summary>
    public bool Ended => Phase >= TaskPhase.Finished;
}
