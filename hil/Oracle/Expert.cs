using Edge.Api;
using Edge.Control;

namespace Edge.Hil.Oracle;

/// <summary>
/// The scripted low level: from the present state alone to the next step, so it can be asked anywhere, also where noise has pushed the arm. It goes down over
/// the thing through a funnel, ever more slowly until the cup feels it, and comes back home the same way. A new call is one more row of <see cref="ExpertCall.All"/>.
/// </summary>
public static class Expert
{
    /// <summary>Longest step, metres: 0.35 m/s at 10 Hz.</summary>
    public const double MaxStepM = 0.035;

    /// <summary>Slowest approach and the speed in which contact is felt, metres a step.</summary>
    private const double CreepM = 0.004;

    /// <summary>Share of what remains that a step covers.</summary>
    private const double Approach = 0.35;

    /// <summary>Height at which the cup travels, and least distance above the place of contact.</summary>
    private const double TravelZM = 0.16;
    private const double TravelClearanceM = 0.09;

    /// <summary>
    /// Walls of the funnel above the target: within the free radius straight down, outside it so many metres up a metre. The free radius is wider than a
    /// picture leaves in doubt (2 to 4 mm), or the learned policy would hesitate above the thing; it stays inside what a cup of 8 mm can seal on.
    /// </summary>
    private const double FunnelFreeM = 0.006;
    private const double FunnelSlope = 4;

    /// <summary>How far it goes on below the expected contact while nothing is felt.</summary>
    private const double SearchDepthM = 0.015;

    /// <summary>Longest turn in a step, rad.</summary>
    private const double MaxTurnRad = 0.2;

    private const double HomeToleranceM = 0.008;
    private const double HomeToleranceRad = 0.05;

    /// <summary>Steps that the valve takes to let go, in the nominal rollout.</summary>
    private const int ReleaseSteps = 2;

    /// <summary>No call takes longer; ends a rollout that does not converge.</summary>
    private const int MaxRolloutSteps = 250;

    /// <summary>Steps to go at which progress is one half: most of the resolution lies near the end, where "done" is decided.</summary>
    private const double HalfProgressSteps = 5;

    private static readonly ExpertCall?[] ByFunction = Index();

    /// <summary>True for calls that it can do.</summary>
    public static bool Knows(int function) => function >= 0 && function < ByFunction.Length && ByFunction[function] is not null;

    /// <summary>The next step.</summary>
    public static (ToolPose Pose, bool Suction) Next(int function, in ExpertState state, in ExpertGoal goal)
    {
        var call = ByFunction[function]!;
        if (call.IsAchieved(state))
            return (Return(state.Tool, goal), call.SuctionBack);
        if (call.LetsGo && (state.Pressed || (state.PressedSinceStart && !state.Suction)))
            return (state.Tool, false); // it stands: let go and wait for the sensor
        return (Descend(state, goal), call.SuctionThere);
    }

    /// <summary>
    /// Fills a chunk: poses and suction of the coming steps, and progress before each. Events do not fire by themselves in it (a chunk that runs across an
    /// event it cannot see would teach to guess it); how many steps remain is counted with events where they are expected.
    /// </summary>
    public static void Rollout(int function, ExpertState state, in ExpertGoal goal, Span<ToolPose> poses, Span<bool> suction, Span<double> progress)
    {
        var remaining = RemainingSteps(function, state, goal);
        for (var k = 0; k < poses.Length; k++)
        {
            progress[k] = HalfProgressSteps / (HalfProgressSteps + Math.Max(0, remaining - k));
            (poses[k], suction[k]) = Next(function, state, goal);
            state = state with { Tool = poses[k], Suction = suction[k] };
        }
    }

    /// <summary>Steps until the call is done and the arm at home, when everything goes as expected.</summary>
    public static int RemainingSteps(int function, ExpertState state, in ExpertGoal goal)
    {
        var call = ByFunction[function]!;
        var letGo = 0;
        for (var k = 0; k < MaxRolloutSteps; k++)
        {
            if (call.IsAchieved(state) && IsHome(state.Tool, goal.Home))
                return k;
            var (pose, suction) = Next(function, state, goal);
            var touches = pose.Z <= goal.ContactZ + 0.0005;
            letGo = suction ? 0 : letGo + 1;
            var sealedNow = call.LetsGo ? state.Sealed && letGo <= ReleaseSteps : state.Sealed || (touches && suction);
            state = new ExpertState(
                pose,
                suction,
                sealedNow,
                touches,
                state.PressedSinceStart || touches,
                state.ReleasedSinceStart || (state.Sealed && !sealedNow));
        }

        return MaxRolloutSteps;
    }

    /// <summary>True within millimetres of the home pose.</summary>
    public static bool IsHome(in ToolPose tool, in ToolPose home) =>
        Math.Abs(tool.X - home.X) < HomeToleranceM && Math.Abs(tool.Y - home.Y) < HomeToleranceM && Math.Abs(tool.Z - home.Z) < HomeToleranceM
        && Math.Abs(Math.IEEERemainder(tool.Yaw - home.Yaw, Math.Tau)) < HomeToleranceRad;

    private static ToolPose Descend(in ExpertState state, in ExpertGoal goal)
    {
        var tool = state.Tool;
        double dx = goal.X - tool.X, dy = goal.Y - tool.Y;
        var error = Math.Sqrt((dx * dx) + (dy * dy));
        var rim = Math.Max(TravelZM - goal.ContactZ, TravelClearanceM);
        var floor = goal.ContactZ + Math.Min(rim, FunnelSlope * Math.Max(0, error - FunnelFreeM));

        double dz;
        if (floor > goal.ContactZ + 0.001)
            dz = Toward(floor - tool.Z, 0);
        else if (state.Pressed)
            dz = 0; // it touches: only the seal is missing
        else
            dz = Math.Max(-Pace(tool.Z - goal.ContactZ, CreepM), Math.Min(0, goal.ContactZ - SearchDepthM - tool.Z));

        // Below the funnel's wall it first rises, then moves sideways.
        var sideways = Math.Clamp(1.5 - ((floor - tool.Z) / 0.02), 0, 1) * Math.Min(error, Pace(error, 0.003));
        var scale = error > 1e-9 ? sideways / error : 0;
        return Bounded(tool, dx * scale, dy * scale, dz, goal.Yaw);
    }

    private static ToolPose Return(in ToolPose tool, in ExpertGoal goal)
    {
        double dx = goal.Home.X - tool.X, dy = goal.Home.Y - tool.Y, dz = goal.Home.Z - tool.Z;
        var clearance = tool.Z - goal.ContactZ;
        // Straight up until clear of the neighbours, gently at first: what hangs on the cup must not be torn off.
        var free = SmoothStep((clearance - 0.03) / 0.05);
        var rise = Math.Min(MaxStepM, 0.012 + (0.4 * Math.Max(0, clearance)));
        var distance = Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz));
        var step = Math.Min(distance, Pace(distance, 0.006));
        var scale = distance > 1e-9 ? step / distance : 0;
        var up = ((1 - free) * Math.Min(rise, Math.Max(0, dz))) + (free * dz * scale);
        return Bounded(tool, dx * scale * free, dy * scale * free, up, goal.Home.Yaw);
    }

    private static ToolPose Bounded(in ToolPose tool, double dx, double dy, double dz, double yaw)
    {
        var length = Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz));
        var scale = length > MaxStepM ? MaxStepM / length : 1;
        var turn = Math.Clamp(Math.IEEERemainder(yaw - tool.Yaw, Math.Tau), -MaxTurnRad, MaxTurnRad);
        return new ToolPose(tool.X + (dx * scale), tool.Y + (dy * scale), tool.Z + (dz * scale), tool.Yaw + turn);
    }

    private static double Pace(double distance, double slowest) => Math.Clamp(Approach * distance, slowest, MaxStepM);

    private static double Toward(double distance, double slowest) => Math.Sign(distance) * Math.Min(Math.Abs(distance), Pace(Math.Abs(distance), slowest));

    private static double SmoothStep(double x)
    {
        x = Math.Clamp(x, 0, 1);
        return x * x * (3 - (2 * x));
    }

    private static ExpertCall?[] Index()
    {
        var calls = new ExpertCall?[RobotApi.Calls.Count];
        for (var i = 0; i < calls.Length; i++)
        {
            var name = RobotApi.Calls[i].Name;
            calls[i] = ExpertCall.All.FirstOrDefault(call => call.Name == name);
        }

        return calls;
    }
}
