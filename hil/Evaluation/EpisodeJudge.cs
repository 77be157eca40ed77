using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Lockstep;
using Edge.Hil.Plant;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Hil.Evaluation;

/// <summary>Watches an episode with the truth at hand, to say why it failed: compares each call with the oracle's of the same moment, and looks at what the calls did and what the arm hit.</summary>
internal sealed class EpisodeJudge(RobotDescription robot, TaskEpisode episode)
{
    /// <summary>A point that is off by more is the planner's fault: the policy is trained to mend less than this, metres.</summary>
    private const double PointM = 0.03;

    /// <summary>A point means the thing that it is this near to; the arm may touch things this near to a running call's places, metres.</summary>
    private const double MeansM = 0.04, NamedM = 0.07;

    /// <summary>A contact with less force is a graze, newton.</summary>
    private const double HitN = 2;

    private readonly CameraModel _camera = new(robot.PlannerCamera);
    private string _decision = "", _deed = "";
    private TaskReport? _seen;
    private int _ended;

    /// <summary>The call that was written last; null: none yet, or one that names no place in reach.</summary>
    public RunningCall? Running { get; private set; }

    /// <summary>Nobody writes calls: there is none to compare, nor to name what the cup may touch.</summary>
    public bool IsFlat { get; init; }

    /// <summary>The arm hit the table, or something that the running call did not name.</summary>
    public bool HasCollided { get; private set; }

    /// <summary>The same planner, looked over the shoulder. <paramref name="readWorld"/> fills in the truth.</summary>
    public IPlanner Watch(IPlanner planner, Action<WorldState> readWorld) => new Watched(this, planner, readWorld, new WorldState(episode.Scene.Objects.Count));

    /// <summary>Looks at the plant and at how the calls went; to be called after every step.</summary>
    public void Look(LockstepRig rig)
    {
        foreach (ref readonly var contact in rig.Plant.ArmContacts)
        {
            if (contact.ForceN > HitN && contact.Thing != rig.Plant.Held && !IsNamed(rig.Plant, contact))
                HasCollided = true;
        }

        if (rig.Controller.Tasks.Report is not { } report || ReferenceEquals(report, _seen))
            return; // a change is a new report
        _seen = report;
        var ended = report.Calls.Count(call => call.Outcome != SubtaskOutcome.Running);
        if (ended == _ended)
            return;
        _ended = ended;
        if (!IsFlat && report.Calls[ended - 1] is { Outcome: not SubtaskOutcome.Succeeded } call)
            _deed = Name(call.Call[..call.Call.IndexOf('(', StringComparison.Ordinal)], call.Outcome, rig.Controller.Policy.Status.Failure);
    }

    /// <summary>Why the episode failed: the first wrong decision; without one, the last deed that went wrong.</summary>
    public string Reason(TaskReport report) =>
        _decision.Length > 0 ? _decision
        : _deed.Length > 0 ? _deed
        : HasCollided ? "collided"
        : report.Phase == TaskPhase.Cancelled ? "task timed out"
        : report.Phase == TaskPhase.Failed ? "gave up"
        : "goal missed";

    private static string Name(string function, SubtaskOutcome outcome, PolicyFailure failure) =>
        failure == PolicyFailure.HeldThingLost ? "dropped"
        : function == "pick" ? "grasp missed"
        : outcome == SubtaskOutcome.TimedOut ? $"{function} timed out"
        : $"{function} failed";

    private bool IsNamed(MuJoCoPlant plant, in ArmContact contact)
    {
        if (contact.Thing < 0 || contact.Link != plant.JointCount)
            return false;
        if (Running is not { } call)
            return IsFlat;
        // What a sweep or a slide drags along is its own.
        if (RobotApi.Calls[call.Function].Name is "topple" or "push")
            return true;
        var thing = plant.ReadObject(contact.Thing);
        return thing.DistanceTo(call.BeginX, call.BeginY) < NamedM || thing.DistanceTo(call.EndX, call.EndY) < NamedM;
    }

    private void Compare(ApiInvocation said, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        var wanted = episode.Next(world, memory);
        var right = wanted.ToInvocation(_camera);
        Running = null;
        if (TargetResolver.TryResolve(said, _camera, memory, robot.WorkspaceM, out var at, out _))
            Running = new(said.Motion, at.Begin.X, at.Begin.Y, at.End.X, at.End.Y);
        if (_decision.Length > 0)
            return;
        if (said.Function != right.Function || Running is not { } call || !TargetResolver.TryResolve(right, _camera, memory, robot.WorkspaceM, out var wantedAt, out _))
        {
            _decision = "wrong call";
            return;
        }

        var (begin, meant) = (ThingAt(world, call.BeginX, call.BeginY), ThingAt(world, wantedAt.Begin.X, wantedAt.Begin.Y));
        var offM = Math.Sqrt(Square(call.BeginX - wantedAt.Begin.X) + Square(call.BeginY - wantedAt.Begin.Y));
        if (IsFreeChoice(wanted, wantedAt.Begin.X, wantedAt.Begin.Y))
            return;
        _decision = meant >= 0 && begin != meant ? "wrong object"
            : offM > PointM ? "point off by more than 3 cm"
            : said.Arguments.Zip(right.Arguments).Any(pair => pair.First.Degrees != pair.Second.Degrees) ? "wrong angle"
            : "";
    }

    /// <summary>Where to put something aside is the planner's own choice.</summary>
    private bool IsFreeChoice(OracleCall wanted, double x, double y) =>
        wanted.Function == "place" && wanted.MemorySlot == 0
        && !episode.Scene.Areas.Any(area => area.Inside(x, y) > 0)
        && RigTask.AsideSpots.Any(spot => Math.Sqrt(Square(spot.X - x) + Square(spot.Y - y)) < 0.002);

    /// <summary>The thing that a point means; -1: none, it is too far from any.</summary>
    public static int ThingAt(WorldState world, double x, double y)
    {
        var (nearest, distance) = (-1, MeansM);
        for (var i = 0; i < world.Objects.Length; i++)
        {
            if (i != world.Held && world.Objects[i].DistanceTo(x, y) < distance)
                (nearest, distance) = (i, world.Objects[i].DistanceTo(x, y));
        }

        return nearest;
    }

    private static double Square(double value) => value * value;

    private sealed class Watched(EpisodeJudge judge, IPlanner planner, Action<WorldState> readWorld, WorldState world) : IPlanner
    {
        public PlannerReply Next(PlannerRequest request)
        {
            readWorld(world);
            var reply = planner.Next(request);
            judge.Compare(reply.Invocation, world, request.Memory);
            return reply;
        }
    }
}

/// <summary>A call with its places resolved, base frame, metres; those of a call of one place are the same.</summary>
internal readonly record struct RunningCall(int Function, double BeginX, double BeginY, double EndX, double EndY);
