using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Hil.Flat;

/// <summary>Stands where a planner would: hands the sentence on as one whole task, and is done when the policy has ended it. For one episode.</summary>
public sealed class NoPlanner : IPlanner
{
    private bool _handedOn;

    /// <inheritdoc/>
    public PlannerReply Next(PlannerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var function = _handedOn ? RobotApi.Done : Subtask.WholeTask;
        _handedOn = true;
        return new PlannerReply(function == RobotApi.Done ? "done()" : request.Instruction, new ApiInvocation(function, []), 0, 0);
    }

    /// <summary>What the API allows in total for the calls that the oracle would write, each done once, seconds: the hierarchy's time for the same task.</summary>
    public static double LimitSeconds(RobotDescription robot, TaskEpisode episode)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(episode);
        var camera = new CameraModel(robot.PlannerCamera);
        var world = new FastForward(episode.Scene, camera, robot.WorkspaceM, new SceneRandom(episode.Seed), failureRate: 0, noiseM: 0);
        var seconds = 0.0;
        for (var calls = 0; calls < TaskExecutor.MaxCalls; calls++)
        {
            var call = episode.Next(world.World, world.Memory).ToInvocation(camera);
            if (call.Function == RobotApi.Done)
                break;
            seconds += call.Call.TimeoutSeconds;
            world.Apply(call);
            episode.Watch(world.World);
        }

        return seconds;
    }
}
