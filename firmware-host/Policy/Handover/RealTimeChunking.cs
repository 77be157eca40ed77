using Edge.Control;

namespace Edge.Policy.Handover;

/// <summary>
/// Real-time chunking (Black, Galliker and Levine, 2025, arXiv 2506.07339): the actions that will have been carried out when the answer is there are given to
/// the policy, which keeps them and completes the rest; further steps are drawn to the present chunk the less, the later they are. Here the policy does so by inpainting
/// (<see cref="GuidedDenoiser"/>); the paper's guidance also needs the network's gradient.
/// </summary>
/// <inheritdoc/>
public sealed class RealTimeChunking(long stepNs, int replanSteps) : ChunkHandover(stepNs, replanSteps)
{
    /// <summary>Name in robot files.</summary>
    public const string Name = "realTimeChunking";

    /// <summary>Inferences whose longest says how many actions will be carried out during the next: that only shapes the answer, it aligns nothing.</summary>
    private const int Remembered = 10;

    private readonly PlannedPath _path = new();
    private readonly long[] _inferencesNs = new long[Remembered];
    private readonly CommittedActions _committed = new();
    private int _next;

    /// <inheritdoc/>
    public override void Begin() => _path.Clear();

    /// <inheritdoc/>
    public override void Prepare(IChunkPolicy policy, in RobotSnapshot robot)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var committed = _committed;
        committed.Steps = 0;
        // After a contact the arm stands still until the answer is there: what was planned is void.
        if (robot.State == ControlState.Running && !robot.AwaitsAnswer)
        {
            committed.CertainSteps = (int)((_inferencesNs.Max() + StepNs - 1) / StepNs);
            for (var k = 0; robot.FollowedNs + ((k + 1) * StepNs) is var dueNs && _path.Covers(dueNs); k++)
            {
                committed.Poses[k] = _path.PoseAt(dueNs);
                committed.Suction[k] = _path.SuctionAt(dueNs);
                committed.Steps = k + 1;
            }
        }

        policy.Continue(committed);
    }

    /// <inheritdoc/>
    public override void Finish(ActionChunk chunk, long inferenceNs)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        _path.Take(chunk);
        _inferencesNs[_next] = inferenceNs;
        _next = (_next + 1) % Remembered;
    }
}
