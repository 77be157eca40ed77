using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Hil.Plant;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>A planner that knows the truth: the scripted expert of one episode behind the interface of the learned one.</summary>
/// <param name="episode">The task.</param>
/// <param name="camera">The calibrated camera, as the executor resolves points with it.</param>
/// <param name="readWorld">Fills in the truth of this moment.</param>
public sealed class OraclePlanner(TaskEpisode episode, CameraModel camera, Action<WorldState> readWorld) : IPlanner
{
    private readonly WorldState _world = new(episode.Scene.Objects.Count);

    /// <inheritdoc/>
    public PlannerReply Next(PlannerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        readWorld(_world);
        var call = episode.Next(_world, request.Memory);
        var invocation = call.ToInvocation(camera);
        // The name tells the memory what a retry takes again.
        if (call.MemorySlot == 0 && invocation.Call.Arguments is [{ NamesThing: true }, ..] && EpisodeJudge.ThingAt(_world, call.X, call.Y) is >= 0 and var thing)
            invocation = invocation with { Thing = episode.Scene.Objects[thing].Name };
        return new PlannerReply(CallFormatter.Format(invocation), invocation, 0, 0);
    }
}
