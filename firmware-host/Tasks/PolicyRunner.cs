using Edge.Policy;

namespace Edge.Tasks;

/// <summary>The policy stage as the task executor sees it.</summary>
public sealed class PolicyRunner(PolicyStage stage) : ISubtaskRunner
{
    /// <inheritdoc/>
    public void Begin(Subtask subtask) => stage.Begin(subtask);

    /// <inheritdoc/>
    public void Cancel() => stage.Cancel();

    /// <inheritdoc/>
    public SubtaskOutcome OutcomeOf(long subtaskId)
    {
        var status = stage.Status;
        return status.SubtaskId == subtaskId ? status.Outcome : SubtaskOutcome.Running;
    }
}
