namespace Edge.Policy;

/// <summary>Sees what the policy stage sees. Called on the policy's thread, which it must not hold up.</summary>
public interface IPolicyWitness
{
    /// <summary>An observation of a running subtask; reused once this returns.</summary>
    void Observed(Subtask subtask, Observation observation);

    /// <summary>A subtask has ended.</summary>
    void Ended(Subtask subtask, SubtaskOutcome outcome);
}
