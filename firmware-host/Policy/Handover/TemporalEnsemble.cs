using Edge.Control;

namespace Edge.Policy.Handover;

/// <summary>
/// Temporal ensembling (Zhao et al., ACT, 2023): what several chunks say of the same moment is averaged, older ones weighing a little more (exp(-m i), i from the oldest).
/// </summary>
/// <inheritdoc/>
public sealed class TemporalEnsemble(long stepNs, int replanSteps) : ChunkHandover(stepNs, replanSteps)
{
    /// <summary>Name in robot files.</summary>
    public const string Name = "temporalEnsemble";

    /// <summary>ACT's m: how fast younger chunks lose weight.</summary>
    private const double Decay = 0.01;

    private readonly PlannedPath[] _paths = [new(), new(), new(), new()]; // oldest first; cleared ones cover nothing

    /// <inheritdoc/>
    public override void Begin()
    {
        foreach (var path in _paths)
            path.Clear();
    }

    /// <inheritdoc/>
    public override void Prepare(IChunkPolicy policy, in RobotSnapshot robot)
    {
        if (robot.AwaitsAnswer)
            Begin();
    }

    /// <inheritdoc/>
    public override void Finish(ActionChunk chunk, long inferenceNs)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var oldest = _paths[0];
        Array.Copy(_paths, 1, _paths, 0, _paths.Length - 1);
        _paths[^1] = oldest;
        oldest.Take(chunk);
        for (var k = 0; k < chunk.Steps; k++)
            Average(chunk, k, chunk.ObservationFollowedNs + ((k + 1) * chunk.StepNs));
    }

    private void Average(ActionChunk chunk, int step, long dueNs)
    {
        double weights = 0, x = 0, y = 0, z = 0, turn = 0, suction = 0;
        var yaw = chunk.Poses[step].Yaw;
        var age = 0;
        foreach (var path in _paths)
        {
            if (!path.Covers(dueNs))
                continue;
            var weight = Math.Exp(-Decay * age++);
            var pose = path.PoseAt(dueNs);
            weights += weight;
            x += weight * pose.X;
            y += weight * pose.Y;
            z += weight * pose.Z;
            turn += weight * Math.IEEERemainder(pose.Yaw - yaw, Math.Tau);
            suction += path.SuctionAt(dueNs) ? weight : -weight;
        }

        chunk.Poses[step] = new(x / weights, y / weights, z / weights, yaw + (turn / weights));
        chunk.Suction[step] = suction > 0;
    }
}
