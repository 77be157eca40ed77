using Edge.Cameras;
using Edge.Control;

namespace Edge.Policy;

/// <summary>Turns observations of the present subtask into a chunk. Not thread-safe; runs on the policy thread.</summary>
public interface IChunkPolicy
{
    /// <summary>Time between observations, and between the steps of a chunk.</summary>
    long StepNs { get; }

    /// <summary>Observations that <see cref="Infer"/> looks at, the newest last.</summary>
    int ObservationSteps { get; }

    /// <summary>A new subtask begins.</summary>
    /// <exception cref="ArgumentException">The policy was not made for this call.</exception>
    void Begin(Subtask subtask);

    /// <summary>The next chunk is to go on from these actions; a policy that cannot do that ignores them.</summary>
    void Continue(CommittedActions committed)
    {
    }

    /// <summary>
    /// Fills <paramref name="chunk"/> (all but its sequence number and <see cref="ActionChunk.ObservationFollowedNs"/>) and tells how far the call is, 0..1; at least 0.9 means done.
    /// Allocates nothing once warm.
    /// </summary>
    float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk);
}

/// <summary>One observation: the newest picture and the robot's snapshot at a step, with what the executor latched since the subtask began. Reused.</summary>
public sealed class Observation(int widthPx, int heightPx)
{
    /// <summary>When it was taken.</summary>
    public long TimeNs { get; set; }

    /// <summary>Newest picture at that time (a copy).</summary>
    public CameraFrame Frame { get; } = new(widthPx, heightPx);

    /// <summary>The loop's newest snapshot at that time.</summary>
    public RobotSnapshot Robot;

    /// <summary>The cup held something when the subtask began.</summary>
    public bool HeldAtStart { get; set; }

    /// <summary>The cup sealed at some time since the subtask began.</summary>
    public bool SealedSinceStart { get; set; }

    /// <summary>The cup, or what it holds, was pressed at some time since the subtask began.</summary>
    public bool PressedSinceStart { get; set; }

    /// <summary>The cup let go at some time since the subtask began.</summary>
    public bool ReleasedSinceStart { get; set; }

    /// <summary>Takes over another one of the same size.</summary>
    public void CopyFrom(Observation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        TimeNs = other.TimeNs;
        Frame.CopyFrom(other.Frame);
        Robot = other.Robot;
        (HeldAtStart, SealedSinceStart, PressedSinceStart, ReleasedSinceStart) = (other.HeldAtStart, other.SealedSinceStart, other.PressedSinceStart, other.ReleasedSinceStart);
    }
}
