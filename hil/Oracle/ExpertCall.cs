using Edge.Api;
using Edge.Control;
using Edge.Policy;

namespace Edge.Hil.Oracle;

/// <summary>How the expert does one call of the API.</summary>
/// <param name="Name">As in <see cref="RobotApi"/>.</param>
/// <param name="Next">The next step: tool pose and suction.</param>
/// <param name="IsOver">The call is done.</param>
internal sealed record ExpertCall(string Name, ExpertRule Next, Func<ExpertState, ExpertGoal, bool> IsOver)
{
    /// <summary>The calls.</summary>
    public static IReadOnlyList<ExpertCall> All { get; } =
    [
        new("pick", Pick, (s, g) => s.Sealed && IsHome(s, g)),
        new("place", Place, (s, g) => !s.Sealed && IsHome(s, g)),
        new("touch", Touch, (s, g) => s.PressedSinceStart && IsHome(s, g)),
        new("push", Push, (s, g) => s.PressedSinceStart && !s.Pressed && IsHome(s, g)) { KeepsTarget = s => s.PressedSinceStart },
        new("topple", Topple.Next, Topple.IsOver) { KeepsTarget = _ => true },
        new("rotate", Rotate, (s, g) => s.ReleasedSinceStart && !s.Sealed && IsHome(s, g)) { KeepsTarget = s => s.SealedSinceStart },
        new("move", Move, (s, g) => Distance(s.Tool, g.X, g.Y) < ArrivedM && Math.Abs(s.Tool.Z - HoverZM) < ArrivedM) { Means = _ => MeantWithin.Marks },
        new("throw", Throw.Next, (s, g) => s.ReleasedSinceStart && !s.Sealed && IsHome(s, g)) { Means = _ => MeantWithin.Objects },
    ];

    /// <summary>Once true, the call goes on where it began: what a slide moves is under the cup, what is knocked over flies, and what is turned stands where it stood.</summary>
    public Func<ExpertState, bool> KeepsTarget { get; init; } = _ => false;

    /// <summary>What the target may mean, given whether something hangs on the cup: then areas, or what the held thing is to be set on; else objects.</summary>
    public Func<bool, MeantWithin> Means { get; init; } = isHolding => isHolding ? MeantWithin.Supports : MeantWithin.Objects;

    /// <summary>Height at which a move ends, metres: over everything flat, within 5 cm of what stands or floats there.</summary>
    public const double HoverZM = 0.07;

    private const double ArrivedM = 0.004;

    /// <summary>A slide's longest step, metres: slow enough that the cup does not slip.</summary>
    private const double SlideStepM = 0.006;

    /// <summary>Height above its place at which a thing is turned, and from which on it may turn, metres.</summary>
    private const double TurnLiftM = 0.03, TurnFreeM = 0.012;

    private const double TurnedRad = 0.02;

    private static (ToolPose Pose, bool Suction) Pick(in ExpertState state, in ExpertGoal goal) =>
        state.Sealed ? (ExpertMotion.Return(state.Tool, goal), true) : (ExpertMotion.Descend(state, goal), true);

    private static (ToolPose Pose, bool Suction) Place(in ExpertState state, in ExpertGoal goal)
    {
        if (!state.Sealed)
            return (ExpertMotion.Return(state.Tool, goal), false);
        if (state.Pressed || (state.PressedSinceStart && !state.Suction))
            return (state.Tool, false); // it stands: let go and wait for the sensor
        return (ExpertMotion.Descend(state, goal), true);
    }

    private static (ToolPose Pose, bool Suction) Touch(in ExpertState state, in ExpertGoal goal) =>
        (state.PressedSinceStart ? ExpertMotion.Return(state.Tool, goal) : ExpertMotion.Descend(state, goal), false);

    /// <summary>Presses from above and slides: steadier than any push from the side, and it needs no room behind the thing.</summary>
    private static (ToolPose Pose, bool Suction) Push(in ExpertState state, in ExpertGoal goal)
    {
        if (!state.PressedSinceStart)
            return (ExpertMotion.Descend(state, goal), false);
        var tool = state.Tool;
        double dx = goal.EndX - tool.X, dy = goal.EndY - tool.Y, left = Math.Sqrt((dx * dx) + (dy * dy));
        if (left < ArrivedM || tool.Z > goal.ContactZ + CallRule.SlideTopM)
            return (ExpertMotion.Return(tool, goal), false);
        var scale = Math.Min(left, Math.Min(SlideStepM, ExpertMotion.Pace(left, 0.003))) / left;
        return (ExpertMotion.Bounded(tool, dx * scale, dy * scale, goal.ContactZ - CallRule.SlidePressM - tool.Z, goal.Yaw), false);
    }

    private static (ToolPose Pose, bool Suction) Rotate(in ExpertState state, in ExpertGoal goal)
    {
        if (!state.SealedSinceStart)
            return (ExpertMotion.Descend(state, goal), true);
        if (!state.Sealed)
            return (ExpertMotion.Return(state.Tool, goal), false);
        var tool = state.Tool;
        if (Math.Abs(ExpertMotion.Turn(tool.Yaw, goal.EndYaw)) > TurnedRad)
        {
            var up = Math.Clamp(goal.ContactZ + TurnLiftM - tool.Z, -ExpertMotion.MaxStepM, 0.012);
            return (ExpertMotion.Bounded(tool, 0, 0, up, tool.Z > goal.ContactZ + TurnFreeM ? goal.EndYaw : tool.Yaw), true);
        }

        if (!state.Suction || (state.Pressed && tool.Z < goal.ContactZ + TurnFreeM))
            return (tool, false);
        return (ExpertMotion.Descend(state, goal with { Yaw = goal.EndYaw }), true);
    }

    private static (ToolPose Pose, bool Suction) Move(in ExpertState state, in ExpertGoal goal)
    {
        var hover = goal with { ContactZ = HoverZM };
        var pose = ExpertMotion.Descend(state with { Pressed = false }, hover);
        return (pose with { Z = Math.Max(pose.Z, HoverZM) }, state.Suction);
    }

    private static bool IsHome(in ExpertState state, in ExpertGoal goal) => ExpertMotion.IsHome(state.Tool, goal.Home);

    private static double Distance(in ToolPose tool, double x, double y) => Math.Sqrt(((tool.X - x) * (tool.X - x)) + ((tool.Y - y) * (tool.Y - y)));

    /// <summary>A sweep through the thing: low first, which slides what stands without turning it, then rising along it until it falls.</summary>
    private static class Topple
    {
        /// <summary>The sweep, along its direction from the thing's middle: where it starts, where it rises, where it ends; metres.</summary>
        private const double StartM = -0.08, RiseFromM = 0.04, RiseToM = 0.10, EndM = 0.19;

        /// <summary>Heights of the cup below and above the middle of what stands, and how tall a thing stands at least; metres.</summary>
        private const double LowM = 0.022, HighM = 0.052, StandingM = 0.045;

        private const double StepM = 0.03, TrackM = 0.012, SlackM = 0.015;

        public static (ToolPose Pose, bool Suction) Next(in ExpertState state, in ExpertGoal goal)
        {
            var tool = state.Tool;
            var direction = goal.Y >= 0 ? -1 : 1; // towards the middle line, so that nothing leaves the table
            var along = (tool.Y - goal.Y) * direction;
            var across = goal.X - tool.X;
            var rise = goal.ContactZ > StandingM ? Math.Clamp((along - RiseFromM) / (RiseToM - RiseFromM), 0, 1) : 0;
            var height = LowM + (rise * (HighM - LowM));
            if (tool.Z > height + SlackM || Math.Abs(across) > TrackM || along < StartM - TrackM)
            {
                var start = goal with { Y = goal.Y + (StartM * direction), ContactZ = LowM };
                var pose = ExpertMotion.Descend(state with { Pressed = false }, start);
                return (pose with { Z = Math.Max(pose.Z, LowM) }, false);
            }

            return (ExpertMotion.Bounded(tool, across, StepM * direction, height - tool.Z, goal.Yaw), false);
        }

        public static bool IsOver(ExpertState state, ExpertGoal goal) =>
            (state.Tool.Y - goal.Y) * (goal.Y >= 0 ? -1 : 1) > EndM && state.Tool.Z < HighM + SlackM;
    }

    /// <summary>A straight swing outwards at one height and speed, let go where the flight ends at the target.</summary>
    private static class Throw
    {
        /// <summary>Height of the lip, length of a step, steps of the run-up; and how long the valve takes to let go.</summary>
        private const double SwingZM = 0.27, StepM = 0.045, StepSeconds = 0.1, ValveSeconds = 0.14;
        private const int RunUpSteps = 3;

        /// <summary>What stands is hit this far below its top and before its middle; on what lies flat a thing slides on this far.</summary>
        private const double BelowTopM = 0.02, BeforeM = 0.022, SlideM = 0.01;

        private const double TrackM = 0.012, Gravity = 9.81;

        public static (ToolPose Pose, bool Suction) Next(in ExpertState state, in ExpertGoal goal)
        {
            var tool = state.Tool;
            if (!state.Sealed)
                return (ExpertMotion.Return(tool, goal), false);
            var range = Math.Sqrt((goal.X * goal.X) + (goal.Y * goal.Y));
            double ux = goal.X / range, uy = goal.Y / range;
            double along = (tool.X * ux) + (tool.Y * uy), across = (tool.Y * ux) - (tool.X * uy);
            var stands = goal.ContactZ > goal.HeldDepthM + 0.005;
            var fallM = SwingZM - goal.ContactZ + (stands ? BelowTopM : 0);
            var letGo = range - (stands ? BeforeM : SlideM) - (StepM / StepSeconds * (ValveSeconds + Math.Sqrt(2 * fallM / Gravity)));
            var start = letGo - (RunUpSteps * StepM);
            if (Math.Abs(tool.Z - SwingZM) > TrackM || Math.Abs(across) > TrackM || along < start - TrackM || along > letGo + (3 * StepM))
                return (ExpertMotion.Bounded(tool, Slowly((start * ux) - tool.X), Slowly((start * uy) - tool.Y), Slowly(SwingZM - tool.Z), goal.Yaw), true);
            var suction = along < letGo - (StepM / 2);
            return (ExpertMotion.Swing(tool, (StepM * ux) + (across * uy), (StepM * uy) - (across * ux), SwingZM - tool.Z, goal.Yaw), suction);
        }

        private static double Slowly(double distance) => Math.Sign(distance) * Math.Min(Math.Abs(distance), ExpertMotion.Pace(Math.Abs(distance), 0.003));
    }
}

/// <summary>The next step of a call from a state.</summary>
internal delegate (ToolPose Pose, bool Suction) ExpertRule(in ExpertState state, in ExpertGoal goal);

/// <summary>How far from a call's target a thing may be to be the one that is meant, metres; 0: none of that kind is.</summary>
internal readonly record struct MeantWithin(double ObjectsM, double AreasM)
{
    /// <summary>Things nearer to one another than this stand on one another.</summary>
    public const double StackM = 0.02;

    private const double ObjectM = 0.06, AreaM = 0.025;

    public static MeantWithin Objects { get; } = new(ObjectM, 0);

    public static MeantWithin Supports { get; } = new(StackM, AreaM);

    public static MeantWithin Marks { get; } = new(0, AreaM);
}
