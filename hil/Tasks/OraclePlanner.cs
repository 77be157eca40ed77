using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Plant;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>A planner that knows the truth: the scripted expert of one episode behind the interface of the learned one.</summary>
/// <param name="episode">The task.</param>
/// <param name="camera">The calibrated camera, as the executor resolves points with it.</param>
/// <param name="readWorld">Fills in the truth of this moment.</param>
public sealed class OraclePlanner(TaskEpisode episode, CameraModel camera, Action<WorldState> readWorld) : IPlanner
{
    private const double AtM = 0.01;

    private readonly WorldState _world = new(episode.Scene.Objects.Count);

    /// <inheritdoc/>
    public PlannerReply Next(PlannerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        readWorld(_world);
        var call = episode.Next(_world, request.Memory);
        var invocation = call.ToInvocation(camera);
        if (call.MemorySlot == 0 && invocation.Call.Arguments is [{ NamesThing: true }, ..])
            invocation = invocation with { Thing = NameAt(call.X, call.Y) };
        return new PlannerReply(CallFormatter.Format(invocation), invocation, 0, 0);
    }

    /// <summary>Name of the thing that stands there, which tells the memory what a retry takes again; empty: none does.</summary>
    private string NameAt(double x, double y)
    {
        for (var i = 0; i < _world.Objects.Length; i++)
        {
            if (i != _world.Held && _world.Objects[i].DistanceTo(x, y) < AtM)
                return episode.Scene.Objects[i].Name;
        }

        return "";
    }
}
