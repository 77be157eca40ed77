using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Policy;

namespace Edge.Planner;

/// <summary>Writes the next call. Slow; runs on a thread of the lowest priority.</summary>
public interface IPlanner
{
    /// <summary>Answers one request. Throws only on broken packages; a reply always holds a valid call.</summary>
    PlannerReply Next(PlannerRequest request);
}

/// <summary>What the planner is asked.</summary>
/// <param name="Instruction">The task's sentence.</param>
/// <param name="Frame">The newest picture; nobody writes to it until the reply is there.</param>
/// <param name="Memory">Calls of this task so far, oldest first; empty when the memory is switched off.</param>
/// <param name="Picture">The picture that goes with the sentence; null: there is none.</param>
public sealed record PlannerRequest(string Instruction, CameraFrame Frame, IReadOnlyList<MemoryEntry> Memory, CameraFrame? Picture = null);

/// <summary>What the planner answered.</summary>
/// <param name="Text">The call as text, e.g. <c>pick(at=(412, 377)) # red cube</c>.</param>
/// <param name="Invocation">The same, parsed.</param>
/// <param name="PromptTokens">Tokens read, image tokens included.</param>
/// <param name="Tokens">Tokens written.</param>
public sealed record PlannerReply(string Text, ApiInvocation Invocation, int PromptTokens, int Tokens)
{
    /// <summary>The newest remembered call did not do what it was said to have done: the picture denies it. The answer takes that into account.</summary>
    public bool DeniesLastOutcome { get; init; }
}

/// <summary>One remembered call of the present task.</summary>
/// <param name="Slot">Its number within the task, from 1: what <c>memory(n)</c> means.</param>
/// <param name="TaskId">The task it belongs to.</param>
/// <param name="TimeNs">When the call began.</param>
/// <param name="Call">The call as text.</param>
/// <param name="Pose">Pose of the object (or place) that the call names, base frame, when the call began.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record MemoryEntry(int Slot, string TaskId, long TimeNs, string Call, ToolPose Pose, SubtaskOutcome Outcome);
