using System.Text.Json.Serialization;
using Edge.Cameras;
using Edge.Hil.Emulation;
using Edge.Hil.Flat;
using Edge.Hil.Lockstep;
using Edge.Hil.Plant;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Hil.Evaluation;

/// <summary>How an episode ended; success is the plant's ground truth, whatever the controller believes.</summary>
/// <param name="Seed">Seed of the scene.</param>
/// <param name="Instruction">The task's sentence.</param>
/// <param name="Succeeded">Judged from the ground truth.</param>
/// <param name="Calls">Calls written.</param>
/// <param name="Seconds">Simulated time.</param>
/// <param name="Reason">Why it failed, as far as the ground truth and the controller tell; empty on success.</param>
/// <param name="Collided">The arm hit the table, or something that the running call did not name.</param>
/// <param name="Violations">Commands on the bus that certainly broke a limit of the robot file.</param>
/// <param name="Plan">The calls with their outcomes.</param>
/// <param name="Disturbed">The disturbance asked for came to pass.</param>
/// <param name="Models">Fingerprints of the packages that did it (<see cref="ModelsUsed"/>).</param>
public sealed record EpisodeResult(
    ulong Seed, string Instruction, bool Succeeded, int Calls, double Seconds, string Reason, [property: JsonRequired] bool Collided, [property: JsonRequired] long Violations, IReadOnlyList<string> Plan,
    bool Disturbed = false, string Models = "");

/// <summary>Runs one task episode in lockstep from its sentence to the verdict.</summary>
public static class EpisodeRun
{
    private const double LongestTaskSeconds = 240;
    private const double SettleSeconds = 1;
    private const long WatchNs = 20_000_000;

    /// <summary>Runs it.</summary>
    /// <param name="robot">The robot.</param>
    /// <param name="episode">Scene and sentence.</param>
    /// <param name="planner">The learned planner, or a new <see cref="NoPlanner"/>; null: the oracle.</param>
    /// <param name="policy">Makes the policy; null: the oracle.</param>
    /// <param name="memoryEnabled">False: without memory.</param>
    /// <param name="watch">Called after every millisecond, for films; all pictures are drawn then. Null: nobody watches.</param>
    /// <param name="observer">Sees every command on the bus; null: nobody looks.</param>
    /// <param name="disturbance">What happens that nobody expects.</param>
    public static EpisodeResult Run(
        RobotDescription robot, TaskEpisode episode, IPlanner? planner, Func<MuJoCoPlant, IChunkPolicy>? policy, bool memoryEnabled, Action<LockstepRig>? watch = null, IMitObserver? observer = null,
        Disturbance disturbance = Disturbance.None)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(episode);
        var camera = new CameraModel(robot.PlannerCamera);
        var seen = new WorldState(episode.Scene.Objects.Count);
        var judge = new EpisodeJudge(robot, episode) { IsFlat = planner is NoPlanner };
        var disturber = new Disturber(disturbance, episode.Seed);
        using var rig = new LockstepRig(
            robot,
            disturber.Disturb(episode.Scene),
            policy ?? (plant => new Oracle.OraclePolicy(new PlantTruth(() => plant))),
            plant =>
            {
                Action<WorldState> read = world =>
                {
                    plant.ReadWorld(world);
                    world.Milestone = seen.Milestone;
                };
                return judge.IsFlat ? planner! : judge.Watch(planner ?? new OraclePlanner(episode, camera, read), read);
            },
            memoryEnabled,
            watch is not null ? RigPictures.All : planner is not null || policy is not null ? RigPictures.LookedAt : RigPictures.None,
            observer);
        rig.Arm();
        var start = Read(rig.Plant);
        var tasks = rig.Controller.Tasks;
        if (!tasks.TryStart(new TaskOrder($"seed-{episode.Seed}", episode.Instruction, episode.Picture?.Frame(robot)), rig.NowNs, out var refused))
            throw new InvalidOperationException($"the task was refused: {refused}");
        rig.Run(Watching(() => !tasks.Busy), judge.IsFlat ? Math.Min(LongestTaskSeconds, NoPlanner.LimitSeconds(robot, episode)) : LongestTaskSeconds);
        if (tasks.Busy)
            tasks.Cancel(rig.NowNs);
        rig.Run(Watching(() => false), SettleSeconds);

        var report = tasks.Report!;
        rig.Plant.ReadWorld(seen);
        var succeeded = episode.IsSuccess(start, seen);
        var plan = report.Calls.Select(call => $"{call.Call} {call.Outcome}").ToArray();
        return new EpisodeResult(episode.Seed, episode.Instruction, succeeded, report.Calls.Count, report.Seconds, succeeded ? "" : judge.Reason(report), judge.HasCollided, rig.Monitor.Report().Violations, plan,
            disturber.HasHappened);

        Func<bool> Watching(Func<bool> until) => () =>
        {
            watch?.Invoke(rig);
            judge.Look(rig);
            if (rig.NowNs % WatchNs == 0)
            {
                rig.Plant.ReadWorld(seen);
                episode.Watch(seen);
                disturber.Look(rig.Plant, seen, tasks.Report is { Phase: TaskPhase.Acting } ? judge.Running : null);
            }

            return until();
        };
    }

    private static WorldState Read(MuJoCoPlant plant)
    {
        var world = new WorldState(plant.Scene.Objects.Count);
        plant.ReadWorld(world);
        return world;
    }
}
