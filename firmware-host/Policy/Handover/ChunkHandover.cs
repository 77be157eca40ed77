using Edge.Control;

namespace Edge.Policy.Handover;

/// <summary>
/// What is done about the time that an inference takes: when the next chunk is asked for, what the policy is told of the actions that go on meanwhile, and
/// how its answer follows on the present chunk. The loop enters every chunk behind the actions consumed since its observation
/// (<see cref="ActionChunk.ObservationFollowedNs"/>); no time is estimated for that.
/// </summary>
public abstract class ChunkHandover
{
    /// <summary>Time between steps, and steps between plans.</summary>
    private readonly long _replanNs;

    private protected ChunkHandover(long stepNs, int replanSteps)
    {
        (StepNs, ReplanSteps) = (stepNs, replanSteps);
        _replanNs = stepNs * replanSteps;
    }

    /// <summary>Names of the ways, as robot files have them.</summary>
    public static IReadOnlyList<string> Names { get; } = [WaitForChunk.Name, NaiveSwitch.Name, TemporalEnsemble.Name, RealTimeChunking.Name];

    private protected long StepNs { get; }

    private protected int ReplanSteps { get; }

    /// <summary>Makes a way by its name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="stepNs">Time of a step.</param>
    /// <param name="replanSteps">Steps after which the next chunk is asked for.</param>
    public static ChunkHandover Create(string name, long stepNs, int replanSteps) => name switch
    {
        WaitForChunk.Name => new WaitForChunk(stepNs, replanSteps),
        NaiveSwitch.Name => new NaiveSwitch(stepNs, replanSteps),
        TemporalEnsemble.Name => new TemporalEnsemble(stepNs, replanSteps),
        RealTimeChunking.Name => new RealTimeChunking(stepNs, replanSteps),
        _ => throw new ArgumentException($"found \"{name}\", allowed {string.Join(", ", Names)}", nameof(name)),
    };

    /// <summary>Is it time for the next chunk?</summary>
    /// <param name="robot">Newest snapshot.</param>
    /// <param name="sincePlanNs">Time since the newest chunk's observation.</param>
    /// <param name="sinceDeliveryNs">Time since it was handed over.</param>
    public virtual bool IsDue(in RobotSnapshot robot, long sincePlanNs, long sinceDeliveryNs) => sincePlanNs >= _replanNs - (StepNs / 2);

    /// <summary>A new subtask begins: what was planned before does not count.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>An inference begins.</summary>
    /// <param name="policy">Is told of the actions that go on meanwhile, where this way does that.</param>
    /// <param name="robot">The observation's snapshot.</param>
    public virtual void Prepare(IChunkPolicy policy, in RobotSnapshot robot)
    {
    }

    /// <summary>The inference is over; the chunk may be changed before the loop gets it.</summary>
    /// <param name="chunk">The policy's answer.</param>
    /// <param name="inferenceNs">How long it took.</param>
    public virtual void Finish(ActionChunk chunk, long inferenceNs)
    {
    }
}
